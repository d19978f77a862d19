package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"concord/consent"
)

// Rows that are locked are written as the ledger has them. Rows that are new are plain inserts: when another node was
// quicker they fail, and the batch is tried again on what is there then.
const (
	insertThings = `insert into thing (num, type, id, person, position, version, deleted, open, entry)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::boolean[], $8::boolean[], $9::boolean[])`
	updateThings = `update thing t set person = n.person, position = n.position, version = n.version, deleted = n.deleted, open = n.open, entry = n.entry
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::boolean[], $6::boolean[], $7::boolean[])
n(num, person, position, version, deleted, open, entry) where t.num = n.num`
	insertVersions = `insert into version (position, thing, person, id, updated, deleted, people, body)
select n.position, n.thing, n.person, n.id, n.updated, n.deleted, n.people::bigint[], n.body
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::boolean[], $7::text[], $8::bytea[])
n(position, thing, person, id, updated, deleted, people, body)`
	updateSurvivors = `update person set survivor = $2 where num in (select num from person where num = $1 union all select num from person where survivor = $1)`
	upsertStates    = `insert into state (person, record, version, standing)
select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])
on conflict (person) do update set record = excluded.record, version = excluded.version, standing = coalesce(excluded.standing, state.standing)`
	deleteReach = `delete from reach where person = any($1)`
	insertReach = `insert into reach (principal, person) select * from unnest($1::bytea[], $2::bigint[]) on conflict do nothing`
	insertDone  = `insert into done (name, positions) select n.name, n.positions::bigint[] from unnest($1::bytea[], $2::text[]) n(name, positions)`
	updateEpoch = `update clock set value = value + $1 where name = 'directory'`
)

// write puts what the batch made of the ledger, and its part of the trail, into the database and ends the
// transaction, in one trip. What many may want at once comes last.
func (l *ledger) write(ctx context.Context, conn *pgxpool.Conn, a appended) error {
	b := &pgx.Batch{}
	if !l.changes() {
		l.begin(b)
	}
	if people := distinct(peopleOf(a.events)); len(people) > 0 {
		b.Queue(insertPeople, people)
	}
	l.writeThings(b)
	l.writeIndex(b)
	l.writePeople(b)
	a.write(b)
	if l.turned > 0 {
		b.Queue(updateEpoch, l.turned)
	}
	b.Queue(`commit`)
	return conn.SendBatch(ctx, b).Close()
}

// begin starts a transaction that writes. While it lasts, nobody else can ask where this node's chain ends.
func (l *ledger) begin(b *pgx.Batch) {
	b.Queue(`begin`)
	b.Queue(lockChain, chainKey(l.chain))
}

// peopleOf are the persons that events are about.
func peopleOf(events []sealed) []consent.Person {
	var people []consent.Person
	for i := range events {
		if events[i].person != "" {
			people = append(people, events[i].person)
		}
	}
	return people
}

// writeThings writes the new versions, and what is current.
func (l *ledger) writeThings(b *pgx.Batch) {
	if len(l.puts) == 0 {
		return
	}
	var made, kept table
	for _, t := range l.changed() {
		if t.old.position == 0 {
			made.add(t.num, string(t.ref.Type), string(t.ref.ID), whose(t.people), t.now.position, t.now.id, t.deleted, t.open, t.entry)
		} else {
			kept.add(t.num, whose(t.people), t.now.position, t.now.id, t.deleted, t.open, t.entry)
		}
	}
	made.queue(b, insertThings)
	kept.queue(b, updateThings)
	var versions table
	for _, p := range l.puts {
		v := p.version
		versions.add(p.position, p.thing.num, whose(p.people), v.ID, v.Updated.UnixMicro(), v.Deleted, array(p.people), p.body)
	}
	versions.queue(b, insertVersions)
}

// changed are the things of which there are new versions, in the order of their numbers.
func (l *ledger) changed() []*thing {
	var all []*thing
	for _, t := range l.things {
		if t.dirty {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *thing) int { return int(a.num - b.num) })
	return all
}

// writePeople writes merges, names, states and who may reach whom.
func (l *ledger) writePeople(b *pgx.Batch) {
	var gone []int64
	for _, m := range l.merges {
		b.Queue(updateSurvivors, m[0], m[1])
		gone = append(gone, m[0])
	}
	l.writeNames(b)
	var states, reach, done table
	for _, num := range slices.Sorted(maps.Keys(l.states)) {
		s := l.states[num]
		if !s.dirty {
			continue
		}
		var blob []byte
		if s.standing != nil {
			blob, gone = s.standing.blob, append(gone, num)
			if l.survivor(num) == num { // nobody reaches who was merged away
				for _, principal := range s.standing.principals {
					reach.add([]byte(principal), num)
				}
			}
		}
		states.add(num, s.record, s.version, blob)
	}
	for _, r := range l.repeats {
		done.add([]byte(r.key), array(r.positions))
	}
	states.queue(b, upsertStates)
	if len(gone) > 0 {
		b.Queue(deleteReach, gone)
	}
	reach.queue(b, insertReach)
	done.queue(b, insertDone)
}

// array is a list as PostgreSQL writes it, for lists of different lengths in one column.
func array(nums []int64) string {
	var s strings.Builder
	for i, n := range nums {
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteString(strconv.FormatInt(n, 10))
	}
	return "{" + s.String() + "}"
}

// table is rows that are written by one statement, which takes each column as an array.
type table struct{ columns []any }

// add appends a row. All rows have the same types.
func (t *table) add(values ...any) {
	if t.columns == nil {
		t.columns = make([]any, len(values))
	}
	for i, value := range values {
		switch v := value.(type) {
		case int64:
			t.columns[i] = grown(t.columns[i], v)
		case string:
			t.columns[i] = grown(t.columns[i], v)
		case []byte:
			t.columns[i] = grown(t.columns[i], v)
		case bool:
			t.columns[i] = grown(t.columns[i], v)
		default:
			panic(fmt.Sprintf("a column of %T", value))
		}
	}
}

// grown is a column with one more value.
func grown[T any](column any, value T) []T {
	all, _ := column.([]T)
	return append(all, value)
}

// queue asks for the rows to be written, when there are any.
func (t *table) queue(b *pgx.Batch, text string) {
	if len(t.columns) > 0 {
		b.Queue(text, t.columns...)
	}
}
