package sqlite

import (
	"maps"
	"slices"

	"concord/fhir"
	"concord/gateway/guard"
)

const (
	selectDone = `select low, high from done where name = ?`
	insertDone = `insert into done (name, low, high) values (?, ?, ?)`
)

// change does one Change in the order of guard.Change: what was done before, what it rested on, persons, versions,
// states.
func (w *writer) change(j *job) error {
	c := j.change
	if c.Key != "" {
		var low, high int64
		ok, err := w.tx.row(selectDone, []any{c.Key}, &low, &high)
		if err != nil {
			return err
		}
		if ok {
			return w.replay(j, low, high)
		}
	}
	for _, e := range c.If {
		if err := w.expect(e); err != nil {
			return err
		}
	}
	if err := w.people(j); err != nil {
		return err
	}
	for i, p := range c.Put {
		position, err := w.put(j, p, j.bodies[i])
		if err != nil {
			return err
		}
		if j.low == 0 {
			j.low = position
		}
		j.receipt.Position = guard.Position(position)
		j.receipt.Put = append(j.receipt.Put, p.Version)
	}
	for _, p := range slices.Sorted(maps.Keys(j.standings)) {
		if err := w.standing(j, p); err != nil {
			return err
		}
	}
	if j.relabel != nil {
		if err := w.relabel(j); err != nil {
			return err
		}
	}
	for num := range j.touched {
		if err := w.touch(num); err != nil {
			return err
		}
	}
	if c.Key == "" {
		return nil
	}
	return w.tx.exec(insertDone, c.Key, j.low, int64(j.receipt.Position))
}

// replay answers as the first commit with this key did. Its versions stand in a row: one change is written at once.
func (w *writer) replay(j *job, low, high int64) error {
	j.receipt = guard.Receipt{Position: guard.Position(high), Replayed: true}
	if low == 0 {
		return nil
	}
	for position := low; position <= high; position++ {
		held, err := w.read().load(position)
		if err != nil {
			return err
		}
		j.receipt.Put = append(j.receipt.Put, held.version)
	}
	return nil
}

const (
	selectExpected = `select v.id from thing t join version v on v.position = t.position where t.type = ? and t.id = ?`
	selectMerged   = `select survivor is not null from person where id = ?`
)

// expect gives ErrConflict when something else is there now. Nothing that rested on a person who was merged away
// holds.
func (w *writer) expect(e guard.Expect) error {
	if e.Ref != (fhir.Ref{}) {
		var version string
		_, err := w.tx.row(selectExpected, []any{string(e.Ref.Type), string(e.Ref.ID)}, &version)
		if err == nil && version != e.Version {
			return guard.ErrConflict
		}
		return err
	}
	if e.Key != "" {
		holder, err := w.read().Find(e.Key)
		if err == nil && holder != e.Holder {
			return guard.ErrConflict
		}
		return err
	}
	var merged bool
	if _, err := w.tx.row(selectMerged, []any{string(e.Person)}, &merged); err != nil {
		return err
	}
	who, _, err := w.read().who(e.Person)
	if err == nil && (merged || who.standing != e.Standing || e.Record != 0 && who.record != e.Record) {
		return guard.ErrConflict
	}
	return err
}
