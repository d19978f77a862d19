package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"concord/gateway/guard"
)

const (
	oldEvents = `select seq, place, coalesce(person, 0), at, leaf, salt, content from event
where writer = (select min(num) from writer) and (seq, place) > (?, ?) order by seq, place limit 4096`
	dropOldEvents = `drop table event`
)

// packTrail is migration 4: the events, which stood in a row each, go into packed rows. What somebody did to them before
// shows afterwards as it did: nothing is mended. All of it is one transaction; a million events take some twenty seconds.
func packTrail(ctx context.Context, tx *sql.Tx) error {
	codec, err := guard.NewPacker()
	if err != nil {
		return err
	}
	m := trailMove{tx: tx, codec: codec}
	for after := (oldEvent{seq: -1}); ; {
		some, err := m.read(ctx, after)
		if err != nil {
			return err
		}
		if len(some) == 0 {
			break
		}
		for _, e := range some {
			if err := m.put(ctx, e); err != nil {
				return err
			}
			after = e
		}
	}
	if err := m.flush(ctx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, dropOldEvents); err != nil {
		return fmt.Errorf("drop the events' rows: %w", err)
	}
	return nil
}

// oldEvent is an event as it stood in a row of its own.
type oldEvent struct {
	guard.NumberedEvent
	seq int64
}

// trailMove is a packTrail under way.
type trailMove struct {
	tx    *sql.Tx
	codec *guard.Packer
	seq   int64
	n     int // rows of this batch that are written
	row   []guard.NumberedEvent
}

// read gives the events after one.
func (m *trailMove) read(ctx context.Context, after oldEvent) ([]oldEvent, error) {
	rows, err := m.tx.QueryContext(ctx, oldEvents, after.seq, after.Place)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var some []oldEvent
	for rows.Next() {
		var e oldEvent
		if err := rows.Scan(&e.seq, &e.Place, &e.Person, &e.At, &e.Leaf, &e.Salt, &e.Content); err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		some = append(some, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return some, nil
}

func (m *trailMove) put(ctx context.Context, e oldEvent) error {
	if e.seq != m.seq || len(m.row) == eventsInRow {
		if err := m.flush(ctx); err != nil {
			return err
		}
	}
	if e.seq != m.seq {
		m.seq, m.n = e.seq, 0
	}
	m.row = append(m.row, e.NumberedEvent)
	return nil
}

// flush writes the row that was gathered.
func (m *trailMove) flush(ctx context.Context) error {
	if len(m.row) == 0 {
		return nil
	}
	if _, err := m.tx.ExecContext(ctx, insertEvents, int64(rowOf(m.seq, m.n)), m.codec.PackEvents(m.row)); err != nil {
		return fmt.Errorf("pack events: %w", err)
	}
	m.n, m.row = m.n+1, m.row[:0]
	return nil
}
