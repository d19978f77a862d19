package consent

import (
	"slices"

	"concord/fhir"
	"concord/fhir/care"
)

// See decides on one resource version, for the one person that the residual is about. A resource about several
// people is seen when every one of their residuals sees it.
func (r Residual) See(f *Facts) Verdict {
	if r.r == nil {
		return hide(StepNone)
	}
	return r.r.see(f)
}

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
func show(step Step) Verdict { return Verdict{Whole, 0, Reason{step, -1}} }

func (r *residual) see(f *Facts) Verdict {
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
	case f.Held != 0 && r.stance != worker:
		return hide(StepHeldBack)
	case r.stance == self:
		return show(StepSelf)
	case f.Private && r.stance == worker && r.action&^Collect != 0:
		return hide(StepStanding)
	case f.NoneKnown && r.noNone && r.action != Collect: // refusing to record it would tell
		return hide(StepNoneKnown)
	}
	l := r.look(f)
	v := r.decide(&l)
	if v.Sight == Hidden || len(f.Parts) == 0 {
		return v
	}
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
		return r.stance != self && !r.sent(f)
	default:
		return !r.team || !r.sent(f)
	}
}

func (r *residual) sent(f *Facts) bool {
	return r.stance == worker && r.org != fhir.Ref{} && f.Sender == r.org
}

func (r *residual) look(f *Facts) look {
	return look{
		f: f, typ: f.Ref.Type, class: f.Class, codes: f.Codes, primary: f.Primary, events: f.Events, authored: f.Authored,
		sections: uint32(f.Sections), abroad: r.abroad && !anyIs(f.Custodian, r.orgs),
	}
}

// seeParts judges what is inside as if it stood alone. A contained thing that its host refers to takes the host
// with it, and so does a hidden one beyond those that a verdict can name.
func (r *residual) seeParts(f *Facts, host *look, v Verdict) Verdict {
	for i := range f.Parts {
		p := &f.Parts[i]
		l := look{
			f: f, class: p.Class, codes: p.Codes, primary: p.Primary, events: p.Events, authored: p.Authored,
			sections: uint32(p.Sections), abroad: host.abroad,
		}
		if len(p.Class) > 0 { // the type stands first
			l.typ = fhir.Type(p.Class[0].Code)
		}
		one := r.decide(&l)
		if one.Sight != Hidden {
			continue
		}
		if p.Whole || i >= partsMost {
			return one
		}
		v.Sight = Cut
		v.Parts |= 1 << i
	}
	return v
}

// partsMost is how many parts a Verdict can name.
const partsMost = 64

// decide is steps 7 to 9 for one thing: choices, then what the base policy gives.
func (r *residual) decide(l *look) Verdict {
	outcome, rule := r.choices(l)
	switch outcome {
	case Deny:
		return Verdict{Why: Reason{StepDeny, rule}}
	case Permit:
		return Verdict{Whole, 0, Reason{StepPermit, rule}}
	case WeakDeny:
		return Verdict{Why: Reason{StepWeakDeny, rule}}
	default:
		return r.base(l)
	}
}

// base is what holds when no choice speaks.
func (r *residual) base(l *look) Verdict {
	if r.stance == proxy {
		switch {
		case !r.parent || l.f.Private:
			return hide(StepStanding)
		case r.narrow && !l.narrowed():
			return hide(StepAge)
		default:
			return show(StepBase)
		}
	}
	if r.implied && (uint32(r.sections)&l.sections != 0 || slices.Contains(r.extra, l.typ)) {
		return show(StepBase)
	}
	if r.fromMyOrg(l) {
		return show(StepSender)
	}
	if len(r.selves) > 0 && anyIs(r.selves, l.f.Owners) {
		return show(StepAddressed)
	}
	if r.implied || r.related {
		return hide(StepBase)
	}
	return hide(StepStanding)
}

// fromMyOrg reports whether the viewer may read a thing because their own organisation, or one that it is part of,
// sent it (section 12, step 4). The permit is to the organisation, so 14.4 still says what its people see: each the
// row of their role, and for individual care only; reception reads no results because the practice sent them, and
// nobody reads for marketing. A backend of the sender reads back all that it sent. Sending itself reads nothing.
func (r *residual) fromMyOrg(l *look) bool {
	f := l.f
	if f.Sender == (fhir.Ref{}) {
		return false
	}
	if r.action != Collect && !r.back.whole && uint32(r.back.sections)&l.sections == 0 && !slices.Contains(r.back.types, l.typ) {
		return false
	}
	for i := range r.orgs {
		if r.orgs[i].Ref == f.Sender {
			return true
		}
	}
	return false
}

// narrowedTo and medicines are what proxies see of a young person from eleven to sixteen: identity,
// appointments, contingency, medicines, and the actions of the plan (section 14.11).
var narrowedTo = uint32(care.In(care.Identity, care.Appointments, care.Contingency))

func (l *look) narrowed() bool {
	switch l.typ {
	case "MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Medication":
		return true
	case "Task", "ServiceRequest":
		return l.sections&(narrowedTo|uint32(care.In(care.Plan))) != 0
	default:
		return l.sections&narrowedTo != 0
	}
}
