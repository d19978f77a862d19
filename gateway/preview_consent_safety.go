package gateway

import (
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// hazard is something that must not be missing when somebody treats the person.
type hazard struct {
	code  string
	words string
	probe guard.Probe // what such a thing would be, were it recorded one day
	is    func(guard.ForeseenChange) bool
}

func inSection(section care.Section) func(guard.ForeseenChange) bool {
	return func(c guard.ForeseenChange) bool { return c.Sections.Has(section) }
}

// hazards are what a preview warns of when it would be hidden from people who treat.
var hazards = []hazard{
	{
		"allergies", "Your allergies",
		guard.Probe{Type: "AllergyIntolerance", Section: care.Clinical},
		func(c guard.ForeseenChange) bool { return c.Ref.Type == "AllergyIntolerance" },
	},
	{
		"advance-decisions", "What you decided about resuscitation and treatment",
		guard.Probe{Type: "Observation", Section: care.Ahead},
		inSection(care.Ahead),
	},
	{
		"contingency", "What should happen if things change",
		guard.Probe{Type: "CarePlan", Section: care.Contingency},
		inSection(care.Contingency),
	},
	{
		"communication", "How to reach and talk with you, and the adjustments that you need",
		guard.Probe{Type: "Flag", Section: care.Communication},
		inSection(care.Communication),
	},
}

func probesOfHazards() []guard.Probe {
	probes := make([]guard.Probe, 0, len(hazards))
	for _, h := range hazards {
		probes = append(probes, h.probe)
	}
	return probes
}

// treats reports whether somebody treats the person, so that what they do not know can do harm.
func treats(o guard.Onlooker) bool {
	return o.Class == consent.Staff && (o.OrgKind == consent.OrgHealth || o.OrgKind == consent.OrgSocial) && (o.Purpose == "TREAT" || o.Purpose == "ETREAT")
}

// loses reports whether a change takes something away.
func loses(c guard.ForeseenChange) bool {
	return c.Effect == guard.EffectHidden || c.Effect == guard.EffectLess || c.Effect == guard.EffectOtherwise
}

// warnings are one for each hazard, with those from whom it would be hidden: what there is, and what may be recorded one day.
func warnings(p guard.Preview) []parameter {
	var all []parameter
	for i, h := range hazards {
		var from []string
		var things []fhir.Ref
		known := map[fhir.Ref]bool{}
		for _, v := range p.Viewers {
			lost := slices.DeleteFunc(slices.Clone(v.Changes), func(c guard.ForeseenChange) bool { return !loses(c) || !h.is(c) })
			if !treats(v.Onlooker) || (len(lost) == 0 && v.Coming[i] != guard.EffectHidden) {
				continue
			}
			if who := lowerFirst(onlookerWords(v.Onlooker, p.Looks)); !slices.Contains(from, who) { // several roles of one place
				from = append(from, who)
			}
			for _, c := range lost {
				if !known[c.Ref] {
					known[c.Ref] = true
					things = append(things, c.Ref)
				}
			}
		}
		if len(from) == 0 {
			continue
		}
		words := h.words + " would be hidden from "
		if len(things) == 0 {
			words = h.words + ", should any of it be recorded, would be hidden from "
		}
		parts := []parameter{inCode("code", h.code), inText("text", words+strings.Join(from, "; ")+". They could do you harm without knowing it.")}
		for _, ref := range things {
			parts = append(parts, inReference("thing", ref.String()))
		}
		all = append(all, inParts("warning", parts...))
	}
	return all
}

const evenIfYouCannotSpeak = "Even if you cannot speak? This choice keeps things from people who treat you."

// sameThings: an exception that names no things speaks of everything, whatever its parent is about (section 2).
const sameThings = ", about the same things (class, code, data ...) as the deny: one that names none is about everything"

// questions asks what should hold in an emergency, where the draft takes something away from an emergency doctor
// (CONSENT rules 14.7). Sharing is offered first.
func questions(p guard.Preview) []parameter {
	for _, v := range p.Viewers {
		if v.Purpose != "ETREAT" || (!slices.ContainsFunc(v.Changes, loses) && !slices.Contains(v.Coming, guard.EffectHidden)) {
			continue
		}
		return []parameter{inParts("question",
			inCode("code", "emergency"),
			inText("text", evenIfYouCannotSpeak),
			inParts("option", inCode("code", "share"), inText("text", "Share it in an emergency."),
				inText("how", "a nested provision of type permit and purpose ETREAT"+sameThings)),
			inParts("option", inCode("code", "keep"), inText("text", "Keep it hidden in an emergency too."),
				inText("how", "a nested provision of type deny and purpose ETREAT"+sameThings)),
		)}
	}
	return nil
}

// lowerFirst fits a name of ours, which begins with an article, into a sentence. The names of others stay.
func lowerFirst(text string) string {
	if strings.HasPrefix(text, "A ") || strings.HasPrefix(text, "An ") || strings.HasPrefix(text, "Staff ") || strings.HasPrefix(text, "Social care staff ") {
		return strings.ToLower(text[:1]) + text[1:]
	}
	return text
}
