package postgres

import (
	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// holds reports whether all that a change rested on is still so. Nothing that rested on a person who was merged
// away is. What is not there cannot be locked: a change that puts it meets the row of whoever was quicker, and is
// tried again.
func (l *ledger) holds(c *guard.Change) bool {
	for _, e := range c.If {
		if !l.expected(e) {
			return false
		}
	}
	for ref, p := range c.Patients {
		if held, ok := l.patients[ref.String()]; ok && l.survivor(held) != l.root(p) {
			return false
		}
	}
	return true
}

// expected holds one expectation against what is locked.
func (l *ledger) expected(e guard.Expect) bool {
	switch {
	case e.Ref != (fhir.Ref{}):
		version := ""
		if t, ok := l.things[e.Ref]; ok {
			version = t.now.id
		}
		return version == e.Version
	case e.Key != "":
		return l.holder(e.Key) == e.Holder
	default:
		p := l.people[e.Person]
		s := l.state(p.num)
		return p.survivor == 0 && s.version == e.Standing && (e.Record == 0 || s.record == e.Record)
	}
}

// holder is whose an identity key is, after merges; "" when it is nobody's.
func (l *ledger) holder(key string) consent.Person {
	held, ok := l.identities[key]
	if !ok {
		return ""
	}
	num := l.survivor(held.person)
	if p, ok := l.nums[num]; ok {
		return p.id
	}
	return l.holders[num]
}
