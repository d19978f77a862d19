package postgres

import (
	"maps"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// ledger is what a transaction holds locked, as it was read and as the changes of the batch make it. A change is
// checked as a whole before any of it is entered, so that one that fails leaves nothing; each one sees those before.
type ledger struct {
	s     *Store
	chain int64 // of this node
	jobs  []*job

	people     map[consent.Person]*person
	nums       map[int64]*person
	states     map[int64]*stateOf // by survivor
	things     map[fhir.Ref]*thing
	patients   map[string]int64 // persons, by name
	identities map[string]identity
	holders    map[int64]consent.Person // survivors who have an identity, and are perhaps not locked
	done       map[string]doing
	positions  []int64 // not given to a version yet, rising

	puts    []putting
	names   map[string]int64 // new Patients
	merges  [][2]int64       // gone, into
	turned  int64            // how often the directory's epoch is raised
	repeats []repeat
}

// person is a row of the table of persons. survivor is 0 until they are merged away.
type person struct {
	num, survivor int64
	id            consent.Person
}

// stateOf is a survivor's state. Standing is nil while it stays as it is.
type stateOf struct {
	record, version int64
	standing        *packed
	dirty           bool
}

// thing is a resource: as it was before the batch, and as it is now.
type thing struct {
	ref    fhir.Ref
	num    int64
	old    place   // zero: there was none
	was    []int64 // whom the old version is about
	before []search.Entry

	now     place
	people  []int64
	index   []search.Entry
	deleted bool
	open    bool
	entry   bool
	dirty   bool
}

// putting is a new version on its way.
type putting struct {
	thing    *thing
	position int64
	version  *guard.Version
	people   []int64
	body     []byte
}

// identity is whose an identity key is.
type identity struct {
	person int64
	held   bool // the row is there
	dirty  bool
}

// doing is what a change with a key put.
type doing struct {
	positions []int64
	put       []*guard.Version // when it was in this batch
}

type repeat struct {
	key       string
	positions []int64
}

// newLedger is empty: read fills it.
func newLedger(s *Store, chain int64, jobs []*job) *ledger {
	return &ledger{
		s: s, chain: chain, jobs: jobs, people: map[consent.Person]*person{}, nums: map[int64]*person{}, states: map[int64]*stateOf{},
		things: map[fhir.Ref]*thing{}, patients: map[string]int64{}, identities: map[string]identity{}, done: map[string]doing{},
		holders: map[int64]consent.Person{}, names: map[string]int64{},
	}
}

// changes reports whether there is more to do than events.
func (l *ledger) changes() bool {
	return slices.ContainsFunc(l.jobs, func(j *job) bool { return j.change != nil })
}

// root is the number of the person that p is after merges.
func (l *ledger) root(p consent.Person) int64 { return l.survivor(l.people[p].num) }

// survivor follows a merge: one step, since merges keep every row pointing at the end.
func (l *ledger) survivor(num int64) int64 {
	if p, ok := l.nums[num]; ok && p.survivor != 0 {
		return p.survivor
	}
	return num
}

// state is that of a survivor.
func (l *ledger) state(num int64) *stateOf {
	s, ok := l.states[num]
	if !ok {
		s = &stateOf{}
		l.states[num] = s
	}
	return s
}

// change does one Change, or gives guard.ErrConflict and does nothing.
func (l *ledger) change(j *job) error {
	c := j.change
	if d, ok := l.done[c.Key]; ok && c.Key != "" {
		j.receipt.Replayed, j.receipt.Put = true, d.put
		if len(d.positions) > 0 {
			j.receipt.Position = guard.Position(d.positions[len(d.positions)-1])
		}
		if d.put == nil {
			j.replay = d.positions
		}
		return nil
	}
	if !l.holds(c) {
		return guard.ErrConflict
	}
	touched := map[int64]bool{}
	l.name(c)
	for _, gone := range slices.Sorted(maps.Keys(c.Merges)) {
		l.merge(l.root(gone), l.root(c.Merges[gone]), touched)
	}
	var positions []int64
	for i, p := range c.Put {
		positions = append(positions, l.put(p, j.bodies[i], touched))
		j.receipt.Put = append(j.receipt.Put, p.Version)
	}
	for p := range c.Standings {
		standing, num := j.standings[p], l.root(p)
		s := l.state(num)
		s.version, s.standing = standing.version, &standing
		touched[num] = true
	}
	for num := range touched {
		s := l.state(l.survivor(num))
		s.record, s.dirty = s.record+1, true
	}
	if len(positions) > 0 {
		j.receipt.Position = guard.Position(positions[len(positions)-1])
	}
	if c.Key != "" {
		l.done[c.Key] = doing{positions, j.receipt.Put}
		l.repeats = append(l.repeats, repeat{c.Key, positions})
	}
	return nil
}

// name enters the Patients that are new, and gives the keys to whom they are given.
func (l *ledger) name(c *guard.Change) {
	for ref, p := range c.Patients {
		if _, ok := l.patients[ref.String()]; !ok {
			l.patients[ref.String()], l.names[ref.String()] = l.people[p].num, l.people[p].num
		}
	}
	for key, p := range c.Keys {
		l.identities[key] = identity{l.people[p].num, l.identities[key].held, true}
	}
}

// merge makes a survivor, and all who were merged into them, the same as another. The counter goes on from the
// higher of the two.
func (l *ledger) merge(from, to int64, touched map[int64]bool) {
	if from == to {
		return
	}
	for _, p := range l.nums {
		if p.num == from || p.survivor == from {
			p.survivor = to
		}
	}
	s := l.state(to)
	s.record = max(s.record, l.state(from).record)
	touched[to] = true
	l.merges = append(l.merges, [2]int64{from, to})
}
