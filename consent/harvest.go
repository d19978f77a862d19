package consent

import (
	"encoding/json"
	"fmt"

	"concord/fhir"
	"concord/fhir/care"
)

// Harvest reads a Consent that another system wrote, and gives it as this service keeps it: in the profile of what is
// written here where it has one meaning that the profile can say (section 3.1), else as it came. It decides alike
// either way. The notes say what was left out, what was read into it, and what nobody can read.
func Harvest(r *fhir.Resource) (*fhir.Resource, []Note, error) {
	rule := RuleOf(r)
	if r.Type() != "Consent" {
		return nil, nil, fhir.Errorf(fhir.Invalid, "this is no Consent")
	}
	if rule == nil {
		return r, []Note{{"Consent.scope", "no sharing choice: it is clinical content, kept as it came, and opens or closes nothing"}}, nil
	}
	h := harvester{rule: rule}
	out, err := h.typed(r)
	if err != nil {
		return nil, nil, err
	}
	h.national(r.Root())
	if reason, ok := rule.NeedsReview(); ok {
		h.note("Consent.provision", "somebody has to look at it: "+reason)
	}
	if rule.Active {
		h.emergencies(out)
	}
	return out, h.notes, nil
}

// NeedsReview says why a person should look at a choice: it has more than one reading, or something in it cannot be
// interpreted, so that it is followed in the way that shares less (CONSENT rules sections 2.6 and 3.2).
func (r *Rule) NeedsReview() (string, bool) {
	switch {
	case len(r.Readings) == 0:
		return "it has no provision, and a policy that says neither permit nor deny: nothing is decided by it", true
	case len(r.Readings) > 1:
		return "its first provision has no type: it may mean what the policy is about, or an exception to it, and the stricter is followed for each thing", true
	case r.Readings[0].Untyped:
		return "its first provision has no type, and its policy says neither permit nor deny: only its denies count", true
	case r.Readings[0].odd():
		return "something in it cannot be interpreted: its permits do not count there, and its denies do", true
	default:
		return "", false
	}
}

// odd reports whether a provision, or one inside, holds what cannot be interpreted.
func (p *Provision) odd() bool {
	if p.Odd != 0 {
		return true
	}
	for _, actor := range p.Actors {
		if actor.Kind == UnknownRole || actor.Party == (Party{}) {
			return true
		}
	}
	for i := range p.Provisions {
		if p.Provisions[i].odd() {
			return true
		}
	}
	return false
}

type harvester struct {
	rule  *Rule
	notes []Note
}

func (h *harvester) note(at, text string) { h.notes = append(h.notes, Note{at, text}) }

// typed writes a Consent with one reading by its meaning: a typed root, and without what then says nothing more.
func (h *harvester) typed(r *fhir.Resource) (*fhir.Resource, error) {
	said, err := fieldsOf(r)
	if err != nil {
		return nil, fmt.Errorf("read a Consent: %w", err)
	}
	provision, ok := said["provision"].(map[string]any)
	if !ok || len(h.rule.Readings) != 1 || h.rule.Readings[0].Untyped {
		return r, nil
	}
	if provision["type"] == nil {
		w := pcfWriter{}
		w.typed(said, h.rule)
		h.note("Consent.provision.type", fmt.Sprintf("read as %s, from the policy that it names", provision["type"]))
	}
	for _, lost := range []struct{ name, text string }{
		{"policyRule", "left out: the type of the first provision says it"},
		{"verification", "left out: it changes nothing of a sharing choice; the original stays with who sent it"},
	} {
		if said[lost.name] != nil {
			delete(said, lost.name)
			h.note("Consent."+lost.name, lost.text)
		}
	}
	data, err := json.Marshal(said)
	if err != nil {
		return nil, fmt.Errorf("write a Consent: %w", err)
	}
	return fhir.Stored(data)
}

// national names what the national services of England send as Consents (section 14.3).
func (h *harvester) national(root fhir.Node) {
	for code := range root.All("category", "coding") {
		switch {
		case code.Get("system").Text() == care.SystemFlagKind:
			h.note("Consent.category", "the leave behind a national patient flag: it says that the flag may be kept and shown, which the base policy does for staff; nothing else is opened by it")
		case code.Get("code").Text() == "INFA" && (root.Get("verification").OK() || relatedPerforms(root)):
			h.note("Consent.category", "a national proxy role: it says that somebody may act for the person, and not for which parts of the record; until a choice here says so it opens none of them")
		}
	}
	if !root.Get("patient").Get("reference").OK() && root.Get("patient").Get("identifier").OK() {
		h.note("Consent.patient", "the person is named by a number alone: it holds once it refers to the Patient here")
	}
}

func relatedPerforms(root fhir.Node) bool {
	for _, who := range partiesAt(root, root, [][]string{{"performer"}}) {
		if who.Ref.Type == "RelatedPerson" {
			return true
		}
	}
	return false
}

// emergencies notes a deny of treatment that does not say whether it holds in an emergency, and what else the API
// would refuse: imported, it is kept as it is (section 14.7).
func (h *harvester) emergencies(r *fhir.Resource) {
	for _, issue := range CheckConsent(r) {
		h.note(issue.Expression, "would be refused if it were written here: "+issue.Diagnostics)
	}
}
