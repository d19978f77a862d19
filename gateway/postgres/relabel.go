package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"concord/gateway/guard"
)

var _ guard.Relabeller = (*Store)(nil)

const (
	selectLabelled = `select coalesce(max(value) filter (where name = 'labels'), 0), coalesce(max(value) filter (where name = 'labelled'), 0)
from clock where name in ('labels', 'labelled')`
	upsertLabelled = `insert into clock (name, value) values ('labels', $1), ('labelled', $2)
on conflict (name) do update set value = excluded.value`
	selectRelabel = `select v.position, v.person, n.people, t.type, t.id, v.id, v.updated, v.deleted, v.body
from unnest($1::text[], $2::text[], $3::text[]) r(type, id, version)
join thing t on t.type = r.type and t.id = r.id join version n on n.position = t.position
join version v on v.thing = t.num and v.id = r.version order by v.position for no key update of v`
	updateBodies = `update version v set body = n.body from unnest($1::bigint[], $2::bytea[]) n(position, body) where v.position = n.position`
	lockLabelled = `select num from person where num in (select coalesce(survivor, num) from person where num = any($1))
order by num for no key update`
	raiseRecords = `insert into state (person, record, version)
select distinct coalesce(survivor, num), 1, 0 from person where num = any($1)
on conflict (person) do update set record = state.record + 1`
)

// keeps reports whether a version may be remembered: what another rule set labelled will be replaced, by this node or
// another.
func (s *Store) keeps(v *guard.Version) bool {
	return s.labels == 0 || v.Facts == nil || v.Facts.Labels.Rules == s.labels
}

// Labelled is what the last Relabel said, on whatever node.
func (s *Store) Labelled(ctx context.Context) (guard.Labelled, error) {
	var rules, through int64
	err := s.readers.plain(ctx, func(conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, selectLabelled).Scan(&rules, &through)
	})
	return guard.Labelled{Rules: uint64(rules), Through: guard.Position(through)}, trouble("read how far labels are made", err) //nolint:gosec // as it was written
}

// Relabel is one transaction on the connection that writes, between two batches. When another node is in the way it
// fails, and is done again by whoever asked for it.
func (s *Store) Relabel(ctx context.Context, versions []guard.Relabelled, done guard.Labelled) error {
	err := s.write.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return s.relabel(ctx, tx, versions, done) })
	})
	return trouble("label anew", err)
}

func (s *Store) relabel(ctx context.Context, tx pgx.Tx, versions []guard.Relabelled, done guard.Labelled) error {
	facts := make(map[string]guard.Relabelled, len(versions))
	var types, ids, names []string
	for _, one := range versions {
		facts[one.Ref.String()+"/"+one.Version] = one
		types, ids, names = append(types, string(one.Ref.Type)), append(ids, string(one.Ref.ID)), append(names, one.Version)
	}
	rows, err := tx.Query(ctx, selectRelabel, types, ids, names)
	if err != nil {
		return err
	}
	var positions, people []int64
	var bodies [][]byte
	var updated int64
	var body []byte
	var position, person int64
	var whom []int64
	var v guard.Version
	_, err = pgx.ForEachRow(rows, []any{&position, &person, &whom, &v.Ref.Type, &v.Ref.ID, &v.ID, &updated, &v.Deleted, &body}, func() error {
		one := v
		one.Updated = moment(updated)
		index, err := s.codec.UnpackPut(body, &one)
		if err != nil {
			return err
		}
		one.Facts = facts[one.Ref.String()+"/"+one.ID].Facts
		positions, bodies = append(positions, position), append(bodies, s.codec.PackPut(guard.Put{Version: &one, Index: index}))
		people = append(people, whom...)
		s.known.versions.Remove(place{position, one.ID, person}) // remembered only if no rule set was said to be in force
		return nil
	})
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(updateBodies, positions, bodies)
	b.Queue(lockLabelled, people)
	b.Queue(raiseRecords, people)
	b.Queue(upsertLabelled, int64(done.Rules), int64(done.Through)) //nolint:gosec // the bits are what counts
	return tx.SendBatch(ctx, b).Close()
}
