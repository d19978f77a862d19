package consent

import "fmt"

// steps are the questions of the procedure in their order, up to the one that decided.
func (t *tracer) steps(f *Facts, l *look, host Verdict) []Asked {
	r, why := t.r, host.Why.Step
	last := Hides
	if host.Sight != Hidden {
		last = Shows
	}
	var all []Asked
	ask := func(step Step, decided bool, text string) bool {
		answer := Passes
		if decided {
			answer = last
		}
		all = append(all, Asked{step, answer, text})
		return decided
	}
	if r.stance == operator && ask(StepOperator, true, "system/*.cruds and the client role operator: everything, as it is stored") {
		return all
	}
	about := len(f.About) > 0
	if ask(StepScope, why == StepScope, "the token's scopes on "+string(f.Ref.Type)) ||
		f.Open && !about && ask(why, true, "about nobody: the role table for directory and conformance types decides, and seals") ||
		ask(StepSubject, why == StepSubject, fmt.Sprintf("about %d people, each of whom is asked", len(f.About))) ||
		ask(StepStanding, r.stance == stranger || r.stance == bystander, "on what footing the caller stands: "+r.footing()) ||
		ask(StepSeal, why == StepSeal, [...]string{"not sealed", "sealed: for its sender, and the person", "locked: for the team of its sender"}[min(f.Seal, Locked)]) ||
		r.stance != worker && ask(StepHeldBack, why == StepHeldBack, "held back from the person and those who act for them, or for staff alone") ||
		r.stance == self && ask(StepSelf, why == StepSelf, "the person's own record") ||
		r.choiceToStaff(f) && ask(why, true, "a sharing choice, which of staff only the privacy officer is shown") ||
		f.NoneKnown && ask(StepNoneKnown, why == StepNoneKnown, "says that none is known, where some may be hidden") ||
		len(f.Purposes) > 0 && ask(StepPurpose, why == StepPurpose, "labelled as being for some purposes only") {
		return all
	}
	if why == StepGlass {
		would := r.ordinary(l)
		ask(would.Why.Step, false, "would hide it, were break-glass not open: "+t.reason(would.Why.Step))
		ask(StepGlass, true, "break-glass is open on this person, and nothing that holds against it hides the thing")
		return all
	}
	if ask(StepDeny, why == StepDeny, t.joined(why)) ||
		r.hides != 0 && ask(StepSafeguard, why == StepSafeguard, "hidden by its labels from those who act for a child, unless shared by name") {
		return all
	}
	ask(why, true, t.reason(why))
	return all
}

// reason is what decided after denies and safeguards were asked.
func (t *tracer) reason(why Step) string {
	switch why {
	case StepDeny, StepPermit, StepWeakDeny, StepSafeguard:
		return t.joined(why)
	default:
		return "the base policy " + t.p.base.ID + ", with the relationship, role, kind of organisation and sections: " + t.r.given(why)
	}
}

func (t *tracer) joined(why Step) string {
	switch why {
	case StepDeny:
		return "a choice denies, and a deny wins over every permit"
	case StepPermit:
		return "no choice denies, and one permits"
	case StepWeakDeny:
		return "a choice permits other things only"
	case StepSafeguard:
		return "its labels hide it from those who act for a child"
	default:
		return "no choice denies it"
	}
}

var footings = [...]string{
	stranger: "none", operator: "the operator", self: "the person", proxy: "somebody acting for the person", worker: "staff, or a backend",
	bystander: "somebody acting for people, without standing for this one",
}

func (r *residual) footing() string {
	text := footings[r.stance]
	if r.related {
		return text + ", with a relationship now"
	}
	return text + ", without a relationship now"
}

// given says what the base policy went by.
func (r *residual) given(why Step) string {
	switch why {
	case StepBase:
		if r.implied {
			return "the row of the role decides"
		}
		return "no row for this role, kind of organisation and purpose"
	case StepSender:
		return "their own organisation sent it"
	case StepAddressed:
		return "it is addressed to them"
	case StepAge:
		return "the young person's age narrows what those acting for them see"
	default:
		return "nothing gives it"
	}
}
