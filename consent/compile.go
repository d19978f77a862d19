package consent

import (
	"fmt"
	"math"
	"slices"
	"time"

	"concord/fhir"
)

// Policy is a person's choices and the base policy, ready to be asked for one viewer after another. It is
// immutable and may be shared.
type Policy struct {
	base     Base
	standing *Standing
	changes  []time.Time // sorted: the moments at which time alone may change an answer
	adult    ages
	closures map[*Provision]*closure // of the provisions that follow references
}

// ages are the moments that the rules for children rest on (section 14.11); zero when the birth date is not known.
type ages struct{ eleven, sixteen, eighteen time.Time }

// rulesMost is how many rules a Reason can name.
const rulesMost = math.MaxInt16

// Compile makes a policy of one person's standing. It fails when there are more Consents than can be told apart.
func Compile(base Base, s *Standing) (*Policy, error) {
	if len(s.Rules) > rulesMost {
		return nil, fmt.Errorf("compile a standing: %d consents, of at most %d", len(s.Rules), rulesMost)
	}
	p := &Policy{base: base, standing: s}
	var birth Span
	for _, patient := range s.Patients { // of linked records that disagree, the younger is protected
		if patient.Birth.From.After(birth.From) {
			birth = patient.Birth
		}
		if patient.Death != nil {
			p.changeAt(*patient.Death)
			p.changeAt(patient.Death.Add(certified))
		}
	}
	p.adult = ages{birthday(birth, 11), birthday(birth, 16), birthday(birth, 18)}
	p.changeAt(p.adult.eleven)
	p.changeAt(p.adult.sixteen)
	p.changeAt(p.adult.eighteen)
	for _, tie := range s.Ties {
		p.changeWith(tie.Period)
	}
	for _, o := range s.Glass {
		p.changeWith(Span{o.From, o.To})
	}
	for i := range s.Rules {
		p.changeAt(s.Rules[i].Superseded)
		if s.Rules[i].Active {
			for j := range s.Rules[i].Readings {
				p.changeWithin(&s.Rules[i].Readings[j])
				p.close(&s.Rules[i].Readings[j])
			}
		}
	}
	slices.SortFunc(p.changes, time.Time.Compare)
	return p, nil
}

func (p *Policy) changeAt(t time.Time) {
	if !t.IsZero() {
		p.changes = append(p.changes, t)
	}
}

// changeWith notes both ends of a period: it holds from its start, and until the moment after its end.
func (p *Policy) changeWith(s Span) {
	p.changeAt(s.From)
	if !s.To.IsZero() {
		p.changeAt(s.To.Add(moment))
	}
}

func (p *Policy) changeWithin(v *Provision) {
	p.changeWith(v.Period)
	for i := range v.Provisions {
		p.changeWithin(&v.Provisions[i])
	}
}

// until is the first change after t; zero when there is none.
func (p *Policy) until(t time.Time) time.Time {
	for _, change := range p.changes {
		if change.After(t) {
			return change
		}
	}
	return time.Time{}
}

// Rule is the Consent that Reason.Rule means; the zero Ref when it means none.
func (p *Policy) Rule(i int16) fhir.Ref {
	if i < 0 || int(i) >= len(p.standing.Rules) {
		return fhir.Ref{}
	}
	return p.standing.Rules[i].Ref
}

// live are the indices of the rules that no other has taken the place of (section 7.1), and that are active and in
// period at t.
func (p *Policy) live(t time.Time) []int {
	var live []int
	for i := range p.standing.Rules {
		if r := &p.standing.Rules[i]; !r.superseded(t) && r.Active && r.inPeriod(t) {
			live = append(live, i)
		}
	}
	return live
}

// inPeriod reports whether any reading of the rule holds at t. The period of the root is the Consent's lifetime.
func (r *Rule) inPeriod(t time.Time) bool {
	return slices.ContainsFunc(r.Readings, func(p Provision) bool { return p.Period.holds(t) })
}
