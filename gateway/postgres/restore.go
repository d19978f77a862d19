package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/fhir/search"
	"concord/gateway/guard"
)

const (
	selectKept = `select t.num, t.type, t.id, t.position, t.version, t.person, t.deleted, t.open, t.entry, n.position, n.id, n.person, n.people
from thing t left join lateral (select v.position, v.id, v.person, v.people from version v where v.thing = t.num order by v.position desc limit 1) n on true
where t.num > $1 order by t.num limit $2`
	selectNewestBodies = `select position, updated, deleted, body from version where position = any($1)`
)

// derivedRows are the tables that say by what and for whom things are found, each with the columns that make a row, and
// what takes those of things away.
var derivedRows = []struct{ table, rows, remove string }{
	{"about", `select thing, person, convert_to(type, 'UTF8'), 0::bigint from about where thing > $1 and thing <= $2`, `delete from about where thing = any($1)`},
	{"find_value", `select thing, person, convert_to(hash::text, 'UTF8'), 0::bigint from find_value where thing > $1 and thing <= $2`, `delete from find_value where thing = any($1)`},
	{"find_text", `select thing, person, value, param from find_text where thing > $1 and thing <= $2`, `delete from find_text where thing = any($1)`},
	{"find_date", `select thing, person, convert_to(param || ' ' || high, 'UTF8'), low from find_date where thing > $1 and thing <= $2`, `delete from find_date where thing = any($1)`},
}

const (
	thingsTogether = 500_000 // how many things are compared in one walk over the tables
	bodiesTogether = 64      // how many of them are read at once
)

// Inspect compares each thing's rows with those of its current version, by a sum of their hashes.
func (s *Store) Inspect(ctx context.Context, tell func(guard.Finding)) error {
	return s.compare(ctx, comparison{tell: tell, things: func(pgx.Tx, []*kept) error { return nil }, reach: func(pgx.Tx, int64, *consent.Standing) error { return nil }})
}

// Restore makes the rows of a thing anew when they differ.
func (s *Store) Restore(ctx context.Context, tell func(guard.Finding)) error {
	return s.compare(ctx, comparison{
		tell:   tell,
		things: func(tx pgx.Tx, wrong []*kept) error { return restore(ctx, tx, wrong) },
		reach: func(tx pgx.Tx, num int64, standing *consent.Standing) error {
			b := &pgx.Batch{}
			reached(b, num, standing)
			return tx.SendBatch(ctx, b).Close()
		},
	})
}

// comparison says what is done where tables differ.
type comparison struct {
	tell   func(guard.Finding)
	things func(pgx.Tx, []*kept) error
	reach  func(pgx.Tx, int64, *consent.Standing) error
}

// kept is a thing as its row says and as its current version does.
type kept struct {
	thing

	said    row // its place and whether it is deleted, as the row of the thing has it
	opened  bool
	entered bool
}

func (s *Store) compare(ctx context.Context, c comparison) error {
	for after := int64(0); ; {
		last := int64(0)
		err := s.mend(ctx, "compare tables", func(tx pgx.Tx) error {
			all, err := selectThingsKept(ctx, tx, after)
			if err != nil || len(all) == 0 {
				return err
			}
			last = all[len(all)-1].num
			wrong, err := s.differing(ctx, tx, all, after, c.tell)
			if err != nil || len(wrong) == 0 {
				return err
			}
			return c.things(tx, wrong)
		})
		if err != nil {
			return err
		}
		if last == 0 {
			break
		}
		after = last
	}
	return s.compareReach(ctx, c)
}

// selectThingsKept are the next things, without what their versions hold.
func selectThingsKept(ctx context.Context, tx pgx.Tx, after int64) ([]*kept, error) {
	rows, err := tx.Query(ctx, selectKept, after, thingsTogether)
	if err != nil {
		return nil, err
	}
	var all []*kept
	var k kept
	var position, person *int64
	var id *string
	_, err = pgx.ForEachRow(rows, []any{
		&k.num, &k.ref.Type, &k.ref.ID, &k.said.place.position, &k.said.place.id, &k.said.place.person, &k.said.deleted, &k.opened, &k.entered,
		&position, &id, &person, &k.people,
	}, func() error {
		one := k
		if position != nil {
			one.now = place{*position, *id, *person}
		}
		all, k.people = append(all, &one), nil
		return nil
	})
	return all, err
}

