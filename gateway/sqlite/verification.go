package sqlite

import (
	"context"
	"iter"

	"concord/consent"
	"concord/gateway/guard"
)

// verification is a Verify under way. A server may be writing meanwhile: the batches are read to the end first known.
type verification struct {
	tx     *session
	signed *guard.SignedCheckpoints
	report Report
	writer int64
}

const (
	selectWriters = `select num, id from writer order by num`
	selectBatches = `select seq, prev, root, at, count from batch where writer = ? order by seq`
	selectStrays  = `select count(*) from event e where not exists (
select 1 from batch b where b.writer = e.writer and b.seq = e.seq)`
	selectEvents = `select e.place, e.leaf, e.salt, e.content, coalesce(p.id, ''), e.at
from event e left join person p on p.num = e.person where e.writer = ? and e.seq = ? order by e.place`
	selectRoot = `select root from batch where writer = ? and seq = ?`
)

// run reads the chain as of one moment, and then what checkpoints say beyond it.
func (v *verification) run(ctx context.Context) error {
	if err := v.tx.exec("begin"); err != nil { // all is read as of one moment
		return err
	}
	var strays int64
	if _, err := v.tx.row(selectStrays, nil, &strays); err != nil {
		return err
	}
	if strays > 0 {
		v.report.Find("%d events stand in no batch", strays)
	}
	writers, name := 0, ""
	for err := range v.tx.rows(selectWriters, nil, &v.writer, &name) {
		if err != nil {
			return err
		}
		writers++
	}
	if writers > 1 {
		v.report.Find("there are %d chains, where the database's own is the only one", writers)
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

func (v *verification) events(seq int64) ([]guard.HeldEvent, error) {
	var all []guard.HeldEvent
	var e guard.HeldEvent
	var person string
	for err := range v.tx.rows(selectEvents, []any{v.writer, seq}, &e.Place, &e.Leaf, &e.Salt, &e.Content, &person, &e.At) {
		if err != nil {
			return nil, err
		}
		e.Person = consent.Person(person)
		all = append(all, e)
		e = guard.HeldEvent{}
	}
	return all, nil
}

// root reads a batch as it is by now.
func (v *verification) root(seq int64) ([]byte, error) {
	var root []byte
	_, err := v.tx.row(selectRoot, []any{v.writer, seq}, &root)
	return root, err
}
