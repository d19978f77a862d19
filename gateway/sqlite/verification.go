package sqlite

import (
	"context"
	"iter"

	lru "github.com/hashicorp/golang-lru/v2"

	"concord/consent"
	"concord/gateway/guard"
)

// verification is a Verify under way. A server may be writing meanwhile: the batches are read to the end first known.
type verification struct {
	tx     *session
	codec  *guard.Packer
	signed *guard.SignedCheckpoints
	report Report
	writer int64
	names  *lru.Cache[int64, consent.Person] // of persons, by number
}

const (
	selectWriters = `select num, id from writer order by num`
	selectBatches = `select seq, prev, root, at, count from batch where writer = ? order by seq`
	selectStrays  = `select num, packed from events e where not exists (
select 1 from batch b where b.writer = ? and b.seq = e.num / 65536)`
	selectRoot = `select root from batch where writer = ? and seq = ?`
)

// run reads the chain as of one moment, and then what checkpoints say beyond it.
func (v *verification) run(ctx context.Context) error {
	if err := v.tx.exec("begin"); err != nil { // all is read as of one moment
		return err
	}
	writers, num, name, id := 0, int64(0), "", ""
	for err := range v.tx.rows(selectWriters, nil, &num, &id) {
		if err != nil {
			return err
		}
		if writers++; writers == 1 {
			v.writer, name = num, id
		}
	}
	if writers > 1 {
		v.report.Find("there are %d chains, where the database's own is the only one", writers)
	}
	if err := v.strays(); err != nil {
		return err
	}
	wrong, err := v.tx.misfiled(ctx, v.codec)
	if err != nil {
		return err
	}
	if wrong {
		v.report.Find("the index by person is not what the events say: reindex makes it anew")
	}
	return guard.VerifyChain(&v.report, guard.HeldChain{Writer: name, Batches: v.batches(ctx), Root: v.root}, v.signed)
}

// batches reads the chain batch by batch, and ends the transaction after the last.
func (v *verification) batches(ctx context.Context) iter.Seq2[guard.HeldBatch, error] {
	return func(yield func(guard.HeldBatch, error) bool) {
		var b guard.HeldBatch
		for err := range v.tx.rows(selectBatches, []any{v.writer}, &b.Seq, &b.Prev, &b.Root, &b.At, &b.Count) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				b.Events, err = v.events(b.Seq)
			}
			if !yield(b, err) || err != nil {
				return
			}
			b = guard.HeldBatch{}
		}
		if err := v.tx.exec("commit"); err != nil {
			yield(guard.HeldBatch{}, err)
		}
	}
}

// strays looks for events that stand in no batch of the chain.
func (v *verification) strays() error {
	strays := 0
	var row packedRow
	for err := range v.tx.rows(selectStrays, []any{v.writer}, &row.num, &row.packed) {
		if err != nil {
			return err
		}
		strays += len(v.unpack(row))
	}
	if strays > 0 {
		v.report.Find("%d events stand in no batch", strays)
	}
	return nil
}

func (v *verification) events(seq int64) ([]guard.HeldEvent, error) {
	var all []guard.HeldEvent
	for row, err := range v.tx.eventRows(rowOf(seq, 0), rowOf(seq+1, 0)) {
		if err != nil {
			return nil, err
		}
		for _, e := range v.unpack(row) {
			person, err := v.person(e.Person)
			if err != nil {
				return nil, err
			}
			all = append(all, guard.HeldEvent{Place: e.Place, Leaf: e.Leaf, Salt: e.Salt, Content: e.Content, Person: person, At: e.At})
		}
	}
	return all, nil
}

// unpack gives the events of a row; none when somebody wrote something else there.
func (v *verification) unpack(row packedRow) []guard.NumberedEvent {
	events, err := v.codec.UnpackEvents(row.packed)
	if err != nil {
		v.report.Find("batch %d: a row of its events is not what was written", row.num.seq())
	}
	return events
}

// person is who has a number: nobody when there is none.
func (v *verification) person(num int64) (consent.Person, error) {
	if p, ok := v.names.Get(num); ok || num == 0 {
		return p, nil
	}
	var p consent.Person
	_, err := v.tx.row(selectPersonID, []any{num}, &p)
	v.names.Add(num, p)
	return p, err
}

// root reads a batch as it is by now.
func (v *verification) root(seq int64) ([]byte, error) {
	var root []byte
	_, err := v.tx.row(selectRoot, []any{v.writer, seq}, &root)
	return root, err
}
