package sqlite

import (
	"context"

	"concord/consent"
	"concord/gateway/guard"
)

var _ guard.Relabeller = (*Store)(nil)

const (
	selectLabelled = `select coalesce((select value from clock where name = 'labels'), 0), coalesce((select value from clock where name = 'labelled'), 0)`
	selectLast     = `select coalesce(max(position), 0) from version`
	upsertLabelled = `insert into clock (name, value) values (?, ?) on conflict (name) do update set value = excluded.value`
	selectRelabel  = `select v.position, n.people from thing t join version n on n.position = t.position join version v on v.thing = t.num where t.type = ? and t.id = ? and v.id = ?`
)

// relabelling is what a job labels anew.
type relabelling struct {
	versions []guard.Relabelled
	done     guard.Labelled
}

// keeps reports whether a version may be remembered: what another rule set labelled will be replaced.
func (s *Store) keeps(v *guard.Version) bool {
	return s.labels == 0 || v.Facts == nil || v.Facts.Labels.Rules == s.labels
}

// Labelled is what the last Relabel said.
func (s *Store) Labelled(ctx context.Context) (guard.Labelled, error) {
	var done guard.Labelled
	err := s.readers.read(ctx, func(r *session) error {
		var err error
		done, err = r.labelled()
		return err
	})
	return done, wrap("read how far labels are made", err)
}

func (s *session) labelled() (guard.Labelled, error) {
	var rules, through int64
	_, err := s.row(selectLabelled, nil, &rules, &through)
	return guard.Labelled{Rules: uint64(rules), Through: guard.Position(through)}, err //nolint:gosec // as it was written
}

// watermark is how far everything is labelled, as the writer knows it, and what was put last. What is put labelled, while
// all before it is, moves it on in the same commit: to follow the feed for it would read back all that was imported.
type watermark struct {
	guard.Labelled
	last guard.Position
}

func (s *session) watermark() (watermark, error) {
	done, err := s.labelled()
	if err != nil {
		return watermark{}, wrap("read how far labels are made", err)
	}
	var last int64
	_, err = s.row(selectLast, nil, &last)
	return watermark{done, guard.Position(last)}, wrap("read the last position", err)
}

// mark is the watermark after a batch.
func (w *writer) mark(batch []*job) (watermark, error) {
	next := w.labelled
	for _, j := range batch {
		if j.err != nil || j.change == nil || j.receipt.Replayed {
			continue
		}
		if j.relabel != nil {
			next.Labelled = j.relabel.done
		}
		if len(j.change.Put) == 0 {
			continue
		}
		whole := next.Through == next.last && (next.Rules == w.s.labels || next.last == 0) && w.s.labels != 0
		for _, p := range j.change.Put {
			whole = whole && p.Version.Facts != nil && p.Version.Facts.Labels.Rules == w.s.labels
		}
		next.last = j.receipt.Position
		if whole {
			next.Labelled = guard.Labelled{Rules: w.s.labels, Through: next.last}
		}
	}
	if next.Labelled == w.labelled.Labelled {
		return next, nil
	}
	return next, w.tx.setLabelled(next.Labelled)
}

func (s *session) setLabelled(done guard.Labelled) error {
	if err := s.exec(upsertLabelled, "labels", int64(done.Rules)); err != nil { //nolint:gosec // the bits are what counts
		return err
	}
	return s.exec(upsertLabelled, "labelled", int64(done.Through))
}

// Relabel goes to the writer, as a Change does.
func (s *Store) Relabel(ctx context.Context, versions []guard.Relabelled, done guard.Labelled) error {
	j := &job{
		change: &guard.Change{}, relabel: &relabelling{versions: versions, done: done}, done: make(chan struct{}),
		standings: map[consent.Person]packed{}, touched: map[int64]bool{},
	}
	if err := s.submit(ctx, j); err != nil {
		return err
	}
	return wrap("label anew", j.err)
}

// relabel writes the bodies of versions again, with other facts.
func (w *writer) relabel(j *job) error {
	for _, one := range j.relabel.versions {
		var position int64
		var people string
		ok, err := w.tx.row(selectRelabel, []any{string(one.Ref.Type), string(one.Ref.ID), one.Version}, &position, &people)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		held, err := w.read().load(position)
		if err != nil {
			return err
		}
		index, err := held.entries()
		if err != nil {
			return err
		}
		v := *held.version
		v.Facts = one.Facts
		if err := w.tx.exec(updateBody, w.s.codec.PackPut(guard.Put{Version: &v, Index: index}), position); err != nil {
			return err
		}
		w.s.known.versions.Remove(position) // remembered only if no rule set was said to be in force
		nums, err := numbersIn(people)
		if err != nil {
			return err
		}
		for _, num := range nums {
			root, err := w.survivor(num)
			if err != nil {
				return err
			}
			j.touched[root] = true
		}
	}
	return nil
}
