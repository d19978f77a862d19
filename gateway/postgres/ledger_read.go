package postgres

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"concord/consent"
	"concord/fhir"
)

const (
	insertPeople = `insert into person (id) select p from unnest($1::text[]) p
where not exists (select 1 from person x where x.id = p) order by p on conflict (id) do nothing`

	lockThings = `select t.num, t.type, t.id, t.position, t.version, t.person, t.open from unnest($1::text[], $2::text[]) r(type, id)
join thing t on t.type = r.type and t.id = r.id order by t.num for no key update of t`
	selectAbout = `select t.type, t.id, a.person from unnest($1::text[], $2::text[]) r(type, id)
join thing t on t.type = r.type and t.id = r.id join about a on a.thing = t.num where a.person <> 0 order by a.person`

	// The persons of a batch: those it names, those that its things are about, and $4.
	ofBatch = `with named as (select num, survivor from person where id = any($1) union all select num, survivor from person where num = any($4)
union all select p.num, p.survivor from unnest($2::text[], $3::text[]) r(type, id)
join thing t on t.type = r.type and t.id = r.id join about a on a.thing = t.num join person p on p.num = a.person) `
	withSurvivors = `(select num from named union select survivor from named where survivor is not null)`
	lockPeople    = ofBatch + `select p.num, p.id, coalesce(p.survivor, 0) from person p where p.num in ` + withSurvivors + `
order by p.num for no key update of p`
	selectStates = ofBatch + `select s.person, s.record, s.version from state s where s.person in ` + withSurvivors

	selectDone = `select name, positions from done where name = any($1)`

	// The lock names the lowest position that this transaction may still give, and ends with it: see Follow.
	lockFeed        = `select pg_advisory_xact_lock_shared($1::bigint + last_value + is_called::int) from feed`
	selectPositions = `select nextval('feed') from generate_series(1, $1)`
)

// tag is in the highest byte of the keys of our advisory locks.
const tag = 0x43 << 56

// read begins the transaction, and locks and reads all that the batch may look at, in one trip: first the things, in
// the order of their numbers, then the persons. Whoever else wants one of them waits. Positions are given after that,
// so that those of one thing rise as its versions do.
func (l *ledger) read(ctx context.Context, conn *pgxpool.Conn) error {
	var people []consent.Person
	refs, patients, keys, done := map[fhir.Ref]bool{}, []string{}, []string{}, []string{}
	puts := 0
	for _, j := range l.jobs {
		if j.change == nil {
			continue
		}
		c := j.change
		puts += len(c.Put)
		for _, e := range c.If {
			switch {
			case e.Ref != (fhir.Ref{}):
				refs[e.Ref] = true
			case e.Key != "":
				keys = append(keys, e.Key)
			default:
				people = append(people, e.Person)
			}
		}
		for _, p := range c.Put {
			refs[p.Version.Ref] = true
			people = append(people, p.People...)
		}
		people = slices.AppendSeq(people, maps.Keys(c.Standings))
		for ref, p := range c.Patients {
			patients, people = append(patients, ref.String()), append(people, p)
		}
		for key, p := range c.Keys {
			keys, people = append(keys, key), append(people, p)
		}
		for gone, into := range c.Merges {
			people = append(people, gone, into)
		}
		if c.Key != "" {
			done = append(done, c.Key)
		}
	}
	b := &pgx.Batch{}
	l.begin(b)
	ids := distinct(people)
	b.Queue(insertPeople, ids)
	types, names := columns(slices.Collect(maps.Keys(refs)))
	l.askThings(b, types, names)
	l.askPeople(b, ids, types, names, []int64{})
	l.askNames(b, patients, keys, done)
	l.askPositions(b, puts)
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	return l.readSurvivors(ctx, conn)
}

// distinct sorts names and leaves repetitions out.
func distinct(people []consent.Person) []string {
	all := stringsOf(people)
	slices.Sort(all)
	return slices.Compact(all)
}

// askThings locks the things of a batch that there are, and asks whom they are about. The two statements have a
// snapshot each: what the second sees cannot change any more.
func (l *ledger) askThings(b *pgx.Batch, types, names []string) {
	if len(types) == 0 {
		return
	}
	each(b.Queue(lockThings, types, names), func(rows pgx.Rows) error {
		var t thing
		err := rows.Scan(&t.num, &t.ref.Type, &t.ref.ID, &t.old.position, &t.old.id, &t.old.person, &t.open)
		t.now = t.old
		l.things[t.ref] = &t
		return err
	})
	each(b.Queue(selectAbout, types, names), func(rows pgx.Rows) error {
		var ref fhir.Ref
		var num int64
		if err := rows.Scan(&ref.Type, &ref.ID, &num); err != nil {
			return err
		}
		if t, ok := l.things[ref]; ok {
			t.was, t.people = append(t.was, num), append(t.people, num)
		}
		return nil
	})
}

// askPeople locks persons with whom they were merged into, and then reads the states, which change only under that
// lock.
func (l *ledger) askPeople(b *pgx.Batch, ids, types, names []string, nums []int64) {
	each(b.Queue(lockPeople, ids, types, names, nums), func(rows pgx.Rows) error {
		var p person
		err := rows.Scan(&p.num, &p.id, &p.survivor)
		l.people[p.id], l.nums[p.num] = &p, &p
		return err
	})
	each(b.Queue(selectStates, ids, types, names, nums), func(rows pgx.Rows) error {
		var num int64
		var s stateOf
		err := rows.Scan(&num, &s.record, &s.version)
		l.states[num] = &s
		return err
	})
}

// readSurvivors locks whom somebody was merged into while we waited for the lock: a merge that comes now waits.
func (l *ledger) readSurvivors(ctx context.Context, conn *pgxpool.Conn) error {
	for {
		missing := []int64{}
		for _, p := range l.nums {
			if p.survivor != 0 && l.nums[p.survivor] == nil {
				missing = append(missing, p.survivor)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		b := &pgx.Batch{}
		l.askPeople(b, []string{}, []string{}, []string{}, missing)
		if err := conn.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
	}
}

// askPositions tells followers from where on nothing is settled, and takes as many positions as the batch may need.
// Those of changes that fail are never used: the feed has gaps.
func (l *ledger) askPositions(b *pgx.Batch, n int) {
	if n == 0 {
		return
	}
	b.Queue(lockFeed, int64(tag))
	each(b.Queue(selectPositions, n), func(rows pgx.Rows) error {
		var position int64
		err := rows.Scan(&position)
		l.positions = append(l.positions, position)
		return err
	})
}
