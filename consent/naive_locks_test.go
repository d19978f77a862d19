package consent_test

import (
	"slices"

	"concord/consent"
	"concord/fhir"
)

// This is section 12, step 6: what no choice opens; and break-glass, which opens some of it.

// sent reports whether the caller's own organisation sent the thing: for seals that one, and not what it is part of.
func (q naiveAsk) sent() bool {
	return q.staff() && (q.viewer.Org != fhir.Ref{}) && q.facts.Sender == q.viewer.Org
}

// sealed is 14.9: a sealed thing is for its sender and the person, and break-glass opens it unless it is V; a locked one
// is for the team that sent it.
func (q naiveAsk) sealed() bool {
	switch q.facts.Seal {
	case consent.Sealed:
		opened := q.glass() && q.facts.Labels.Level != consent.LevelV
		return !q.self() && !q.sent() && !opened
	case consent.Locked:
		return !q.sent() || !q.team()
	default:
		return false
	}
}

// safeguarded is 14.12 and section 8: what those who act for a child do not see unless it was shared by name. From a
// parent it is kept when the child is grown up, too; where no birth date is known a parent is one of a child of any age.
func (q naiveAsk) safeguarded() bool {
	parent := q.responsible() || q.holder()
	acts := q.proxy() || q.holder()
	if !acts || (!q.child() && !parent) {
		return false
	}
	l := q.facts.Labels
	if l.Level == consent.LevelV || q.unlabelled(l) {
		return true
	}
	hidden := []consent.Topics{consent.TopicSDV, consent.TopicVIO, consent.TopicSafeguarding}
	if (q.child() && q.age(11)) || (parent && q.birth().IsZero()) {
		hidden = append(hidden, consent.TopicSEX, consent.TopicSTD, consent.TopicPSY, consent.TopicPSYTHPN, consent.TopicMH, consent.TopicSUD)
	}
	return slices.ContainsFunc(hidden, func(topic consent.Topics) bool { return naiveSensitive(l.Topics, naiveAllOver(topic)) })
}

// placeless is 14.17: where the person is to be found is left out for all but the person and the team that sent it. What
// is not labelled yet may be about somebody at risk.
func (q naiveAsk) placeless() bool {
	risk := slices.ContainsFunc(q.standing.Patients, func(p consent.Patient) bool { return p.AtRisk }) ||
		q.unlabelled(q.facts.Labels) || naiveSensitive(q.facts.Labels.Topics, naiveAllOver(consent.TopicLOCIS))
	return risk && (!q.sent() || !q.team())
}

// glass is break-glass (section 7, 14.6): staff, for reading, with a window that is open, while the person lives.
func (q naiveAsk) glass() bool {
	v := q.viewer
	if !v.Glass || v.Class != consent.Staff || v.Purpose != "BTG" || v.Action&^(consent.Access|consent.Disclose) != 0 || q.dead() {
		return false
	}
	return slices.ContainsFunc(q.standing.Glass, func(o consent.Opened) bool {
		return naiveDuring(consent.Span{From: o.From, To: o.To}, v.Time) && naiveAmong(o.Who, v.Self)
	})
}
