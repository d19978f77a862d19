package sqlite

import (
	"maps"
	"slices"

	"concord/fhir/search"
)

// reindex makes the index tables say what the new version is about and found by. Rows that stay are not touched.
func (w *writer) reindex(t thing, was, people []int64, index []search.Entry) error {
	next := rowsOf(t.typ, index)
	if t.before == 0 {
		return w.insert(t, people, next)
	}
	old, err := w.index(t.before)
	if err != nil {
		return err
	}
	last := rowsOf(t.typ, old)
	slices.Sort(was)
	if !slices.Equal(was, slices.Sorted(slices.Values(people))) {
		if err := w.remove(t, was, last); err != nil {
			return err
		}
		return w.insert(t, people, next)
	}
	gone, come := last.minus(next), next.minus(last)
	for _, p := range people {
		if err := w.rows(removing, t, p, gone); err != nil {
			return err
		}
		if err := w.rows(inserting, t, p, come); err != nil {
			return err
		}
	}
	return nil
}

// insert adds all rows of a thing for each person it is about.
func (w *writer) insert(t thing, people []int64, rows rowSet) error {
	for _, p := range people {
		if _, err := w.tx.exec(insertAbout, p, string(t.typ), t.num); err != nil {
			return err
		}
		if err := w.rows(inserting, t, p, rows); err != nil {
			return err
		}
	}
	return nil
}

// remove takes away all rows of a thing for each person it was about.
func (w *writer) remove(t thing, people []int64, rows rowSet) error {
	for _, p := range people {
		if _, err := w.tx.exec(deleteAbout, p, string(t.typ), t.num); err != nil {
			return err
		}
		if err := w.rows(removing, t, p, rows); err != nil {
			return err
		}
	}
	return nil
}

// texts are the statements that add or take away index rows, all rows of a table at once.
type texts struct{ value, text, date string }

var (
	inserting = texts{
		`insert or fail into find_value (hash, person, thing) select h.value, ?, ? from json_each(?) h`,
		`insert or fail into find_text (param, value, person, thing) select h.value ->> 0, h.value ->> 1, ?, ? from json_each(?) h`,
		`insert or fail into find_date (param, high, low, person, thing)
select h.value ->> 0, h.value ->> 1, h.value ->> 2, ?, ? from json_each(?) h`,
	}
	removing = texts{
		`delete from find_value where person = ? and thing = ? and hash in (select h.value from json_each(?) h)`,
		`delete from find_text where person = ? and thing = ? and (param, value) in
(select h.value ->> 0, h.value ->> 1 from json_each(?) h)`,
		`delete from find_date where person = ? and thing = ? and (param, high, low) in
(select h.value ->> 0, h.value ->> 1, h.value ->> 2 from json_each(?) h)`,
	}
)

// rows adds or takes away the index rows of a thing for one person.
func (w *writer) rows(do texts, t thing, person int64, rows rowSet) error {
	if len(rows.values) > 0 {
		hashes := slices.Sorted(maps.Keys(rows.values))
		if _, err := w.tx.exec(do.value, person, t.num, array(hashes)); err != nil {
			return err
		}
	}
	if len(rows.texts) > 0 {
		var all [][2]any
		for row := range rows.texts {
			all = append(all, [2]any{row.param, row.value})
		}
		if _, err := w.tx.exec(do.text, person, t.num, array(all)); err != nil {
			return err
		}
	}
	if len(rows.dates) > 0 {
		var all [][3]int64
		for row := range rows.dates {
			all = append(all, [3]int64{row.param, row.high, row.low})
		}
		if _, err := w.tx.exec(do.date, person, t.num, array(all)); err != nil {
			return err
		}
	}
	return nil
}

// minus gives the rows that the other set does not have.
func (r rowSet) minus(other rowSet) rowSet {
	return rowSet{less(r.values, other.values), less(r.texts, other.texts), less(r.dates, other.dates)}
}

func less[K comparable](a, b map[K]bool) map[K]bool {
	left := map[K]bool{}
	for k := range a {
		if !b[k] {
			left[k] = true
		}
	}
	return left
}
