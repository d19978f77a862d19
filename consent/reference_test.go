package consent_test

import (
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// This file says section 2 and steps 7 and 8 again, as plainly as it can be said and slowly: the reference that
// the compiled decision is compared with. It knows no directory and no children.

// judged is the outcome of a tree: as consent.Outcome, with "quiet" for a permit that adds nothing here.
type judged string

const (
	na     judged = "na"
	quiet  judged = "quiet"
	permit judged = "permit"
	weak   judged = "weak"
	deny   judged = "deny"
)

type request struct {
	v       consent.Viewer
	f       *consent.Facts
	related bool
	s       *consent.Standing
}

// reference is what all the choices of a person say of one thing.
func reference(s *consent.Standing, q request) judged {
	var said []judged
	q.s = s
	for i := range s.Rules {
		if inForce(s, i, q.v.Time) {
			said = append(said, q.consent(&s.Rules[i]))
		}
	}
	for _, strongest := range []judged{deny, permit, weak} {
		if slices.Contains(said, strongest) {
			return strongest
		}
	}
	return na
}

func active(r *consent.Rule, at time.Time) bool {
	return r.Active && slices.ContainsFunc(r.Readings, func(p consent.Provision) bool { return during(p.Period, at) })
}

func inForce(s *consent.Standing, i int, at time.Time) bool {
	r := &s.Rules[i]
	return active(r, at) && (r.Superseded.IsZero() || at.Before(r.Superseded))
}

func (q request) consent(r *consent.Rule) judged {
	answers := make([]judged, 0, 2)
	for i := range r.Readings {
		answers = append(answers, q.tree(&r.Readings[i]))
	}
	for _, strictest := range []judged{deny, weak, na, quiet} {
		if slices.Contains(answers, strictest) {
			if strictest == quiet {
				return na
			}
			return strictest
		}
	}
	if len(answers) == 0 {
		return na
	}
	return permit
}

func (q request) tree(root *consent.Provision) judged {
	asks, named := q.asks(root, false)
	if asks == "no" {
		return na
	}
	inside := q.nested(root.Provisions, named)
	if inside != na {
		return inside
	}
	data := both(asks, q.holds(root))
	switch {
	case data == "yes", data == "perhaps" && !root.Permit:
		return q.kind(root, named)
	case root.Permit:
		return weak
	default:
		return na
	}
}

func (q request) nested(list []consent.Provision, named bool) judged {
	answers := []judged{}
	for i := range list {
		asks, here := q.asks(&list[i], named)
		sure := both(asks, q.holds(&list[i]))
		if sure == "no" {
			continue
		}
		one := q.nested(list[i].Provisions, here)
		if one == na {
			one = q.kind(&list[i], here)
		}
		if one == deny || sure == "yes" {
			answers = append(answers, one)
		}
	}
	for _, strongest := range []judged{deny, permit, quiet} {
		if slices.Contains(answers, strongest) {
			return strongest
		}
	}
	return na
}

func (q request) kind(p *consent.Provision, named bool) judged {
	switch {
	case !p.Permit:
		return deny
	case named, q.v.Related, q.related && q.v.Class == consent.Staff && q.v.OrgKind == consent.OrgHealth:
		return permit
	default:
		return quiet
	}
}

func both(a, b string) string {
	switch {
	case a == "no" || b == "no":
		return "no"
	case a == "perhaps" || b == "perhaps":
		return "perhaps"
	default:
		return "yes"
	}
}

func during(s consent.Span, at time.Time) bool {
	return (s.From.IsZero() || !at.Before(s.From)) && (s.To.IsZero() || !at.After(s.To))
}

// asks is about the request: the period, the recipient, the purpose and the action.
func (q request) asks(p *consent.Provision, named bool) (string, bool) {
	if !during(p.Period, q.v.Time) {
		return "no", named
	}
	sure := "yes"
	names, matched, mine, follows := false, false, false, true
	for _, a := range p.Actors {
		if a.Kind != consent.Recipient && a.Kind != consent.UnknownRole {
			continue
		}
		names = true
		if a.Kind == consent.UnknownRole && p.Permit {
			continue
		}
		if a.Party == (consent.Party{}) {
			follows = false
		}
		for _, me := range slices.Concat(q.v.Self, q.v.Orgs) {
			if me.Ref == a.Party.Ref && me.Ref != (fhir.Ref{}) {
				matched = true
				mine = mine || (a.Kind == consent.Recipient && p.Permit)
			}
		}
	}
	if names && !matched {
		if follows || p.Permit {
			return "no", named
		}
		sure = "perhaps"
	}
	named = named || mine
	if len(p.Purposes) > 0 && !slices.ContainsFunc(p.Purposes, func(c consent.Code) bool { return purposeCovers(c.Code, q.v.Purpose) }) {
		if p.Odd&consent.OddPurpose == 0 || p.Permit {
			return "no", named
		}
		sure = "perhaps"
	}
	if len(p.Purposes) == 0 && p.Odd&consent.OddPurpose != 0 {
		if p.Permit {
			return "no", named
		}
		sure = "perhaps"
	}
	if p.Actions != 0 {
		foreign := !slices.ContainsFunc(q.f.Custodian, func(c consent.Party) bool { return slices.Contains(q.v.Orgs, c) })
		given := p.Actions
		if p.Permit && given&consent.Correct != 0 {
			given |= consent.Access
		}
		wanted := q.v.Action
		if wanted == consent.Access && foreign {
			wanted |= consent.Disclose
		}
		if given&wanted == 0 {
			return "no", named
		}
	}
	return sure, named
}

// purposeCovers knows the few purposes that the generator uses.
func purposeCovers(rule, asked string) bool {
	under := map[string][]string{"TREAT": {"ETREAT", "BTG", "POPHLTH"}, "ETREAT": {"BTG"}, "HRESCH": {"CLINTRCH"}}
	return rule == asked || slices.Contains(under[rule], asked)
}
