package postgres

import (
	"fmt"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// The caches of decoded values, in entries. What they hold never changes, so nothing is ever taken back, on this
// node or another: a row is looked up first, and only then what it holds.
const (
	knownVersions  = 8192
	knownStandings = 8192
)

// known is what was decoded before.
type known struct {
	versions  *lru.Cache[place, *stored]
	standings *lru.Cache[edition, *consent.Standing]
	directory atomic.Pointer[consent.Directory] // the newest that anybody asked for

	// latest is where a thing was found last. It may be out of date: it only helps to guess what a reader will ask.
	latest *lru.Cache[fhir.Ref, place]

	mu      sync.Mutex
	entries map[place]consent.Entry // what stands in the directory
}

// place names one version. The random id stands beside the position, so that no restored database and no failover
// makes it name another; the person it is filed under says in a spread database where it is.
type place struct {
	position int64
	id       string
	person   int64
}

// stored is one version with its index entries.
type stored struct {
	place   place
	version *guard.Version
	index   []search.Entry
}

// edition names one version of the standing of one person.
type edition struct{ person, version int64 }

func newKnown() (*known, error) {
	k := &known{}
	var err error
	if k.versions, err = lru.New[place, *stored](knownVersions); err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	if k.standings, err = lru.New[edition, *consent.Standing](knownStandings); err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	if k.latest, err = lru.New[fhir.Ref, place](knownVersions); err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return k, nil
}

// forget drops everything: what it was read from was made anew.
func (k *known) forget() {
	k.versions.Purge()
	k.standings.Purge()
	k.latest.Purge()
	k.directory.Store(nil)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.entries = nil
}

// listed gives the directory entries at the places. Those known from before are not read again, and those that are
// not asked for any more are forgotten.
func (k *known) listed(places []place, load func([]place) ([]*stored, error)) ([]consent.Entry, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var missing []place
	next := make(map[place]consent.Entry, len(places))
	for _, p := range places {
		if entry, ok := k.entries[p]; ok {
			next[p] = entry
		} else {
			missing = append(missing, p)
		}
	}
	held, err := load(missing)
	if err != nil {
		return nil, err
	}
	for i, p := range missing {
		next[p] = *held[i].version.Facts.Gives.Entry
	}
	entries := make([]consent.Entry, 0, len(places))
	for _, p := range places {
		entries = append(entries, next[p])
	}
	k.entries = next
	return entries, nil
}
