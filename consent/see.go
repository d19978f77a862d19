package consent

import (
	"slices"

	"concord/fhir"
)

// See decides on one resource version, for the one person that the residual is about. A resource about several
// people is seen when every one of their residuals sees it.
func (r Residual) See(f *Facts) Verdict {
	if r.r == nil {
		return hide(StepNone)
	}
	return r.r.see(f)
}

// SeeAmong is See for a thing that gathers or addresses others, such as a plan with its conditions and goals, a list, a
// document: their labels count with its own (section 5). So do those of the newest version, for an older one.
func (r Residual) SeeAmong(f *Facts, members []*Facts) Verdict {
	if r.r == nil {
		return hide(StepNone)
	}
	return r.r.seeAmong(f, members)
}

// AsksLabels reports whether any answer may rest on labels, so that nobody need gather those of members else.
func (r Residual) AsksLabels() bool { return r.r != nil && r.r.asks }

// Consents is what the person's choices say of a thing, before seals, ages and the base policy.
func (r Residual) Consents(f *Facts) Outcome {
	if r.r == nil {
		return NotApplicable
	}
	l := r.r.look(f)
	outcome, _ := r.r.choices(&l)
	return outcome
}

func hide(step Step) Verdict { return Verdict{Why: Reason{step, -1}} }
func show(step Step) Verdict { return Verdict{Sight: Whole, Why: Reason{step, -1}} }

func (r *residual) see(f *Facts) Verdict { return r.seeAmong(f, nil) }

func (r *residual) seeAmong(f *Facts, members []*Facts) Verdict {
	if r.stance == operator {
		return show(StepOperator)
	}
	if !r.anyType && !slices.Contains(r.types, f.Ref.Type) {
		return hide(StepScope)
	}
	if f.Open && len(f.About) == 0 {
		return r.seeOpen(f)
	}
	switch {
	case len(f.About) == 0:
		return hide(StepSubject)
	case r.stance == stranger || r.stance == bystander:
		return hide(StepStanding)
	case r.sealed(f):
		return hide(StepSeal)
	case r.stance != worker && (f.Held != 0 || r.staffOnly(f)):
		return hide(StepHeldBack)
	case r.stance == self:
		return show(StepSelf)
	case r.choiceToStaff(f):
		return r.seeChoice(f, members)
	case f.NoneKnown && r.noNone && r.action != Collect: // refusing to record it would tell
		return hide(StepNoneKnown)
	case r.conflicts(f):
		return hide(StepPurpose)
	}
	l := r.lookAmong(f, members)
	v := r.decide(&l)
	if v.Sight == Hidden {
		return v
	}
	v.Place = r.place(&l)
	if len(f.Parts) == 0 {
		return v
	}
	return r.seeParts(f, &l, v)
}

// choiceToStaff reports whether it is for staff to see or change what a person chose.
func (r *residual) choiceToStaff(f *Facts) bool {
	return f.Private && r.stance == worker && r.action&^Collect != 0
}

// seeChoice decides on a sharing choice for staff: the privacy officer of those who look after the person, or who hold
// something about them, reads what was chosen, and nobody else does (section 10 row 26).
func (r *residual) seeChoice(f *Facts, members []*Facts) Verdict {
	if !r.officer || r.action&^(Access|Disclose) != 0 {
		return hide(StepChoice)
	}
	l := r.lookAmong(f, members)
	v := show(StepBase)
	v.Place = r.place(&l)
	return r.seeParts(f, &l, v)
}

// seeOpen decides on what is about nobody, by the table of shelves.
func (r *residual) seeOpen(f *Facts) Verdict {
	if f.Seal != Unsealed && (r.org == fhir.Ref{} || f.Sender != r.org) {
		return hide(StepSeal)
	}
	if !shelves[f.Ref.Type].lets(r.class, r.action) {
		return hide(StepBase)
	}
	return show(StepOpen)
}

// sealed: a sealed thing is seen by the organisation that sent it and by the person, a locked one by those of
// its sender's staff who are of the care team (section 14.9). Nothing opens either for a proxy.
func (r *residual) sealed(f *Facts) bool {
	switch f.Seal {
	case Unsealed:
		return false
	case Sealed:
		return r.stance != self && !r.sent(f) && (!r.glass || f.Labels.Level >= LevelV)
	default:
		return !r.team || !r.sent(f)
	}
}

func (r *residual) sent(f *Facts) bool {
	return r.stance == worker && r.org != fhir.Ref{} && f.Sender == r.org
}

func (r *residual) look(f *Facts) look {
	l := look{
		f: f, typ: f.Ref.Type, class: f.Class, codes: f.Codes, primary: f.Primary, events: f.Events, authored: f.Authored,
		sections: uint32(f.Sections), abroad: r.abroad && !anyIs(f.Custodian, r.orgs), others: f.Labels.Other, rules: r.labels,
	}
	l.wear(&f.Labels)
	l.own = l.topics
	return l
}

func (r *residual) lookAmong(f *Facts, members []*Facts) look {
	l := r.look(f)
	for _, m := range members {
		l.wear(&m.Labels)
	}
	l.members = members
	return l
}

// seeParts judges what is inside as if it stood alone. A contained thing that its host refers to takes the host
// with it, and so does a hidden one beyond those that a verdict can name.
func (r *residual) seeParts(f *Facts, host *look, v Verdict) Verdict {
	for i := range f.Parts {
		l := partLook(f, i, host)
		one := r.decide(&l)
		if one.Sight != Hidden {
			continue
		}
		if f.Parts[i].Whole || i >= partsMost {
			return one
		}
		v.Sight = Cut
		v.Parts |= 1 << i
	}
	return v
}

// partLook is what is judged of something inside.
func partLook(f *Facts, i int, host *look) look {
	p := &f.Parts[i]
	l := look{
		f: f, class: p.Class, codes: p.Codes, primary: p.Primary, events: p.Events, authored: p.Authored,
		sections: uint32(p.Sections), abroad: host.abroad, others: p.Labels.Other, rules: host.rules,
	}
	l.wear(&p.Labels)
	l.own = l.topics
	if len(p.Class) > 0 { // the type stands first
		l.typ = fhir.Type(p.Class[0].Code)
	}
	return l
}

// partsMost is how many parts a Verdict can name.
const partsMost = 64

// decide is steps 6 to 10 for one thing: safeguards, choices, then what the base policy gives, then break-glass.
func (r *residual) decide(l *look) Verdict {
	v := r.ordinary(l)
	if v.Sight == Hidden && r.opens(l) {
		return show(StepGlass)
	}
	return v
}

func (r *residual) ordinary(l *look) Verdict {
	outcome, rule := r.choices(l)
	if outcome != Deny && r.safeguarded(l) {
		return hide(StepSafeguard)
	}
	switch outcome {
	case Deny:
		return Verdict{Why: Reason{StepDeny, rule}}
	case Permit:
		return Verdict{Sight: Whole, Why: Reason{StepPermit, rule}}
	case WeakDeny:
		return Verdict{Why: Reason{StepWeakDeny, rule}}
	default:
		return r.base(l)
	}
}
