package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"concord/gateway/guard"
)

const selectIndexed = `select position, id, body from version where position = any($1) and person = any($2)`

// readBefore reads by what the old versions of the things that change were found, for those not known here.
func (l *ledger) readBefore(ctx context.Context, conn *pgxpool.Conn) error {
	missing := map[int64]*thing{}
	positions, people := []int64{}, []int64{}
	for _, t := range l.things {
		if !t.dirty || t.old.position == 0 {
			continue
		}
		if held, ok := l.s.known.versions.Get(t.old); ok {
			t.before = held.index
			continue
		}
		missing[t.old.position] = t
		positions, people = append(positions, t.old.position), append(people, t.old.person)
	}
	if len(missing) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	each(b.Queue(selectIndexed, positions, people), func(rows pgx.Rows) error {
		f := row{}
		if err := rows.Scan(&f.place.position, &f.place.id, &f.body); err != nil {
			return err
		}
		t := missing[f.place.position]
		delete(missing, f.place.position)
		index, err := l.s.codec.UnpackPut(f.body, &guard.Version{})
		t.before = index
		return err
	})
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if len(missing) > 0 {
		return errGone
	}
	return nil
}
