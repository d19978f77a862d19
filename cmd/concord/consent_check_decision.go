package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
)

// caseThing is one thing in question, and what was decided of it.
type caseThing struct {
	facts *consent.Facts
	seen  bool
	said  consent.Outcome
	trace []string
}

// rules are the consents to run: those written in typed form where the case has them.
func (c *consentCase) rules() []json.RawMessage {
	if len(c.Normalised) > 0 {
		return c.Normalised
	}
	return c.Consents
}

// base is the policy that the case starts from: one that it names, else the default.
func (c *consentCase) base() consent.Base {
	base := consent.Default()
	name, _, _ := strings.Cut(strings.TrimSpace(c.Base), " ")
	if name == "none" || strings.Contains(name, "://") {
		if other, ok := consent.Named(name); ok {
			base = other
		}
	}
	base.Labels = consent.DefaultLabels().Epoch()
	return base
}

// decide runs steps 7 to 9 of the procedure (CONSENT rules section 12) with the relationship taken as given, for each
// thing and each of the people that it is about.
func (c *consentCase) decide() (caseVerdict, error) {
	if c.missing != "" {
		return caseVerdict{skip: fmt.Sprintf("the resources of %q are not here", c.missing)}, nil
	}
	world := c.world()
	v, err := c.viewer(world)
	if errors.Is(err, errRefused) {
		return c.refused(), nil
	}
	if err != nil {
		return caseVerdict{}, err
	}
	d := decider{c: c, world: world, policies: map[fhir.Ref]*consent.Policy{}}
	if err := d.read(); err != nil {
		return caseVerdict{}, err
	}
	things, err := d.things()
	if err != nil {
		return caseVerdict{}, err
	}
	if v.Time, err = d.moment(things); err != nil {
		return caseVerdict{}, err
	}
	purposes := c.purposes(&v)
	if c.Expected.Decision == "reject" && !slices.ContainsFunc(purposes, func(p string) bool { return !consent.KnownPurpose(p) }) {
		return caseVerdict{differs: []string{"want reject; the request is one that is decided"}}, nil
	}
	for i := range things {
		if err := d.judge(&things[i], v, purposes); err != nil {
			return caseVerdict{}, err
		}
	}
	return d.compare(things, v, purposes)
}

// refused is the verdict on a request that the gateway refuses by its shape.
func (c *consentCase) refused() caseVerdict {
	switch c.Expected.Decision {
	case "reject", "deny", "not-found":
		return caseVerdict{}
	default:
		return caseVerdict{differs: []string{"want " + c.Expected.Decision + ", got reject: the scopes of the request cannot be read or enforced"}}
	}
}

// moment is when the request is made. A case without a time is run where time changes nothing.
func (d *decider) moment(things []caseThing) (time.Time, error) {
	if d.c.Request.Time != "" {
		return d.c.Request.moment()
	}
	ever := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, thing := range things {
		for _, patient := range thing.facts.About {
			p, err := d.policy(patient)
			if err != nil {
				return ever, err
			}
			if !p.For(consent.Viewer{Time: time.Time{}.Add(1)}).Until().IsZero() {
				return ever, errors.New("not a case: request.time is missing, and the answer depends on it")
			}
		}
	}
	return ever, nil
}

// judge decides on one thing: every purpose has to pass, and every person that it is about.
func (d *decider) judge(thing *caseThing, v consent.Viewer, purposes []string) error {
	thing.seen = len(thing.facts.About) > 0
	first := true
	for _, patient := range thing.facts.About {
		p, err := d.policy(patient)
		if err != nil {
			return err
		}
		for _, purpose := range purposes {
			v.Purpose = purpose
			r := p.For(v)
			said := r.Consents(thing.facts)
			if first || stricter[said] > stricter[thing.said] {
				thing.said = said
			}
			first = false
			if r.See(thing.facts).Sight == consent.Hidden || !d.inScope(&v, thing.facts.Ref.Type) {
				thing.seen = false
			}
			thing.trace = append(thing.trace, traceOf(p.Explain(v, thing.facts), purpose)...)
		}
	}
	return nil
}

// stricter orders what several purposes and people come to.
var stricter = map[consent.Outcome]int{consent.Permit: 1, consent.NotApplicable: 2, consent.WeakDeny: 3, consent.Deny: 4}

// inScope asks the scopes of the request, where it has some, about the letter of the interaction.
func (d *decider) inScope(v *consent.Viewer, t fhir.Type) bool {
	return len(caseTexts(d.c.Request.Scopes)) == 0 || v.Scopes.Allows(t, d.c.Request.asked().letter)
}

// traceOf is the way to a decision, a line a step.
func traceOf(e consent.Explanation, purpose string) []string {
	lines := []string{fmt.Sprintf("%s for %s under %s:", e.Thing, purpose, e.Policy)}
	for _, asked := range e.Steps {
		lines = append(lines, fmt.Sprintf("  %s %s: %s", asked.Step, asked.Answer, asked.Precise))
	}
	for _, said := range e.Choices {
		lines = append(lines, "  "+said.Precise)
	}
	return lines
}
