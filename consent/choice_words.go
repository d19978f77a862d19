package consent

import (
	"strings"

	"concord/fhir/care"
)

// what says which things a provision is about; empty when it is about all.
func what(p *Provision) string {
	var things []string
	for _, c := range p.Class {
		switch c.System {
		case care.SystemSection:
			if section, ok := care.SectionByCode(c.Code); ok {
				things = append(things, "“"+section.Title().Plain+"”")
				continue
			}
			things = append(things, "a part of your record")
		case systemTypes:
			things = append(things, orElse(plainTypes[c.Code], "a kind of entry that you chose"))
		default:
			things = append(things, "a kind of document that you chose")
		}
	}
	marked := p.marked()
	switch {
	case marked != "" && len(things) > 0:
		return marked + " in " + list(things)
	case marked != "":
		return marked
	case len(things) == 0 && p.particular():
		things = append(things, "the entries that you chose")
	}
	return list(things)
}

// marked says what labels a provision asks for; empty when it asks for none. A permit speaks of a level and all below,
// a deny of a level and all above.
func (p *Provision) marked() string {
	n := node{permit: p.Permit}
	n.labels(p)
	switch {
	case !n.labelled:
		return ""
	case len(n.topics)+len(n.marks) > 0 || n.oddLabel:
		return "what is sensitive in a way that you chose"
	case p.Permit && n.level < LevelR:
		return "what is not marked as sensitive"
	case p.Permit && n.level == LevelR:
		return "all but what is marked as very sensitive"
	case !p.Permit && n.level == LevelV:
		return "what is marked as very sensitive"
	case !p.Permit && n.level == LevelR:
		return "what is marked as sensitive"
	default:
		return ""
	}
}

// particular reports whether a provision has data criteria of some kind besides class.
func (p *Provision) particular() bool {
	for _, actor := range p.Actors {
		if actor.Kind == Custodian || actor.Kind == Author {
			return true
		}
	}
	return len(p.Codes) > 0 || p.DataPeriod != nil || p.Data || p.labelled() || p.Odd&(OddClass|OddCode|OddReference|OddData) != 0
}

var plainTypes = map[string]string{
	"AllergyIntolerance": "your allergies", "Appointment": "your appointments", "CarePlan": "your plans", "CareTeam": "who looks after you",
	"Condition": "your health conditions", "Consent": "your sharing choices", "Coverage": "your budget", "Account": "your budget",
	"DiagnosticReport": "your test reports", "DocumentReference": "your documents", "Encounter": "your visits", "Flag": "alerts about you",
	"Goal": "your goals", "Immunization": "your vaccinations", "MedicationRequest": "your medicines", "MedicationStatement": "your medicines",
	"Observation": "your results and observations", "Patient": "who you are", "Procedure": "your treatments",
	"RelatedPerson": "the people around you", "ServiceRequest": "your referrals", "Task": "what is to be done for you",
}

// why says for what purposes; nothing when all are meant.
func why(p *Provision) string {
	var reasons []string
	for _, c := range p.Purposes {
		reasons = append(reasons, orElse(plainPurposes[c.Code], "for a purpose that you chose"))
	}
	if len(reasons) == 0 {
		return ""
	}
	return " " + list(reasons)
}

var plainPurposes = map[string]string{
	"TREAT": "for your care", "COC": "for your care", "ETREAT": "in an emergency", "BTG": "in an emergency", "ERTREAT": "in an emergency",
	"HPAYMT": "for payment", "HOPERAT": "for running services", "HRESCH": "for research", "PATRQT": "at your request",
	"FAMRQT": "at your family's request", "PWATRNY": "by power of attorney", "PUBHLTH": "for public health", "HMARKT": "for marketing",
}

// how says that a choice is about writing only.
func how(p *Provision) string {
	if p.Actions != 0 && p.Actions&(Access|Disclose) == 0 {
		return ", for writing in your record"
	}
	return ""
}

// list writes "a, b and c", each once.
func list(words []string) string {
	var kept []string
	seen := map[string]bool{}
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			kept = append(kept, w)
		}
	}
	if len(kept) < 2 {
		return strings.Join(kept, "")
	}
	return strings.Join(kept[:len(kept)-1], ", ") + " and " + kept[len(kept)-1]
}
