package sqlite

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// recent is what was looked up in the state of the record that is the newest. This process alone writes the
// database, so it knows when that changes, and a read of what was read before runs no statement at all: through
// the driver a statement costs some microseconds, and a read of one resource ran five.
//
// stage counts: even is a settled state, odd says that a commit is under way. What is kept is of the settled
// state; a reader asks the stage again after every look-up, and what it learns is kept only if the stage is still
// its own. The writer takes away what a batch changes while the stage is odd.
type recent struct {
	stage atomic.Uint64

	mu        sync.Mutex                    // of learning, and of turning the stage
	positions *lru.Cache[fhir.Ref, int64]   // of the newest version; 0: there is none
	histories *lru.Cache[fhir.Ref, []int64] // positions, newest first
	patients  *lru.Cache[string, consent.Person]
	keys      *lru.Cache[string, consent.Person]
	persons   *lru.Cache[consent.Person, int64] // their numbers, after merges; only of those that there are
	states    *lru.Cache[int64, *guard.State]   // by number
	records   *lru.Cache[int64, []int64]        // positions, by number
	directory atomic.Pointer[consent.Directory]
}

// How many look-ups are remembered. Entries are small, but for the positions of a record: a hundred bytes or so.
const (
	recentThings  = 200_000
	recentPersons = 50_000
)

func newRecent() (*recent, error) {
	c := &recent{}
	var errs [7]error
	c.positions, errs[0] = lru.New[fhir.Ref, int64](recentThings)
	c.histories, errs[1] = lru.New[fhir.Ref, []int64](recentPersons)
	c.patients, errs[2] = lru.New[string, consent.Person](recentPersons)
	c.keys, errs[3] = lru.New[string, consent.Person](recentPersons)
	c.persons, errs[4] = lru.New[consent.Person, int64](recentPersons)
	c.states, errs[5] = lru.New[int64, *guard.State](recentPersons)
	c.records, errs[6] = lru.New[int64, []int64](recentPersons)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return c, nil
}

// errMoved says that the record changed under a reader that had no transaction yet. View begins again.
var errMoved = errors.New("the record has changed since this view began")

// never is the stage of a snapshot that remembers nothing: the writer's own, and one begun while a commit ran.
const never = 1

// recall gives what is remembered of a key, or asks the database and remembers it. The snapshot's state decides:
// without a transaction it is the stage that it began at, with one it is the transaction's.
func recall[K comparable, V any](v *snapshot, c *lru.Cache[K, V], key K, read func(*session) (V, error)) (V, error) {
	if v.stage != never {
		if got, ok := c.Get(key); ok && v.s.recent.stage.Load() == v.stage {
			return got, nil
		}
	}
	var none V
	r, err := v.session()
	if err != nil {
		return none, err
	}
	got, err := read(r)
	if err != nil {
		return none, err
	}
	if v.stage != never {
		v.s.recent.learn(v.stage, func() { c.Add(key, got) })
	}
	return got, nil
}

// learn keeps something that was read at a stage, if that is still the stage.
func (c *recent) learn(stage uint64, keep func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stage.Load() == stage {
		keep()
	}
}

// unsettle says that a commit begins.
func (c *recent) unsettle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stage.Add(1)
}

// settle takes away what the jobs of a batch changed, and says that the commit is over. It is called also when
// the commit failed: taking away too much is never wrong.
func (c *recent) settle(batch []*job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range batch {
		if j.change != nil {
			c.forget(j)
		}
	}
	c.stage.Add(1)
}

func (c *recent) forget(j *job) {
	for _, p := range j.change.Put {
		c.positions.Remove(p.Version.Ref)
		c.histories.Remove(p.Version.Ref)
	}
	for ref := range j.change.Patients {
		c.patients.Remove(ref.String())
	}
	for key := range j.change.Keys {
		c.keys.Remove(key)
	}
	for num := range j.touched {
		c.states.Remove(num)
		c.records.Remove(num)
	}
	if len(j.change.Merges) > 0 { // rare; every name of those who were merged goes
		c.patients.Purge()
		c.keys.Purge()
		c.persons.Purge()
		c.states.Purge()
		c.records.Purge()
	}
	c.directory.Store(nil)
}

// changes reports whether a batch changes the record, and not the trail alone.
func changes(batch []*job) bool {
	for _, j := range batch {
		if j.change != nil {
			return true
		}
	}
	return false
}
