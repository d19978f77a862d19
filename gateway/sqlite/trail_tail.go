package sqlite

import (
	"slices"
	"sync"
)

// tail is the end of the trail that the table "filed" does not reach yet: this process alone writes the trail, so it
// knows. It is what makes that table up to date for every reader, and where the next portion of it comes from.
type tail struct {
	portion int // how many events make a portion

	mu     sync.Mutex
	ready  generation // a portion on its way into the table; empty when there is none
	recent generation
}

// generation is what was appended one after another, up to a row.
type generation struct {
	events   int // also those about nobody
	postings []posting
	through  eventsRow
}

// add takes what a batch appended, once that is durable. It gives a portion when there is one to be filed.
func (t *tail) add(some generation) (generation, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recent.events += some.events
	t.recent.postings = append(t.recent.postings, some.postings...)
	t.recent.through = max(t.recent.through, some.through)
	if t.ready.events > 0 || t.recent.events < t.portion {
		return generation{}, false
	}
	t.ready = t.recent
	t.recent = generation{postings: make([]posting, 0, t.portion)}
	return t.ready, true
}

// filed forgets the portion that is in the table now.
func (t *tail) filed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ready = generation{}
}

// about gives what the tail says of persons. It may say things that the table says by now: whoever reads the table
// afterwards leaves those out.
func (t *tail) about(persons []int64) []posting {
	t.mu.Lock()
	defer t.mu.Unlock()
	var some []posting
	for _, all := range [][]posting{t.ready.postings, t.recent.postings} {
		for _, p := range all { // two hundred thousand in a millisecond, and there are far fewer
			if slices.Contains(persons, p.person) {
				some = append(some, p)
			}
		}
	}
	return some
}