// differing are the things of which the tables say something else than their current versions.
func (s *Store) differing(ctx context.Context, tx pgx.Tx, all []*kept, after int64, tell func(guard.Finding)) ([]*kept, error) {
	sum, sums := guard.NewIndexRows(), map[int64]uint64{}
	for _, derived := range derivedRows {
		rows, err := tx.Query(ctx, derived.rows, after, all[len(all)-1].num)
		if err != nil {
			return nil, err
		}
		var thing, person, number int64
		var value []byte
		if _, err = pgx.ForEachRow(rows, []any{&thing, &person, &value, &number}, func() error {
			sums[thing] += sum.Row(derived.table, person, string(value), number)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	var wrong []*kept
	for len(all) > 0 {
		some := all[:min(bodiesTogether, len(all))]
		all = all[len(some):]
		versions, err := s.newest(ctx, tx, some)
		if err != nil {
			return nil, err
		}
		for i, k := range some {
			v := versions[i]
			if v == nil {
				tell(guard.Finding{Ref: k.ref, Problem: "its current version cannot be read, so its tables cannot be compared"})
				continue
			}
			switch {
			case k.said.place != k.now || k.said.deleted != k.deleted || k.opened != k.open || k.entered != k.entry:
				tell(guard.Finding{Ref: k.ref, Problem: "the table of things does not say what its current version is"})
			case sums[k.num] != sum.Of(v, k.index, filed(k.people)):
				tell(guard.Finding{Ref: k.ref, Problem: "the index tables do not find it by what it holds"})
			default:
				k.index = nil
				continue
			}
			wrong = append(wrong, k)
		}
	}
	return wrong, nil
}

// newest reads the current versions of things, and says of each thing what they do; nil for what cannot be read.
func (s *Store) newest(ctx context.Context, tx pgx.Tx, some []*kept) ([]*guard.Version, error) {
	at := make(map[int64]int, len(some))
	var positions []int64
	for i, k := range some {
		at[k.now.position] = i
		positions = append(positions, k.now.position)
	}
	rows, err := tx.Query(ctx, selectNewestBodies, positions)
	if err != nil {
		return nil, err
	}
	versions := make([]*guard.Version, len(some))
	var position, updated int64
	var deleted bool
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&position, &updated, &deleted, &body}, func() error {
		k := some[at[position]]
		v := &guard.Version{Ref: k.ref, ID: k.now.id, Updated: moment(updated), Deleted: deleted}
		index, err := s.codec.UnpackPut(body, v)
		if err != nil {
			return nil //nolint:nilerr // it is told as one that cannot be read
		}
		k.index, k.deleted = index, v.Deleted
		k.entry = !v.Deleted && v.Facts != nil && v.Facts.Gives.Entry != nil
		k.open = k.entry || v.Facts != nil && v.Facts.Open
		versions[at[position]] = v
		return nil
	})
	return versions, err
}

// restore writes the rows of things anew.
func restore(ctx context.Context, tx pgx.Tx, wrong []*kept) error {
	b := &pgx.Batch{}
	var nums []int64
	var things table
	var come tables
	for _, k := range wrong {
		nums = append(nums, k.num)
		things.add(k.num, k.now.person, k.now.position, k.now.id, k.deleted, k.open, k.entry)
		come.addAbout(&k.thing, filed(k.people))
		come.add(&k.thing, filed(k.people), search.KeysOf(k.ref.Type, k.index))
	}
	for _, derived := range derivedRows {
		b.Queue(derived.remove, nums)
	}
	things.queue(b, updateThings)
	come.about.queue(b, insertAbout)
	come.values.queue(b, insertValues)
	come.texts.queue(b, insertTexts)
	come.dates.queue(b, insertDates)
	b.Queue(updateEpoch, int64(1))
	return tx.SendBatch(ctx, b).Close()
}
