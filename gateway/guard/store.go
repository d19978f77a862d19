package guard

import (
	"context"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// Version is one version of one resource as a store keeps it. It is immutable and may be shared.
type Version struct {
	Ref     fhir.Ref
	ID      string // versionId: random
	Updated time.Time
	Deleted bool   // JSON is empty
	JSON    []byte // as it is served to operators: the body that came, with our id, versionId and lastUpdated
	Facts   *consent.Facts
}

// State is one person in a store: the standing, and a counter that the store itself raises by one in every
// commit that puts anything about the person or changes the standing (two commits never give the same number).
type State struct {
	Standing *consent.Standing
	Record   int64
}

// Want says what a use case will ask of a Snapshot, so that a distant store can fetch it at once. What is not
// named may still be asked; it costs another trip.
type Want struct {
	Refs    []fhir.Ref       // current versions, the persons they are about, and their states
	Keys    []string         // identity keys, resolved to persons with their states
	Records []consent.Person // whole records
}

// Snapshot is a store as of one moment. It is valid until the function that it was given to returns.
type Snapshot interface {
	// Current is the newest version, deleted or not; nil when there never was one.
	Current(ref fhir.Ref) (*Version, error)
	// History is every version, newest first; empty when there never was one.
	History(ref fhir.Ref) ([]*Version, error)
	// Person is the person behind a Patient reference, after merges; "" when the reference was never used.
	Person(patient fhir.Ref) (consent.Person, error)
	// Find is the person with this identity key, after merges; "" when there is none.
	Find(key string) (consent.Person, error)
	// State is never nil: a person without one has an empty Standing of version 0.
	State(p consent.Person) (*State, error)
	// Record is every current version about the person that is not deleted, in the order of Ref.String.
	Record(p consent.Person) ([]*Version, error)
	// Changes offers versions to see, the newest commit first and within a commit the last one put first, until see says
	// false: those of the stretch within reach, deleted ones and those that are not current among them. See may ask
	// the same snapshot. It is a listing only: see decides.
	Changes(of Stretch, reach Reach, see func(*Version) (bool, error)) error
	// Search finds current, undeleted versions that match the plan, within reach, that see allows. See may ask
	// the same snapshot, and search in it.
	Search(plan search.Plan, reach Reach, see See) (Page, error)
	// Directory is the organisations and groups. Its Epoch is raised by every commit that puts a version whose
	// Facts are Open, because references to such things are judged too.
	Directory() (*consent.Directory, error)
}

// Stretch is the part of all commits that a history is about (FHIR R4, http.html#history).
type Stretch struct {
	Type fhir.Type // only things of this type; "": of every type
	// After and AfterID name a version: only what was put before it is offered, and nothing when there is no such
	// version. Zero: from the newest.
	After   fhir.Ref
	AfterID string
	Since   time.Time // only versions with Updated at this time or later; zero: all
}

// Change is one commit: all of it, or nothing.
type Change struct {
	// Key makes a repeated Change answer as the first did, with nothing changed. Empty: not repeated.
	Key string
	// If names what the decision rested on. Anything else there now: the store returns ErrConflict.
	If []Expect
	// Put are the new versions with their index entries. One Ref stands once.
	Put []Put
	// Standings are the persons' new standings, with the Version that the guard gave them.
	Standings map[consent.Person]*consent.Standing
	// Patients, Keys and Merges are additions to the table of persons. Merges[b] = a says that b is a from now on.
	// A Patient that is somebody else's by now (after merges) is a conflict; a key is given to whom it says, and If
	// names whose it was.
	Patients map[fhir.Ref]consent.Person
	Keys     map[string]consent.Person
	Merges   map[consent.Person]consent.Person
	// Events are appended to the trail in the same commit.
	Events []Event
}

// Expect is one thing that a Change rested on: either the version of a resource, or that of a person's standing.
type Expect struct {
	Ref     fhir.Ref
	Version string // "" means that there must be no version at all

	Key    string         // used when Ref is zero and this is not empty: whose identity key this was,
	Holder consent.Person // as Find gives it; "" when it was nobody's

	Person   consent.Person // used when Ref is zero and Key is empty
	Standing int64
	Record   int64 // State.Record as it was; 0: writes about the person meanwhile do not matter
}

// Put is one new version with what makes it findable.
type Put struct {
	Version *Version
	Index   []search.Entry
	People  []consent.Person // whom it is about, after merges
}

// Receipt says that a Change is durable.
type Receipt struct {
	Position Position // of its last feed entry; 0 when nothing was put
	Replayed bool     // the Key was seen before: nothing was done, and Put holds what the first commit put
	Put      []*Version
}

// Position is a place in the feed. Zero is before the first entry.
type Position int64

// Entry is one step of the feed: a version that was put.
type Entry struct {
	Position Position
	Ref      fhir.Ref
	Version  string
	People   []consent.Person
}

// Reach bounds a search to the persons that somebody may reach at all, by the index of principals, so that a
// search by name does not open every standing. It is a bound only: See decides.
type Reach struct {
	All        bool     // operators
	Principals []string // as consent.Standing.Principals names them
}

// Seen is what See says of a candidate: whether it may be seen, and when the caller's version of it was last
// updated (section 10 row 11), by which _lastUpdated and _sort=_lastUpdated go.
type Seen struct {
	OK      bool
	Updated time.Time
	// Index are the entries of what the caller sees, where something is cut for them: they are sorted by these. nil:
	// those that are stored.
	Index []search.Entry
}

// See is asked for every candidate of a search, before sort, count and limit.
type See func(v *Version) (Seen, error)

// Page is one page of a search: what the caller may see, in order, and whether there is more.
type Page struct {
	Versions []*Version
	Marks    []search.Mark // where each stands, in the order of the plan
	More     bool
}

// Store keeps the record. Implementations: memory, sqlite; later postgres. Every method may be called at once
// from many goroutines. Errors other than the named ones mean that the store cannot answer now.
type Store interface {
	// View shows the store as of one moment. A store may call use again from the start, with another snapshot,
	// when it finds that it could not keep to one moment: only what the last call did counts.
	View(ctx context.Context, want Want, use func(Snapshot) error) error
	// Commit makes the change durable, or returns ErrConflict, or another error with nothing changed.
	Commit(ctx context.Context, change Change) (Receipt, error)
	// Follow gives feed entries after the position, in an order that skips nothing, at most limit of them.
	Follow(ctx context.Context, after Position, limit int) ([]Entry, Position, error)
}

// Trail is the append-only record of who saw what (section 11). Implemented by the stores.
type Trail interface {
	// Append is durable when it returns. An error means that nothing may be disclosed.
	Append(ctx context.Context, events ...Event) error
	// Looked gives the newest events about a person, newest first, at most limit, older than before (zero: from the newest).
	Looked(ctx context.Context, p consent.Person, before time.Time, limit int) ([]Event, error)
}

// Cache keeps finished views. It may forget anything at any time; failing means slow, never wrong. What Get gives may be
// given to others too: nobody changes it.
type Cache interface {
	Get(ctx context.Context, key [32]byte) ([]byte, bool)
	Put(ctx context.Context, key [32]byte, value []byte, until time.Time)
}

// ErrConflict says that something a Change rested on has changed.
var ErrConflict = &fhir.Error{Kind: fhir.Conflict, Issues: []fhir.Issue{{
	Code: fhir.Conflict, Diagnostics: "the resource has changed since the version you rested on: read it again, and repeat your change",
}}}
