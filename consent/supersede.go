package consent

import (
	"slices"
	"time"
)

// One Consent takes the place of another when it is the later of the two and says so: by an identifier that both
// have, or by the replaces link (CONSENT rules section 7.1). What that means, exactly:
//
//   - The order is that of the commits, never of any date. A Consent stands where it was last committed active, or
//     where it was first seen. Being ended leaves it where it stands, since ending an old choice is not making a
//     new one: who writes a new choice and then sets the old one inactive has the new one.
//   - A draft, or one that was proposed or rejected, never came into force and takes no place.
//   - It holds from the moment at which the later one begins, which is at once unless its period says when. Until
//     then nobody has said anything else than the older one does.
//   - From then on it holds for good: the older one is marked when the later arrives, and stays so when that is set
//     inactive, expires, is deleted, or no longer says what it replaces. Only committing the older one anew, active,
//     makes a choice of it again. One that was announced and withdrawn before its day counts from that day, for
//     standings know no clock.

// placed is the rules with one more version of one, in its place in the order, and what it supersedes marked. The
// rules given stay as they are.
func placed(rules []Rule, r Rule) []Rule {
	next := without(rules, func(o Rule) bool { return o.Ref == r.Ref })
	at := len(next)
	if old := slices.IndexFunc(rules, func(o Rule) bool { return o.Ref == r.Ref }); old >= 0 && !r.Active {
		at, r.Superseded = old, rules[old].Superseded
	}
	next = slices.Insert(next, at, r)
	supersede(next, at)
	return next
}

// supersede marks the rules whose place the one at i takes, and that one if a later takes its.
func supersede(rules []Rule, i int) {
	for j := range rules {
		switch {
		case j < i && rules[i].supersedes(&rules[j]):
			rules[j].supersededFrom(rules[i].begins())
		case j > i && rules[j].supersedes(&rules[i]):
			rules[i].supersededFrom(rules[j].begins())
		}
	}
}

// supersedes reports whether a rule, being the later one, takes the place of the other.
func (r *Rule) supersedes(earlier *Rule) bool {
	if r.Pending {
		return false
	}
	if slices.Contains(r.Replaces, earlier.Ref) {
		return true
	}
	return slices.ContainsFunc(r.Identifiers, func(id Code) bool { return slices.Contains(earlier.Identifiers, id) })
}

// always is before everything that is decided here; the zero time would say that there is no such time.
var always = time.Unix(0, 0).UTC()

// begins is when a rule comes into force: always when it does not say, or not so that it can be read.
func (r *Rule) begins() time.Time {
	first := always
	for i, p := range r.Readings {
		if p.Period.From.IsZero() || p.Odd&OddPeriod != 0 {
			return always
		}
		if i == 0 || p.Period.From.Before(first) {
			first = p.Period.From
		}
	}
	return first
}

// supersededFrom notes that the rule is superseded from a moment on, or from an earlier one that was noted before.
func (r *Rule) supersededFrom(from time.Time) {
	if r.Superseded.IsZero() || from.Before(r.Superseded) {
		r.Superseded = from
	}
}

// superseded reports whether another rule has taken the place of this one at t.
func (r *Rule) superseded(t time.Time) bool { return !r.Superseded.IsZero() && !t.Before(r.Superseded) }
