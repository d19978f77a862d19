package sqlite

import (
	"context"
	"hash/maphash"

	"concord/gateway/guard"
)

const selectAllFiled = `select postings from filed`

// misfiled reports whether the table says something else than the events up to the row that it reaches. Their order is
// nothing, so sums of hashes are compared.
func (s *session) misfiled(ctx context.Context, codec *guard.Packer) (bool, error) {
	through, err := s.filedThrough()
	if err != nil {
		return false, err
	}
	seed := maphash.MakeSeed()
	var expected, held uint64
	for row, err := range s.eventRows(0, through+1) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return false, err
		}
		events, _ := codec.UnpackEvents(row.packed) // what cannot be read is about nobody
		for _, p := range postingsOf(row.num, events) {
			expected += maphash.Comparable(seed, p)
		}
	}
	var data []byte
	for err := range s.rows(selectAllFiled, nil, &data) {
		if err != nil {
			return false, err
		}
		some, err := unpackPostings(data)
		if err != nil {
			return true, nil // that it cannot be read is the finding
		}
		for _, p := range some {
			held += maphash.Comparable(seed, p)
		}
	}
	return expected != held, nil
}

// refile makes the table anew, up to the row that it reaches.
func (w *writer) refile(ctx context.Context) error {
	through, err := w.tx.filedThrough()
	if err != nil {
		return err
	}
	if err := w.tx.exec(deleteFiled); err != nil {
		return err
	}
	g := generation{through: through}
	for row, err := range w.tx.eventRows(0, through+1) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		events, _ := w.s.codec.UnpackEvents(row.packed)
		g.events, g.postings = g.events+len(events), append(g.postings, postingsOf(row.num, events)...)
		if g.events < w.s.tail.portion {
			continue
		}
		if err := w.tx.file(&filing{packPostings(g.postings), through}); err != nil {
			return err
		}
		g = generation{through: through}
	}
	return w.tx.file(&filing{packPostings(g.postings), through})
}

// restoreTrail makes the index of the trail anew when it is not what the events say.
func (w *writer) restoreTrail(ctx context.Context, tell func(guard.Finding)) error {
	wrong, err := w.tx.misfiled(ctx, w.s.codec)
	if err != nil || !wrong {
		return err
	}
	tell(guard.Finding{Problem: "the trail's index by person is not what its events say"})
	return w.refile(ctx)
}
