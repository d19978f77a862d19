package consent_test

import (
	"slices"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// naiveVerdict is the decision of section 12 for one person.
type naiveVerdict struct {
	Sight consent.Sight
	Parts uint64
	Place bool
	Step  consent.Step
}

// decide is the decision on a thing (section 12, steps 2 to 10).
func (q naiveAsk) decide() naiveVerdict {
	if q.viewer.Class == consent.Operator { // 15.7: the class says that scope and role are there
		return naiveVerdict{Sight: consent.Whole, Step: consent.StepOperator}
	}
	if !q.scoped() {
		return naiveVerdict{Step: consent.StepScope}
	}
	seen, step := q.sees()
	verdict := naiveVerdict{Sight: consent.Whole, Step: step}
	switch {
	case !seen:
		verdict.Sight = consent.Hidden
		return verdict
	case step == consent.StepSelf || step == consent.StepOpen:
		return verdict
	}
	verdict.Place = q.placeless()
	for i := range q.facts.Parts {
		if seen, step := q.part(i).chosen(); !seen {
			if q.facts.Parts[i].Whole || i >= 64 { // a verdict can name 64
				return naiveVerdict{Step: step}
			}
			verdict.Sight = consent.Cut
			verdict.Parts |= 1 << i
		}
	}
	return verdict
}

// part is the question about one part, as if it stood alone: what it says is its own, who wrote, keeps and sent it is
// its host's (section 10 rows 22 and 24).
func (q naiveAsk) part(i int) naiveAsk {
	p, host := &q.facts.Parts[i], *q.facts
	host.Class, host.Codes, host.Primary = p.Class, p.Codes, p.Primary
	host.Events, host.Authored, host.Sections, host.Labels = p.Events, p.Authored, p.Sections, p.Labels
	q.facts, q.kind = &host, fhir.Type(p.Class[0].Code)
	return q
}

// scoped is step 2, the type alone: which letter an interaction needs is for the guard. patient/ is for the launch
// patient, user/ for people, system/ for backends.
func (q naiveAsk) scoped() bool {
	for _, grant := range q.viewer.Scopes.Grants() {
		mine := false
		switch grant.Context {
		case smart.Patient:
			mine = q.isOf(q.viewer.Patient)
		case smart.User:
			mine = q.viewer.Class != consent.System
		case smart.System:
			mine = q.viewer.Class == consent.System
		}
		if mine && (grant.Type == smart.AnyType || grant.Type == q.facts.Ref.Type) {
			return true
		}
	}
	return false
}

// isOf reports whether a Patient is the person.
func (q naiveAsk) isOf(ref fhir.Ref) bool {
	return slices.ContainsFunc(q.standing.Patients, func(p consent.Patient) bool { return p.Ref == ref })
}

func (q naiveAsk) self() bool {
	return q.viewer.Class == consent.Self && slices.ContainsFunc(q.viewer.Self, func(me consent.Party) bool { return q.isOf(me.Ref) })
}

// proxy reports whether the caller is, or may be, somebody acting for the person: another Patient may be named by a choice.
func (q naiveAsk) proxy() bool {
	return q.viewer.Class == consent.Proxy || (q.viewer.Class == consent.Self && !q.self())
}

func (q naiveAsk) staff() bool {
	return q.viewer.Class == consent.Staff || q.viewer.Class == consent.System
}

// sees is steps 4 to 10 for the thing as a whole.
func (q naiveAsk) sees() (bool, consent.Step) {
	f := q.facts
	creates := q.viewer.Action == consent.Collect // to refuse what is sent would tell
	switch {
	case len(f.About) == 0 && f.Open:
		return q.opened(), consent.StepOpen
	case len(f.About) == 0:
		return false, consent.StepSubject
	case q.proxy() && !q.acting():
		return false, consent.StepStanding
	case q.sealed():
		return false, consent.StepSeal
	case !q.staff() && (f.Held != 0 || naiveSensitive(f.Labels.Topics, naiveAllOver(consent.TopicChildProtection))):
		return false, consent.StepHeldBack // 14.10, and 14.12: child protection is for staff only
	case q.self():
		return true, consent.StepSelf // 12.9: all of their own but these
	case f.Private && q.staff() && !creates:
		return q.officer(), consent.StepChoice // row 26
	case f.NoneKnown && !creates && q.mayHideAllergy():
		return false, consent.StepNoneKnown
	case !creates && !q.glass() && q.otherwiseMeant():
		return false, consent.StepPurpose
	default:
		return q.chosen()
	}
}

// otherwiseMeant is section 4: a label of purpose that does not cover the request's. The text has no exception; the
// engine makes one for the person, for break-glass, and for what is only sent.
func (q naiveAsk) otherwiseMeant() bool {
	return len(q.facts.Purposes) > 0 &&
		!slices.ContainsFunc(q.facts.Purposes, func(p string) bool { return naiveStandsUnder(q.viewer.Purpose, p) })
}

// opened is what is about nobody: all may read it; the directory and definitions are for operators to write.
func (q naiveAsk) opened() bool {
	return q.viewer.Action&(consent.Collect|consent.Correct) == 0 || (!consent.OperatorsOnly(q.facts.Ref.Type) && q.staff())
}

// chosen is steps 6 to 10 but for the seals: safeguards, the choices, the base policy, break-glass.
func (q naiveAsk) chosen() (bool, consent.Step) {
	a := q.consents()
	seen, step := false, consent.StepDeny
	switch {
	case a.says == naiveDeny:
	case q.safeguarded() && (a.says != naivePermit || !a.path.instance):
		step = consent.StepSafeguard
	case a.says == naivePermit:
		seen, step = true, consent.StepPermit
	case a.says == naiveWeak:
		step = consent.StepWeakDeny
	default:
		seen, step = q.implied()
	}
	// Section 7: break-glass opens what is denied, but not to whom it is denied by name, nor what is refused for
	// emergencies by name, nor label V.
	firm := a.says == naiveDeny && (a.path.against || (a.path.refusal && !q.base.OpensRefused))
	if !seen && q.glass() && !firm && q.facts.Labels.Level != consent.LevelV && q.facts.Seal != consent.Locked {
		return true, consent.StepGlass
	}
	return seen, step
}

// consents is steps 7 and 8: each Consent in force, and how they combine.
func (q naiveAsk) consents() naiveAnswer {
	var all []naiveAnswer
	for i := range q.standing.Rules {
		q.rule = &q.standing.Rules[i]
		// Step 7: active and in period, however unreadable one end of the period is; and not superseded.
		current := slices.ContainsFunc(q.rule.Readings, func(p consent.Provision) bool { return naiveDuring(p.Period, q.viewer.Time) })
		gone := !q.rule.Superseded.IsZero() && !q.viewer.Time.Before(q.rule.Superseded)
		if !q.rule.Active || !current || gone || (q.rule.Research && !naiveStandsUnder(q.viewer.Purpose, "HRESCH")) {
			continue
		}
		var readings []naiveAnswer
		for k := range q.rule.Readings {
			readings = append(readings, q.tree(&q.rule.Readings[k]))
		}
		a := naiveRestrictive(readings)
		if a.says == naiveIdle || (a.says != naiveDeny && !q.inDomain()) || (a.says == naivePermit && q.outgrown(a)) {
			continue
		}
		all = append(all, a)
	}
	return naiveJoin(all)
}

// naiveRestrictive is section 3.2: the more restrictive of two readings.
func naiveRestrictive(readings []naiveAnswer) naiveAnswer {
	for _, says := range []naiveSays{naiveDeny, naiveWeak, naiveNothing, naiveIdle, naivePermit} {
		same := slices.DeleteFunc(slices.Clone(readings), func(a naiveAnswer) bool { return a.says != says })
		if len(same) > 0 {
			return naiveJoin(same)
		}
	}
	return naiveAnswer{}
}
