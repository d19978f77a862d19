package sqlite

import (
	"context"
	"fmt"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

const (
	selectThings = `select t.num, t.type, t.id, t.position, t.deleted, t.open, t.entry,
(select coalesce(max(v.position), 0) from version v where v.thing = t.num) from thing t where t.num > ? order by t.num limit ?`
	selectNewest = `select deleted, people from version where position = ?`
	deleteThings = `delete from %s where thing in (select h.value from json_each(?) h)`
)

// derivedRows are the tables that say by what and for whom things are found, each with the columns that make a row.
var derivedRows = []struct{ table, rows string }{
	{"about", `select thing, person, type, 0 from about where thing > ? and thing <= ?`},
	{"find_value", `select thing, person, hash, 0 from find_value where thing > ? and thing <= ?`},
	{"find_text", `select thing, person, value, param from find_text where thing > ? and thing <= ?`},
	{"find_date", `select thing, person, param || ' ' || high, low from find_date where thing > ? and thing <= ?`},
}

// thingsTogether is how many things are compared in one walk over the tables.
const thingsTogether = 500_000

// Inspect compares each thing's rows with those of its current version, by a sum of their hashes.
func (s *Store) Inspect(ctx context.Context, tell func(guard.Finding)) error {
	return s.mendTables(ctx, func(*writer, []*kept) error { return nil }, func(*writer, int64, *consent.Standing) error { return nil }, tell)
}

// Restore makes the rows of a thing anew when they differ, and the trail's index, which Verify looks at.
func (s *Store) Restore(ctx context.Context, tell func(guard.Finding)) error {
	if err := s.mendTables(ctx, (*writer).restore, (*writer).restoreReach, tell); err != nil {
		return err
	}
	return s.mend(ctx, "compare the trail's index", func(w *writer) error { return w.restoreTrail(ctx, tell) })
}

// kept is a thing as its row and its current version say.
type kept struct {
	num, position, newest int64
	ref                   fhir.Ref
	deleted, open, entry  bool

	stored        *stored
	people        []int64 // as the index tables number them: 0 for nobody
	isOpen, isEnt bool
}

func (s *Store) mendTables(ctx context.Context, things func(*writer, []*kept) error, reach func(*writer, int64, *consent.Standing) error, tell func(guard.Finding)) error {
	for after := int64(0); ; {
		var last int64
		err := s.mend(ctx, "compare tables", func(w *writer) error {
			all, err := w.things(after)
			if err != nil || len(all) == 0 {
				return err
			}
			last = all[len(all)-1].num
			wrong, err := w.differing(all, after, last, tell)
			if err != nil || len(wrong) == 0 {
				return err
			}
			return things(w, wrong)
		})
		if err != nil {
			return err
		}
		if last == 0 {
			break
		}
		if after = last; ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return s.mend(ctx, "compare reach", func(w *writer) error { return w.reach(ctx, reach, tell) })
}

// things are the next ones, without what their versions hold.
func (w *writer) things(after int64) ([]*kept, error) {
	var all []*kept
	var k kept
	for err := range w.tx.rows(selectThings, []any{after, thingsTogether}, &k.num, &k.ref.Type, &k.ref.ID, &k.position, &k.deleted, &k.open, &k.entry, &k.newest) {
		if err != nil {
			return nil, err
		}
		one := k
		all = append(all, &one)
	}
	return all, nil
}

// fill reads what the current version says.
func (w *writer) fill(k *kept) error {
	w.s.known.versions.Remove(k.newest)
	held, err := w.read().load(k.newest)
	if err != nil {
		return err
	}
	if _, err := held.entries(); err != nil { // they are all wanted here
		return err
	}
	k.stored, k.deleted = held, held.version.Deleted
	facts := held.version.Facts
	k.isEnt = !k.deleted && facts != nil && facts.Gives.Entry != nil
	k.isOpen = k.isEnt || facts != nil && facts.Open
	var deleted bool
	var list string
	if _, err := w.tx.row(selectNewest, []any{k.newest}, &deleted, &list); err != nil {
		return err
	}
	if k.people, err = numbersIn(list); len(k.people) == 0 {
		k.people = []int64{0}
	}
	return err
}

// differing are the things of which the tables say something else than their current versions.
func (w *writer) differing(all []*kept, after, last int64, tell func(guard.Finding)) ([]*kept, error) {
	sum := guard.NewIndexRows()
	sums := map[int64]uint64{}
	for _, table := range derivedRows {
		var thing, person, number int64
		var value any
		for err := range w.tx.rows(table.rows, []any{after, last}, &thing, &person, &value, &number) {
			if err != nil {
				return nil, err
			}
			sums[thing] += sum.Row(table.table, person, fmt.Sprint(value), number)
		}
	}
	var wrong []*kept
	for _, k := range all {
		told := *k
		if err := w.fill(k); err != nil {
			tell(guard.Finding{Ref: k.ref, Problem: "its current version cannot be read, so its tables cannot be compared"})
			continue
		}
		expected := sum.Of(k.stored.version, k.stored.index, k.people)
		switch {
		case told.position != told.newest || told.deleted != k.deleted || told.open != k.isOpen || told.entry != k.isEnt:
			tell(guard.Finding{Ref: k.ref, Problem: "the table of things does not say what its current version is"})
		case sums[k.num] != expected:
			tell(guard.Finding{Ref: k.ref, Problem: "the index tables do not find it by what it holds"})
		default:
			k.stored = nil
			continue
		}
		wrong = append(wrong, k)
	}
	return wrong, nil
}

// restore writes the rows of things anew.
func (w *writer) restore(wrong []*kept) error {
	var nums []int64
	for _, k := range wrong {
		nums = append(nums, k.num)
	}
	for _, table := range derivedRows {
		if err := w.tx.exec(fmt.Sprintf(deleteThings, table.table), array(nums)); err != nil {
			return err
		}
	}
	for _, k := range wrong {
		if err := w.tx.exec(updateThing, k.newest, k.deleted, k.isOpen, k.isEnt, k.num); err != nil {
			return err
		}
		if err := w.insert(thing{num: k.num, typ: k.ref.Type}, k.people, search.KeysOf(k.ref.Type, k.stored.index)); err != nil {
			return err
		}
	}
	return w.tx.exec(updateEpoch)
}
