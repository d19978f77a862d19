package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/gateway/guard"
)

const (
	lockVersions = `select v.position, t.type, t.id, v.id, v.updated, v.deleted, v.body
from version v join thing t on t.num = v.thing where v.position = any($1) order by v.position for no key update of v`
	lockStanding = `select coalesce(survivor, num) from person where id = $1 for no key update`
	mendStanding = `insert into state (person, record, version, standing) values ($1, 1, $2, $3)
on conflict (person) do update set record = state.record + 1, version = excluded.version, standing = excluded.standing`
	// A walk over a whole table takes as long as it takes, and there is work between two statements.
	unhurried = `select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`
)

// Amend is one transaction on the connection that writes.
func (s *Store) Amend(ctx context.Context, versions []guard.Derived, standings []*consent.Standing) error {
	return s.mend(ctx, "amend", func(tx pgx.Tx) error {
		if len(versions) > 0 {
			if err := s.amendVersions(ctx, tx, versions); err != nil {
				return err
			}
		}
		b := &pgx.Batch{}
		for _, standing := range standings {
			var num int64
			if err := tx.QueryRow(ctx, lockStanding, string(standing.Person)).Scan(&num); err != nil {
				return err
			}
			b.Queue(mendStanding, num, standing.Version, s.codec.Pack(standing.Binary()))
			reached(b, num, standing)
		}
		return tx.SendBatch(ctx, b).Close()
	})
}

// reached writes anew by whom a person may be reached.
func reached(b *pgx.Batch, num int64, standing *consent.Standing) {
	b.Queue(deleteReach, []int64{num})
	var reach table
	for _, principal := range standing.Principals() {
		reach.add([]byte(principal), num)
	}
	reach.queue(b, insertReach)
}

func (s *Store) amendVersions(ctx context.Context, tx pgx.Tx, versions []guard.Derived) error {
	derived := make(map[int64]guard.Derived, len(versions))
	var positions []int64
	for _, d := range versions {
		derived[int64(d.Position)] = d
		positions = append(positions, int64(d.Position))
	}
	rows, err := tx.Query(ctx, lockVersions, positions)
	if err != nil {
		return err
	}
	positions = nil
	var bodies [][]byte
	var v guard.Version
	var position, updated int64
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&position, &v.Ref.Type, &v.Ref.ID, &v.ID, &updated, &v.Deleted, &body}, func() error {
		one := v
		one.Updated = moment(updated)
		if _, err := s.codec.UnpackVersion(body, &one); err != nil {
			return err
		}
		one.Facts = derived[position].Facts
		positions = append(positions, position)
		bodies = append(bodies, s.codec.PackPut(guard.Put{Version: &one, Index: derived[position].Index}))
		return nil
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, updateBodies, positions, bodies)
	return err
}

// mend does something in one transaction between two batches of the writer, and lets all that was remembered be
// forgotten.
func (s *Store) mend(ctx context.Context, what string, do func(pgx.Tx) error) error {
	conn, err := s.write.Acquire(ctx)
	if err != nil {
		return trouble(what, err)
	}
	defer conn.Release()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, unhurried); err != nil {
			return err
		}
		return do(tx)
	})
	s.known.forget()
	return trouble(what, err)
}
