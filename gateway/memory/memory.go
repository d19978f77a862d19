// Package memory keeps the record, the trail and finished views in maps: the plain model that the other stores
// are checked against, and the store of small tests. Nothing outlives the process.
//
// It knows nothing of who may see what: See says so.
package memory

import (
	"slices"
	"sync"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// Store is a guard.Store and a guard.Trail. A View and a Search hold a read lock while they last: what they call
// must not call the Store again, only its snapshot.
type Store struct {
	mu        sync.RWMutex
	things    map[fhir.Ref]*thing
	standings map[consent.Person]*consent.Standing // by survivor
	records   map[consent.Person]int64
	patients  map[fhir.Ref]consent.Person
	keys      map[string]consent.Person
	aliases   map[consent.Person]consent.Person
	done      map[string]guard.Receipt
	feed      []guard.Entry
	directory *consent.Directory
	epoch     int64
	labelled  guard.Labelled

	trailMu sync.Mutex // taken after mu where both are
	trail   []guard.Event
}

// thing is one resource with all its versions, oldest first. Index and people are those of the newest.
type thing struct {
	versions []*guard.Version
	index    []search.Entry
	people   []consent.Person
}

func (t *thing) current() *guard.Version { return t.versions[len(t.versions)-1] }

var (
	_ guard.Store = (*Store)(nil)
	_ guard.Trail = (*Store)(nil)
)

// New makes an empty Store. It stamps nothing, so it does not look at the clock yet.
func New(_ func() time.Time) *Store {
	return &Store{
		things:    map[fhir.Ref]*thing{},
		standings: map[consent.Person]*consent.Standing{},
		records:   map[consent.Person]int64{},
		patients:  map[fhir.Ref]consent.Person{},
		keys:      map[string]consent.Person{},
		aliases:   map[consent.Person]consent.Person{},
		done:      map[string]guard.Receipt{},
		directory: consent.NewDirectory(0, nil),
	}
}

// survivor follows the merges from a person to who they are now.
func (s *Store) survivor(p consent.Person) consent.Person {
	for {
		next, ok := s.aliases[p]
		if !ok {
			return p
		}
		p = next
	}
}

// refs are all resources in the order of Ref.String.
func (s *Store) refs() []fhir.Ref {
	refs := make([]fhir.Ref, 0, len(s.things))
	for ref := range s.things {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, byName)
	return refs
}
