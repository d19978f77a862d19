package sqlite

import (
	"concord/consent"
)

const (
	upsertStanding = `insert into state (person, record, version, standing) values (?, 0, ?, ?)
on conflict (person) do update set version = excluded.version, standing = excluded.standing`
	upsertTouch = `insert into state (person, record, version) values (?, 1, 0) on conflict (person) do update set record = record + 1`
	insertReach = `insert or ignore into reach (principal, person) select h.value, ? from json_each(?) h`
)

// standing writes a person's standing and by whom they may be reached.
func (w *writer) standing(j *job, p consent.Person) error {
	num, err := w.root(p)
	if err != nil {
		return err
	}
	j.touched[num] = true
	standing := j.standings[p]
	if err := w.tx.exec(upsertStanding, num, standing.version, standing.blob); err != nil {
		return err
	}
	if err := w.tx.exec(deleteReach, num); err != nil {
		return err
	}
	return w.tx.exec(insertReach, num, array(standing.principals))
}

// touch raises the counter of a person of whom something has changed.
func (w *writer) touch(num int64) error {
	return w.tx.exec(upsertTouch, num)
}
