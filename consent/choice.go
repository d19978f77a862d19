package consent

import (
	"strings"
	"time"

	"concord/fhir"
)

// Choice is one sharing choice in force, in plain words, for the person it belongs to.
type Choice struct {
	Ref         fhir.Ref // the Consent
	Text        string
	Permit      bool
	From, Until time.Time // zero: open on that side
}

// Choices are the sharing choices in force at the time, in the order in which they were made, each followed by
// its exceptions. name gives the public name of an organisation, or "". Nothing of the record itself is told.
func (s *Standing) Choices(at time.Time, name func(fhir.Ref) string) []Choice {
	p := Policy{standing: s}
	var all []Choice
	for _, i := range p.live(at) {
		rule := &s.Rules[i]
		for j := range rule.Readings {
			t := teller{ref: rule.Ref, at: at, name: name, domain: rule.Domain}
			t.tell(&rule.Readings[j], said{})
			all = append(all, t.all...)
		}
	}
	return all
}

type teller struct {
	ref    fhir.Ref
	at     time.Time
	name   func(fhir.Ref) string
	domain []Party
	all    []Choice
}

// said is what the provisions above one have said.
type said struct {
	whom       string
	period     Span
	particular bool // that it is about some things only
}

// tell adds a provision and its exceptions, which speak of the same people unless they say otherwise.
func (t *teller) tell(p *Provision, above said) {
	if !p.Period.holds(t.at) {
		return
	}
	here := above
	if both, ok := above.period.and(p.Period); ok {
		here.period = both
	}
	here.whom = orElse(t.whom(p), above.whom)
	things := what(p)
	here.particular = above.particular || things != ""
	if things == "" && above.particular {
		things = "this"
	}
	c := Choice{Ref: t.ref, Permit: p.Permit, From: here.period.From, Until: here.period.To}
	switch {
	case p.Untyped:
		c.Text = "A choice of yours cannot be read by this service. Please look at it again."
	case p.Permit:
		c.Text = "You share " + orElse(things, "everything") + t.kept() + " with " + orElse(here.whom, "the people who look after you") + why(p) + how(p) + "."
	default:
		c.Text = "You do not share " + orElse(things, "anything") + " with " + orElse(here.whom, "anyone") + why(p) + how(p) + "."
	}
	if len(t.all) > 0 {
		c.Text = "But: " + strings.ToLower(c.Text[:1]) + c.Text[1:]
	}
	t.all = append(t.all, c)
	for i := range p.Provisions {
		t.tell(&p.Provisions[i], here)
	}
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// whom are the recipients that a provision names; empty when it names none.
func (t *teller) whom(p *Provision) string {
	var names []string
	for _, actor := range p.Actors {
		if actor.Kind == Custodian || actor.Kind == Author {
			continue
		}
		names = append(names, t.call(actor.Party))
	}
	return list(names)
}

// call is what the person knows a party by.
func (t *teller) call(who Party) string {
	return orElse(orElse(t.name(who.Ref), somebody[who.Ref.Type]), "somebody whom you named")
}

// kept says whose data a permit is about, where the choice says so.
func (t *teller) kept() string {
	var names []string
	for _, who := range t.domain {
		names = append(names, t.call(who))
	}
	if len(names) == 0 {
		return ""
	}
	return " that is kept by " + list(names)
}

var somebody = map[fhir.Type]string{
	"Organization": "an organisation that you named", "Practitioner": "a professional whom you named",
	"PractitionerRole": "a professional whom you named", "RelatedPerson": "a person close to you", "CareTeam": "your care team",
	"Group": "a group that you named", "Patient": "a person whom you named", "Device": "an app that you named",
}
