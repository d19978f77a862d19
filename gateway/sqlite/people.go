package sqlite

import (
	"maps"
	"slices"

	"concord/consent"
	"concord/gateway/guard"
)

const (
	selectPatientPerson = `select person from patient where id = ?`
	insertPatient       = `insert into patient (id, person) values (?, ?)`
	upsertIdentity      = `insert into identity (name, person) values (?, ?) on conflict (name) do update set person = excluded.person`
	selectSurvivor      = `select coalesce(survivor, num) from person where num = ?`
	insertPerson        = `insert into person (id) values (?)`
	selectPerson        = `select num from person where id = ?`
	updateSurvivor      = `update person set survivor = ?1 where num = ?2`
	updateSurvivors     = `update person set survivor = ?1 where survivor = ?2`
	deleteReach         = `delete from reach where person = ?`
	// The survivor's counter goes on from the higher of the two.
	upsertCount = `insert into state (person, record, version) select ?1, coalesce(max(record), 0), 0 from state where person = ?2
on conflict (person) do update set record = max(record, excluded.record)`
)

// people adds to the table of persons.
func (w *writer) people(j *job) error {
	c := j.change
	for ref, p := range c.Patients {
		if err := w.name(ref.String(), p); err != nil {
			return err
		}
	}
	for key, p := range c.Keys {
		num, err := w.person(p)
		if err != nil {
			return err
		}
		if err := w.tx.exec(upsertIdentity, key, num); err != nil {
			return err
		}
	}
	for _, gone := range slices.Sorted(maps.Keys(c.Merges)) {
		if err := w.merge(j, gone, c.Merges[gone]); err != nil {
			return err
		}
	}
	return nil
}

// name says that a Patient is the person's. When it is another person's by now, the change rested on something else.
func (w *writer) name(name string, p consent.Person) error {
	num, err := w.person(p)
	if err != nil {
		return err
	}
	var held int64
	ok, err := w.tx.row(selectPatientPerson, []any{name}, &held)
	if err != nil {
		return err
	}
	if !ok {
		return w.tx.exec(insertPatient, name, num)
	}
	old, err := w.survivor(held)
	if err != nil {
		return err
	}
	now, err := w.survivor(num)
	if err == nil && old != now {
		return guard.ErrConflict
	}
	return err
}

// merge makes gone, and all who were merged into them, the same as into.
func (w *writer) merge(j *job, gone, into consent.Person) error {
	from, err := w.root(gone)
	if err != nil {
		return err
	}
	to, err := w.root(into)
	if err != nil || from == to {
		return err
	}
	for _, text := range []string{updateSurvivors, updateSurvivor} {
		if err := w.tx.exec(text, to, from); err != nil {
			return err
		}
	}
	if err := w.tx.exec(upsertCount, to, from); err != nil {
		return err
	}
	j.touched[to] = true
	return w.tx.exec(deleteReach, from)
}

// person gives the number of a person, who is made when not known.
func (w *writer) person(p consent.Person) (int64, error) {
	var num int64
	ok, err := w.tx.row(selectPerson, []any{string(p)}, &num)
	if err != nil || ok {
		return num, err
	}
	return w.tx.insert(insertPerson, string(p))
}

// root is the number of the person that p is after merges.
func (w *writer) root(p consent.Person) (int64, error) {
	num, err := w.person(p)
	if err != nil {
		return 0, err
	}
	return w.survivor(num)
}

// survivor is who a numbered person is after merges: one step, since merges keep every row pointing at the end.
func (w *writer) survivor(num int64) (int64, error) {
	_, err := w.tx.row(selectSurvivor, []any{num}, &num)
	return num, err
}
