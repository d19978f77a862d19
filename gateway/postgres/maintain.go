package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"concord/consent"
	"concord/gateway/guard"
)

// A database is looked after while no node serves it: what the nodes remember of versions and standings is not told
// to them when these are made anew.
var _ guard.Maintainer = (*Store)(nil)

const (
	selectHeld = `select v.position, v.people, t.type, t.id, v.id, v.updated, v.deleted, t.position = v.position, v.body
from version v join thing t on t.num = v.thing where v.position > $1 order by v.position limit $2`
	selectSurvivors = `select p.num, coalesce(q.id, p.id) from person p left join person q on q.num = p.survivor where p.num = any($1)`
	selectPersons   = `select p.id, coalesce(s.version, 0), s.standing, exists (select 1 from person q where q.survivor = p.num)
from person p left join state s on s.person = p.num where p.survivor is null and p.id > $1 order by p.id limit $2`
)

// heldTogether is how many versions are read by one statement. A body may have megabytes.
const heldTogether = 64

// Each reads past the caches, so that it is what is on disk that is looked at. Between two statements nothing is
// locked and no snapshot is kept: versions are never taken away.
func (s *Store) Each(ctx context.Context, of guard.Part, use func(guard.Held) error) error {
	names := map[int64]consent.Person{}
	for after := of.After; ; {
		var some []guard.Held
		err := s.readers.plain(ctx, func(conn *pgxpool.Conn) error {
			var err error
			some, err = s.held(ctx, conn, after, names)
			return err
		})
		if err != nil || len(some) == 0 {
			return trouble("read versions", err)
		}
		for _, h := range some {
			after = h.Position
			wanted := of.People == nil
			for _, p := range h.People {
				wanted = wanted || of.People[p]
			}
			if !wanted {
				continue
			}
			if err := use(h); err != nil {
				return err
			}
		}
	}
}

// held reads the next versions. names are the persons that were met, by their numbers and after merges.
func (s *Store) held(ctx context.Context, conn *pgxpool.Conn, after guard.Position, names map[int64]consent.Person) ([]guard.Held, error) {
	rows, err := conn.Query(ctx, selectHeld, int64(after), heldTogether)
	if err != nil {
		return nil, err
	}
	var all []guard.Held
	var people [][]int64
	var unknown []int64
	var h guard.Held
	var v guard.Version
	var updated int64
	var nums []int64
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&h.Position, &nums, &v.Ref.Type, &v.Ref.ID, &v.ID, &updated, &v.Deleted, &h.Current, &body}, func() error {
		one, version := h, v
		version.Updated, one.Version = moment(updated), &version
		one.Index, one.Fault = s.codec.UnpackPut(body, &version)
		all, people = append(all, one), append(people, nums)
		for _, num := range nums {
			if _, ok := names[num]; !ok {
				unknown = append(unknown, num)
			}
		}
		nums, body = nil, nil
		return nil
	})
	if err == nil && len(unknown) > 0 {
		err = survivorsOf(ctx, conn, unknown, names)
	}
	for i := range all {
		all[i].People = distinctOf(people[i], names)
	}
	return all, err
}

// survivorsOf names numbered persons, after merges.
func survivorsOf(ctx context.Context, conn *pgxpool.Conn, nums []int64, names map[int64]consent.Person) error {
	rows, err := conn.Query(ctx, selectSurvivors, nums)
	if err != nil {
		return err
	}
	var num int64
	var id string
	_, err = pgx.ForEachRow(rows, []any{&num, &id}, func() error {
		names[num] = consent.Person(id)
		return nil
	})
	return err
}

// distinctOf are numbered persons by name, each once.
func distinctOf(nums []int64, names map[int64]consent.Person) []consent.Person {
	var people []consent.Person
	seen := map[consent.Person]bool{}
	for _, num := range nums {
		if p := names[num]; !seen[p] {
			seen[p] = true
			people = append(people, p)
		}
	}
	return people
}

// Persons reads in the order of their ids.
func (s *Store) Persons(ctx context.Context, after consent.Person, limit int) ([]guard.HeldPerson, error) {
	var all []guard.HeldPerson
	err := s.readers.plain(ctx, func(conn *pgxpool.Conn) error {
		all = nil
		rows, err := conn.Query(ctx, selectPersons, string(after), limit)
		if err != nil {
			return err
		}
		var id string
		var p guard.HeldPerson
		var blob []byte
		_, err = pgx.ForEachRow(rows, []any{&id, &p.Version, &blob, &p.Merged}, func() error {
			one := p
			one.Person = consent.Person(id)
			if blob != nil {
				one.Standing, one.Fault = s.standingFrom(blob)
			}
			all, blob = append(all, one), nil
			return nil
		})
		return err
	})
	return all, trouble("read persons", err)
}

func (s *Store) standingFrom(blob []byte) (*consent.Standing, error) {
	raw, err := s.codec.Unpack(blob)
	if err != nil {
		return nil, err
	}
	return consent.StandingFrom(raw)
}
