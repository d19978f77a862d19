package sqlite

import (
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

const (
	selectThing   = `select num, position, open from thing where type = ? and id = ?`
	insertThing   = `insert into thing (type, id, position, deleted, open, entry) values (?, ?, 0, 0, 0, 0)`
	insertVersion = `insert into version (thing, id, updated, deleted, people, body) values (?, ?, ?, ?, ?, ?)`
	updateThing   = `update thing set position = ?, deleted = ?, open = ?, entry = ? where num = ?`
	updateEpoch   = `update clock set value = value + 1 where name = 'directory'`
	selectAbout   = `select person from about where thing = ?`
	insertAbout   = `insert into about (person, type, thing) values (?, ?, ?)`
	deleteAbout   = `delete from about where person = ? and type = ? and thing = ?`
)

// put writes one version and gives its position.
func (w *writer) put(j *job, p guard.Put, body []byte) (int64, error) {
	v := p.Version
	var num, before int64
	var wasOpen bool
	ok, err := w.tx.row(selectThing, []any{string(v.Ref.Type), string(v.Ref.ID)}, &num, &before, &wasOpen)
	if err != nil {
		return 0, err
	}
	if !ok {
		if num, err = w.tx.insert(insertThing, string(v.Ref.Type), string(v.Ref.ID)); err != nil {
			return 0, err
		}
	}
	people, err := w.numbers(p.People)
	if err != nil {
		return 0, err
	}
	position, err := w.tx.insert(insertVersion, num, v.ID, v.Updated.UnixMicro(), v.Deleted, array(people), body)
	if err != nil {
		return 0, err
	}
	entry := !v.Deleted && v.Facts != nil && v.Facts.Gives.Entry != nil
	open := entry || v.Facts != nil && v.Facts.Open
	if err := w.tx.exec(updateThing, position, v.Deleted, open, entry, num); err != nil {
		return 0, err
	}
	if open || wasOpen {
		if err := w.tx.exec(updateEpoch); err != nil {
			return 0, err
		}
	}
	t := thing{num, v.Ref.Type, before}
	was, err := w.touched(j, t, people)
	if err != nil {
		return 0, err
	}
	if len(people) == 0 {
		people = []int64{0}
	}
	return position, w.reindex(t, was, people, p.Index)
}

// thing is a thing that gets a new version; before is the position of the one until now, 0 when there was none.
type thing struct {
	num    int64
	typ    fhir.Type
	before int64
}

// numbers gives the numbers of persons, in the order they came in.
func (w *writer) numbers(people []consent.Person) ([]int64, error) {
	nums := []int64{}
	for _, p := range people {
		num, err := w.person(p)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(nums, num) {
			nums = append(nums, num)
		}
	}
	return nums, nil
}

// touched notes whom the version and the one before are about, after merges, and gives whom that one was about.
func (w *writer) touched(j *job, t thing, people []int64) ([]int64, error) {
	var was []int64
	if t.before != 0 {
		var err error
		if was, err = list[int64](w.tx, selectAbout, t.num); err != nil {
			return nil, err
		}
	}
	for _, num := range append(slices.Clone(was), people...) {
		if num == 0 {
			continue
		}
		root, err := w.survivor(num)
		if err != nil {
			return nil, err
		}
		j.touched[root] = true
	}
	return was, nil
}
