package sqlite

import (
	"context"
	"errors"
	"fmt"

	"concord/consent"
	"concord/gateway/guard"
)

const updateBody = `update version set body = ? where position = ?`

// Amend writes beside the writer, in a transaction of its own.
func (s *Store) Amend(ctx context.Context, versions []guard.Derived, standings []*consent.Standing) error {
	return s.mend(ctx, "amend", func(w *writer) error {
		for _, d := range versions {
			held, err := w.read().load(int64(d.Position))
			if err != nil {
				return err
			}
			v := *held.version
			v.Facts = d.Facts
			body := s.codec.PackPut(guard.Put{Version: &v, Index: d.Index})
			if err := w.tx.exec(updateBody, body, int64(d.Position)); err != nil {
				return err
			}
		}
		j := &job{standings: map[consent.Person]packed{}, touched: map[int64]bool{}}
		for _, standing := range standings {
			j.standings[standing.Person] = packed{standing.Version, s.codec.Pack(standing.Binary()), standing.Principals()}
			if err := w.standing(j, standing.Person); err != nil {
				return err
			}
		}
		for num := range j.touched {
			if err := w.touch(num); err != nil {
				return err
			}
		}
		return nil
	})
}

// mend does something in one transaction beside the writer, and lets all that was remembered be forgotten.
func (s *Store) mend(ctx context.Context, what string, do func(w *writer) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	tx, err := newSession(s.path, writing...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	err = mendWith(&writer{s: s, tx: tx}, do)
	s.known.versions.Purge()
	s.recent.unsettle()
	s.recent.settle([]*job{{change: &guard.Change{Merges: map[consent.Person]consent.Person{"": ""}}}})
	return wrap(what, errors.Join(err, tx.close()))
}

func mendWith(w *writer, do func(w *writer) error) error {
	if err := w.tx.exec("begin immediate"); err != nil {
		return err
	}
	err := do(w)
	if err == nil {
		err = w.tx.exec("commit")
	}
	if err != nil {
		rolled := w.tx.exec("rollback")
		return errors.Join(err, rolled)
	}
	return nil
}
