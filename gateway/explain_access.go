package gateway

import (
	"context"

	"concord/consent"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// ExplainAccess says whether somebody may see something of a person's record, in plain words and as the provisions that
// decide, with what was assumed of whom. An absent person, and one of whom the caller may not ask, are both NotFound.
func ExplainAccess(ctx context.Context, r guard.Reading, q guard.AccessQuestion) (guard.Disclosed, error) {
	return r.ExplainAccess(ctx, q, layOutAccess)
}

func layOutAccess(a guard.Access) ([]byte, error) {
	answer := parameters{Parameter: []parameter{
		inText("assumed", assumedOfOnlookers), {Name: "policy", ValueURI: a.Policy},
	}}
	if a.Class == consent.Operator || a.Class == consent.Staff { // it counts changes that others may not know of
		answer.Parameter = append(answer.Parameter, inNumber("consentEpoch", int(a.Standing)))
	}
	for _, one := range a.Answers {
		parts := append(onlookerParts(one.Onlooker), inText("text", onlookerWords(one.Onlooker, a.Looks)))
		for _, g := range one.Groups {
			parts = append(parts, accessParts(one, g))
		}
		answer.Parameter = append(answer.Parameter, inParts("answer", parts...))
	}
	return answer.json()
}

// accessParts is one decision: what, whether, why in words, and why for a machine.
func accessParts(who guard.AccessAnswer, g guard.AccessGroup) parameter {
	parts := []parameter{
		{Name: "section", ValueCoding: &coding{System: care.SystemSection, Code: g.Section.String()}},
		inCode("decision", decisionCode(g)), inText("text", accessWords(who.Onlooker, g)),
		inCode("step", g.Explained.Verdict.Why.Step.String()), inNumber("count", len(g.Things)),
	}
	for _, ref := range g.Things {
		parts = append(parts, inReference("thing", ref.String()))
	}
	for _, said := range g.Explained.Choices {
		parts = append(parts, saidParts(said))
	}
	for _, asked := range g.Explained.Steps {
		parts = append(parts, inParts("asked",
			inCode("step", asked.Step.String()), inCode("answer", asked.Answer.String()), inText("text", asked.Precise)))
	}
	return inParts("decision", parts...)
}

func decisionCode(g guard.AccessGroup) string {
	switch {
	case !g.Permit:
		return "deny"
	case g.Less:
		return "permit-in-part"
	default:
		return "permit"
	}
}

// accessWords is the decision in a sentence or two for the person; "you" is they.
func accessWords(o guard.Onlooker, g guard.AccessGroup) string {
	text := g.Explained.Plain
	switch {
	case o.Class == consent.Self:
	case g.Pointing:
		text = "They cannot see this, because it cannot do without something that is hidden from them."
	case g.Less && g.Explained.Verdict.Sight == consent.Whole:
		text += " Mentions of what is hidden from them are left out."
	}
	if g.Shared {
		text += " It is about somebody else too, whose choices count as well and are theirs to know."
	}
	return text
}

// saidParts is what one Consent said: which version of it, by which provision, and whether that decided.
func saidParts(s consent.Said) parameter {
	ref := s.Consent.String()
	if s.Version != "" {
		ref += "/_history/" + s.Version
	}
	decided := s.Decided
	parts := []parameter{inReference("consent", ref), inCode("outcome", s.Outcome.String()), {Name: "decides", ValueBoolean: &decided}}
	if s.At != "" {
		parts = append(parts, inText("provision", s.At))
	}
	if s.Failed != "" {
		parts = append(parts, inText("failed", string(s.Failed)))
	}
	return inParts("choice", append(parts, inText("text", s.Precise))...)
}
