package sqlite

import (
	"fmt"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"concord/consent"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// The caches of decoded values, in entries. What they hold never changes, so nothing is ever taken back: a row
// is looked up first, and only then what it holds.
const (
	knownVersions  = 8192
	knownStandings = 4096
)

// known is what was decoded before.
type known struct {
	versions  *lru.Cache[int64, *stored] // by position
	standings *lru.Cache[edition, *consent.Standing]
	directory atomic.Pointer[consent.Directory] // the newest that anybody asked for

	mu      sync.Mutex
	entries map[int64]consent.Entry // what stands in the directory, by position
}

// stored is one version with its index entries.
type stored struct {
	version *guard.Version
	packed  guard.PackedIndex
	read    sync.Once
	index   []search.Entry
	fault   error
}

// entries are the index entries, read when they are first asked for.
func (s *stored) entries() ([]search.Entry, error) {
	s.read.Do(func() { s.index, s.fault = s.packed.Entries() })
	return s.index, s.fault
}

// edition names one version of the standing of one person.
type edition struct{ person, version int64 }

func newKnown() (*known, error) {
	versions, err := lru.New[int64, *stored](knownVersions)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	standings, err := lru.New[edition, *consent.Standing](knownStandings)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return &known{versions: versions, standings: standings}, nil
}

// listed gives the directory entries at the positions. Those known from before are not read again, and those that
// are not asked for any more are forgotten.
func (k *known) listed(positions []int64, load func(int64) (*stored, error)) ([]consent.Entry, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := make(map[int64]consent.Entry, len(positions))
	entries := make([]consent.Entry, 0, len(positions))
	for _, position := range positions {
		entry, ok := k.entries[position]
		if !ok {
			held, err := load(position)
			if err != nil {
				return nil, err
			}
			entry = *held.version.Facts.Gives.Entry
		}
		next[position] = entry
		entries = append(entries, entry)
	}
	k.entries = next
	return entries, nil
}
