package guard

import (
	"context"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// Maintainer is a store as those see it who look after it: what it keeps, beside what it derived from that. Facts,
// index entries and standings can always be made anew; bodies, who is whom, and the trail cannot. It is for the
// operator of the machine, while nobody is served: nothing that it gives may reach a caller.
type Maintainer interface {
	// Each gives versions in the order of their commits, until use fails. Use may not write.
	Each(ctx context.Context, of Part, use func(Held) error) error
	// Persons are those who are not merged into another, after one of them ("": from the first) in an order that stays,
	// at most limit.
	Persons(ctx context.Context, after consent.Person, limit int) ([]HeldPerson, error)
	// Inspect tells where the store's own tables say something else than the current versions and the standings.
	Inspect(ctx context.Context, tell func(Finding)) error
	// Restore makes those tables anew where they do, tells where, and changes nothing else. It may be cut off at any
	// time, and done again.
	Restore(ctx context.Context, tell func(Finding)) error
	// Amend writes what was derived anew, all or nothing. It leaves the store's own tables to Restore.
	Amend(ctx context.Context, versions []Derived, standings []*consent.Standing) error
}

// Part is a part of all versions.
type Part struct {
	After  Position                // only what was committed after it
	People map[consent.Person]bool // only what is about one of them, after merges; nil: everything
}

// Held is one version as a store keeps it. What cannot be read is missing, and Fault says so.
type Held struct {
	Position Position
	Version  *Version
	Index    []search.Entry
	People   []consent.Person // whom it is about, after merges
	Current  bool
	Fault    error
}

// HeldPerson is a person with the standing as it is kept. One that cannot be read is nil, and Fault says so.
type HeldPerson struct {
	Person   consent.Person
	Standing *consent.Standing
	Version  int64 // of the standing
	Merged   bool  // others were merged into this one
	Fault    error
}

// Derived is what was made anew of one version.
type Derived struct {
	Position Position
	Facts    *consent.Facts
	Index    []search.Entry
}

// Finding is one thing that is not as it should be. It quotes nothing of what is stored.
type Finding struct {
	Ref     fhir.Ref // of what; zero: of a person, or of the store
	Version string
	Problem string
}

func (f Finding) String() string {
	switch {
	case f.Ref == (fhir.Ref{}):
		return f.Problem
	case f.Version == "":
		return f.Ref.String() + ": " + f.Problem
	default:
		return f.Ref.String() + "/_history/" + f.Version + ": " + f.Problem
	}
}
