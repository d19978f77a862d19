package search

import "cmp"

// Limits are the bounds on what a query may ask. Each is named in the refusal of what goes beyond it, by the name under
// which it is set.
type Limits struct {
	Parameters   int // with those that are not used
	Clauses      int
	Alternatives int // of one clause
	Value        int // bytes of one value
	Chain        int // references that one clause may follow, by chains and _has
	Hops         int // types that all chains together may lead to
	Includes     int
	Keys         int // of _sort
	Count        int // results in a page when _count does not say
	MaxCount     int // results in a page at most
}

// DefaultLimits are those by which Parse goes.
func DefaultLimits() Limits {
	return Limits{
		Parameters: 128, Clauses: 32, Alternatives: 64, Value: 4096,
		Chain: 4, Hops: 64, Includes: 16, Keys: 4, Count: 50, MaxCount: 500,
	}
}

// WithDefaults is the limits with the usual one where none is set.
func (l Limits) WithDefaults() Limits {
	usual := DefaultLimits()
	return Limits{
		Parameters: cmp.Or(l.Parameters, usual.Parameters), Clauses: cmp.Or(l.Clauses, usual.Clauses),
		Alternatives: cmp.Or(l.Alternatives, usual.Alternatives), Value: cmp.Or(l.Value, usual.Value),
		Chain: cmp.Or(l.Chain, usual.Chain), Hops: cmp.Or(l.Hops, usual.Hops), Includes: cmp.Or(l.Includes, usual.Includes),
		Keys: cmp.Or(l.Keys, usual.Keys), Count: min(cmp.Or(l.Count, usual.Count), cmp.Or(l.MaxCount, usual.MaxCount)),
		MaxCount: cmp.Or(l.MaxCount, usual.MaxCount),
	}
}

// attemptsPerHop bounds how many types are tried for each that a chain may lead to: a reference to any type may be
// to each of some 150.
const attemptsPerHop = 16
