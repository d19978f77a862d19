package consent

import (
	"slices"
	"strings"

	"concord/fhir"
)

var answers = [...]string{Passes: "passes", Shows: "shows", Hides: "hides"}

// String names the answer.
func (a Answer) String() string {
	if int(a) < len(answers) {
		return answers[a]
	}
	return "unknown"
}

var outcomeNames = [...]string{NotApplicable: "not-applicable", Permit: "permit", Deny: "deny", WeakDeny: "weak-deny", idle: "not-applicable"}

// String names the outcome.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// precise says in one line what a choice said, and where.
func (s *Said) precise() string {
	text := s.Consent.String()
	if s.Version != "" {
		text += "/_history/" + s.Version
	}
	text += ": " + s.Outcome.String()
	if s.At != "" {
		text += " at " + s.At
	}
	if s.Failed != "" {
		text += ", for " + string(s.Failed) + " does not hold"
	}
	if s.Decided {
		text += " (decides)"
	}
	return text
}

// words is the deciding provision as the person would say it, with what those above it say already.
func (t *tracer) words(rule *Rule, c *chain) string {
	one := *c.p
	one.Provisions = nil
	for _, p := range slices.Backward(c.all) {
		above := *p
		above.Provisions = []Provision{one}
		one = above
	}
	name := func(ref fhir.Ref) string { return "" }
	if t.v.Directory != nil {
		name = t.v.Directory.Name
	}
	teller := teller{ref: rule.Ref, at: t.v.Time, name: name, domain: rule.Domain}
	teller.tell(&one, said{})
	if len(teller.all) == 0 {
		return ""
	}
	text := strings.TrimPrefix(teller.all[len(teller.all)-1].Text, "But: ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// plain is the decision in a sentence or two for the person whose record it is. It says nothing of the record.
func (t *tracer) plain(e *Explanation, host Verdict) string {
	text := plainSteps[host.Why.Step][min(host.Sight, Whole)]
	if host.Sight == Hidden && host.Why.Step == StepBase && t.r.stance == worker && t.r.implied {
		text = "They look after you, but their role does not see this part of your record."
	}
	for _, said := range e.Choices {
		if said.Decided && said.Plain != "" {
			text += " Your choice: " + said.Plain
		}
	}
	if e.Verdict.Sight != Hidden && e.Verdict.Place {
		text += " What says where you are is left out."
	}
	switch {
	case host.Sight == Hidden:
	case e.Verdict.Sight == Cut:
		text += " Some of what is inside it is left out."
	case e.Verdict.Sight == Hidden:
		text = "They cannot see this, because of something inside it that they may not see."
	}
	return text
}

// plainSteps says for each step why something is hidden, and why it is shown.
var plainSteps = map[Step][2]string{
	StepScope:     {"The app or system that they use may not ask for this kind of entry."},
	StepSubject:   {"It does not say whose it is, so nobody is shown it."},
	StepStanding:  {"They cannot see this. Nothing connects them with you, and you have not given them leave."},
	StepSeal:      {"This was closed by the team that wrote it, and is shown to that team only."},
	StepHeldBack:  {"This is being held back for now, for a reason that a named professional has recorded."},
	StepAge:       {"At this age only a part of the record is shown to those who act for a young person."},
	StepDeny:      {"They cannot see this, because you chose so."},
	StepPermit:    {"", "They can see this, because you chose so."},
	StepWeakDeny:  {"They cannot see this. You chose to share other things only with them."},
	StepBase:      {"They cannot see this. The usual rules do not give it to them, and you have not given them leave.", "They can see this, because they look after you and you have not chosen otherwise."},
	StepSelf:      {"", "This is your own record."},
	StepSender:    {"", "They can see this, because their own organisation wrote it."},
	StepAddressed: {"", "They can see this, because it was sent to them to act on."},
	StepNoneKnown: {"They cannot see this. It says that there is nothing, where something may be hidden from them."},
	StepOpen:      {"", "This is about nobody in particular, and everybody may see it."},
	StepGlass:     {"", "They opened your record in an emergency. That is recorded, and you are told of it."},
	StepSafeguard: {"This is hidden from those who act for a child or a young person, unless it was shared with them by name."},
	StepPurpose:   {"This is marked as being for other purposes than the one they came for."},
	StepChoice:    {"They cannot see this. What you chose to share is yours, and those who look after you are not shown it."},
	StepOperator:  {"", "They run this service, and look after its records. Each look is recorded."},
}
