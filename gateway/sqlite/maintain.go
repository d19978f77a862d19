package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"concord/consent"
	"concord/gateway/guard"
)

var _ guard.Maintainer = (*Store)(nil)

const (
	selectHeld = `select v.position, v.people, t.type, t.id, v.id, v.updated, v.deleted, t.position = v.position
from version v join thing t on t.num = v.thing where v.position > ? order by v.position limit ?`
	selectBody    = `select body from version where position = ?`
	selectPersons = `select p.num, p.id, s.version, s.standing, exists (select 1 from person q where q.survivor = p.num)
from person p left join state s on s.person = p.num where p.survivor is null and p.id > ? order by p.id limit ?`
)

// heldTogether is how many versions are read by one statement: none is open while they are used.
const heldTogether = 512

// Each reads past the caches, so that it is what is on disk that is looked at.
func (s *Store) Each(ctx context.Context, of guard.Part, use func(guard.Held) error) error {
	names := map[int64]consent.Person{}
	return s.readers.read(ctx, func(r *session) error {
		for after := of.After; ; {
			some, people, err := s.heldRows(r, after)
			if err != nil || len(some) == 0 {
				return wrap("read versions", err)
			}
			for i, h := range some {
				after = h.Position
				wanted := of.People == nil
				if h.People, err = survivors(r, people[i], names); err != nil {
					return wrap("read versions", err)
				}
				for _, p := range h.People {
					wanted = wanted || of.People[p]
				}
				if !wanted {
					continue
				}
				var body []byte
				if _, err := r.row(selectBody, []any{int64(h.Position)}, &body); err != nil {
					return wrap("read versions", err)
				}
				h.Index, h.Fault = s.codec.UnpackPut(body, h.Version)
				if err := use(h); err != nil {
					return err
				}
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	})
}

func (s *Store) heldRows(r *session, after guard.Position) ([]guard.Held, [][]int64, error) {
	var all []guard.Held
	var people [][]int64
	var position, updated int64
	var list string
	var v guard.Version
	var current bool
	for err := range r.rows(selectHeld, []any{int64(after), heldTogether}, &position, &list, &v.Ref.Type, &v.Ref.ID, &v.ID, &updated, &v.Deleted, &current) {
		if err != nil {
			return nil, nil, err
		}
		one := v
		one.Updated = moment(updated)
		h := guard.Held{Position: guard.Position(position), Version: &one, Current: current}
		nums, err := numbersIn(list)
		if err != nil {
			return nil, nil, err
		}
		all, people = append(all, h), append(people, nums)
	}
	return all, people, nil
}

// numbersIn reads the column of whom a version is about.
func numbersIn(list string) ([]int64, error) {
	var nums []int64
	if err := json.Unmarshal([]byte(list), &nums); err != nil {
		return nil, fmt.Errorf("whom a version is about: %w", err)
	}
	return nums, nil
}

// survivors are numbered persons after merges, each once.
func survivors(r *session, nums []int64, names map[int64]consent.Person) ([]consent.Person, error) {
	var people []consent.Person
	seen := map[consent.Person]bool{}
	for _, num := range nums {
		if _, ok := names[num]; !ok {
			var root int64
			var id string
			if _, err := r.row(selectSurvivor, []any{num}, &root); err != nil {
				return nil, err
			}
			if _, err := r.row(selectPersonID, []any{root}, &id); err != nil {
				return nil, err
			}
			names[num] = consent.Person(id)
		}
		if p := names[num]; !seen[p] {
			seen[p] = true
			people = append(people, p)
		}
	}
	return people, nil
}

// Persons reads in the order of their ids.
func (s *Store) Persons(ctx context.Context, after consent.Person, limit int) ([]guard.HeldPerson, error) {
	var all []guard.HeldPerson
	err := s.readers.read(ctx, func(r *session) error {
		var num int64
		var id string
		var version *int64
		var blob []byte
		var merged bool
		for err := range r.rows(selectPersons, []any{string(after), limit}, &num, &id, &version, &blob, &merged) {
			if err != nil {
				return err
			}
			p := guard.HeldPerson{Person: consent.Person(id), Merged: merged}
			if version != nil {
				p.Version = *version
			}
			if blob != nil {
				p.Standing, p.Fault = s.standingFrom(blob)
			}
			all = append(all, p)
		}
		return nil
	})
	return all, wrap("read persons", err)
}

func (s *Store) standingFrom(blob []byte) (*consent.Standing, error) {
	raw, err := s.codec.Unpack(blob)
	if err != nil {
		return nil, err
	}
	return consent.StandingFrom(raw)
}
