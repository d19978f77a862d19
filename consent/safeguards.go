package consent

import (
	"slices"
	"time"
)

// What is hidden by default from those who act for a child (CONSENT rules section 8, 14.11 and 14.12): what somebody
// near the child may harm them for, at any age; from eleven what a young person may want to keep to themself.
const (
	hiddenAtAnyAge   = TopicSDV | TopicVIO | TopicSafeguarding
	hiddenFromEleven = hiddenAtAnyAge | TopicSEX | TopicSTD | TopicPSY | TopicPSYTHPN | TopicMH | TopicSUD
)

// safeguard notes what is hidden from a viewer who acts for a child. parental says that responsibility for the person
// is recorded of them: what may harm stays hidden from a parent when the child is grown up.
func (p *Policy) safeguard(r *residual, v *Viewer, parental parenthood) {
	child, undated := p.child(v.Time), p.adult.sixteen.IsZero()
	switch {
	case child && !v.Time.Before(p.adult.eleven), undated && parental == isParent:
		r.hides = hiddenFromEleven // of whom no birth date is known may be of any age
	case child, parental == isParent:
		r.hides = hiddenAtAnyAge
	}
	r.hidesV = r.hides != 0
}

// parenthood says whether parental responsibility is recorded of a viewer.
type parenthood uint8

const (
	isOther parenthood = iota
	isParent
)

// safeguarded reports whether a thing is hidden from who acts for a child, unless the young person shared that very
// thing with them.
func (r *residual) safeguarded(l *look) bool {
	if r.hides == 0 || (l.topics&r.hides == 0 && !l.stale && (!r.hidesV || l.level < LevelV)) {
		return false
	}
	return !r.shared(l)
}

// shared reports whether a choice permits the thing by its name.
func (r *residual) shared(l *look) bool {
	for i := range r.rules {
		rule := &r.rules[i]
		if !rule.void && r.names(rule, l) && r.tree(rule, l) == Permit && !rule.outside(l) {
			return true
		}
	}
	return false
}

// names reports whether a permit of the rule names the thing itself (data.meaning instance). A plan that is shared by
// name is seen, whatever would hide it by default.
func (r *residual) names(rule *liveRule, l *look) bool {
	for _, root := range rule.roots[:rule.count] {
		if r.namesAt(root, l) {
			return true
		}
	}
	return false
}

func (r *residual) namesAt(at int32, l *look) bool {
	if n := &r.nodes[at]; n.permit && n.counts && slices.Contains(n.instances, l.f.Ref) && n.sees(l) == yes {
		return true
	}
	for i := at + 1; i < r.nodes[at].next; i = r.nodes[i].next {
		if r.nodes[i].sees(l) == yes && r.namesAt(i, l) {
			return true
		}
	}
	return false
}

// staffOnly reports whether a thing is for staff alone: what is labelled as being about the protection of a child, and
// a Flag of which labelling has not said yet that it is not (section 14.12).
func (r *residual) staffOnly(f *Facts) bool {
	return f.Labels.Topics&TopicChildProtection != 0 || (f.Ref.Type == "Flag" && r.labels != 0 && f.Labels.Rules != r.labels)
}

// certified is how long the team keeps access after a death (section 14.19).
const certified = 90 * 24 * time.Hour

// died is the first death date of the person's records; false while they live.
func (p *Policy) died(at time.Time) (time.Time, bool) {
	for _, patient := range p.standing.Patients {
		if patient.Death != nil && !at.Before(*patient.Death) {
			return *patient.Death, true
		}
	}
	return time.Time{}, false
}

// ended reports whether a death is so long ago that nobody is related to the person any more. Where only the fact is
// recorded the team stays, since it is they who certify when it was.
func (p *Policy) ended(at time.Time) bool {
	death, dead := p.died(at)
	return dead && !death.Equal(always) && !at.Before(death.Add(certified))
}

// place reports whether what locates is left out of a thing (section 14.17): from everybody but the person and those of
// the team whose own organisation sent it. They wrote the address and have to find the person; everybody else, carers
// too, may be, or may tell, whoever looks for them. What is not labelled yet may be about somebody at risk.
func (r *residual) place(l *look) bool {
	if r.stance == self || (!r.atRisk && !l.stale && l.topics&TopicLOCIS == 0) {
		return false
	}
	return !r.team || !r.sent(l.f)
}

// atRisk reports whether any record of the person says that nobody may locate them.
func (s *Standing) atRisk() bool {
	return slices.ContainsFunc(s.Patients, func(p Patient) bool { return p.AtRisk })
}

// conflicts reports whether labels say that a thing is for other purposes than the request's (section 4).
func (r *residual) conflicts(f *Facts) bool {
	if len(f.Purposes) == 0 || r.action == Collect || r.glass {
		return false
	}
	return !slices.ContainsFunc(f.Purposes, func(purpose string) bool { return covers(purpose, r.purpose) })
}

// child reports whether the person is known to be under sixteen, when the adult presumption begins (section 14.11).
func (p *Policy) child(at time.Time) bool {
	return !p.adult.sixteen.IsZero() && at.Before(p.adult.sixteen)
}

// hold relates a worker whose organisation holds parental responsibility for a child: a RelatedPerson may stand for an
// organisation, by its identifier. Who is related by nothing else is a parent in all that follows (section 14.12).
func (p *Policy) hold(r *residual, v *Viewer) {
	if _, dead := p.died(v.Time); dead || !p.child(v.Time) || !p.base.Children {
		return
	}
	r.holder = slices.ContainsFunc(p.standing.Ties, func(t Tie) bool {
		return t.Kind == TieRelated && t.Parental && t.Period.holds(v.Time) && anyIs(r.orgs, []Party{t.Who})
	})
	if r.holder {
		r.related, r.lasting = true, true
	}
}

// aged says what a grant to a proxy is worth at the person's age: one given before the sixteenth birthday ends
// there, and between eleven and sixteen one that the young person did not give, or give anew, is narrowed.
func (b *builder) aged(rule *Rule) (void, narrow bool) {
	ages := b.p.adult
	if !ages.sixteen.IsZero() && !b.v.Time.Before(ages.sixteen) {
		return rule.Given.From.Before(ages.sixteen), false
	}
	if !b.r.narrow {
		return false, false
	}
	own := slices.ContainsFunc(rule.Performers, func(who Party) bool { return b.p.isPatient(who.Ref) })
	return false, !own || rule.Given.From.Before(ages.eleven)
}
