package consent

// steps are the names of the steps, as the trail has them.
var steps = [...]string{
	StepNone: "none", StepScope: "scope", StepSubject: "subject", StepStanding: "standing", StepSeal: "seal", StepHeldBack: "held-back",
	StepAge: "age", StepDeny: "consent-deny", StepPermit: "consent-permit", StepWeakDeny: "consent-permits-other", StepBase: "base-policy",
	StepSelf: "self", StepSender: "sender", StepAddressed: "addressed", StepNoneKnown: "none-known", StepOpen: "open", StepOperator: "operator",
	StepGlass: "break-glass", StepSafeguard: "safeguard", StepPurpose: "purpose-label",
	StepChoice: "sharing-choice",
}

// String names the step.
func (s Step) String() string {
	if int(s) < len(steps) {
		return steps[s]
	}
	return "unknown"
}
