package consent

import (
	"slices"

	"concord/fhir"
	"concord/fhir/care"
)

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
	if r.implied && (!r.narrow || l.narrowed()) && (uint32(r.sections)&l.sections != 0 || slices.Contains(r.extra, l.typ)) {
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
