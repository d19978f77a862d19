package guard

import (
	"context"

	"concord/consent"
	"concord/fhir"
)

// Relabeller is a store whose versions can be labelled anew while it serves (CONSENT rules section 5: also when the rules
// change). Nothing but the facts of a version is ever replaced. Until they are, facts of another rule set match every
// label deny and no label permit.
//
// A store is told at its opening which rule set is in force. It remembers no version in its caches that was labelled by
// another, on whatever node: so nothing has to be taken back from them.
type Relabeller interface {
	Store
	// Labelled is how far Relabel has come, as it said last.
	Labelled(ctx context.Context) (Labelled, error)
	// Relabel replaces the facts of versions that are there, raises the records of whom the newest version is about, and remembers how
	// far it has come, all or nothing. It may be done twice.
	Relabel(ctx context.Context, versions []Relabelled, done Labelled) error
}

// Relabelled is a stored version with facts that were labelled anew.
type Relabelled struct {
	Ref     fhir.Ref
	Version string
	Facts   *consent.Facts
}

// Labelled says that every version up to a place in the feed was labelled by a rule set, or looked at for it.
type Labelled struct {
	Rules   uint64 // consent.Labeller.Epoch; 0: none ever
	Through Position
}
