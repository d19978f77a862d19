package sqlite

import (
	"maps"
	"slices"

	"concord/fhir/search"
)

// reindex makes the index tables say what the new version is about and found by. Rows that stay are not touched.
func (w *writer) reindex(t thing, was, people []int64, index []search.Entry) error {
	next := search.KeysOf(t.typ, index)
	if t.before == 0 {
		return w.insert(t, people, next)
	}
	old, err := w.index(t.before)
	if err != nil {
		return err
	}
	last := search.KeysOf(t.typ, old)
	slices.Sort(was)
	if !slices.Equal(was, slices.Sorted(slices.Values(people))) {
		if err := w.remove(t, was, last); err != nil {
			return err
		}
		return w.insert(t, people, next)
	}
	gone, come := last.Minus(next), next.Minus(last)
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
func (w *writer) insert(t thing, people []int64, rows search.Keys) error {
	for _, p := range people {
		if err := w.tx.exec(insertAbout, p, string(t.typ), t.num); err != nil {
			return err
		}
		if err := w.rows(inserting, t, p, rows); err != nil {
			return err
		}
	}
	return nil
}

// remove takes away all rows of a thing for each person it was about.
func (w *writer) remove(t thing, people []int64, rows search.Keys) error {
	for _, p := range people {
		if err := w.tx.exec(deleteAbout, p, string(t.typ), t.num); err != nil {
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
func (w *writer) rows(do texts, t thing, person int64, rows search.Keys) error {
	if len(rows.Values) > 0 {
		hashes := slices.Sorted(maps.Keys(rows.Values))
		if err := w.tx.exec(do.value, person, t.num, array(hashes)); err != nil {
			return err
		}
	}
	if len(rows.Texts) > 0 {
		var all [][2]any
		for row := range rows.Texts {
			all = append(all, [2]any{row.Param, row.Value})
		}
		if err := w.tx.exec(do.text, person, t.num, array(all)); err != nil {
			return err
		}
	}
	if len(rows.Dates) > 0 {
		var all [][3]int64
		for row := range rows.Dates {
			all = append(all, [3]int64{row.Param, row.High, row.Low})
		}
		if err := w.tx.exec(do.date, person, t.num, array(all)); err != nil {
			return err
		}
	}
	return nil
}
