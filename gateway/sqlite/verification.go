package sqlite

import (
	"context"

	"concord/gateway/guard"
)

// verification is a Verify under way. It walks batches and checkpoints together, both in the order of their
// numbers. A server may be writing meanwhile: the batches are read to the end first known, and checkpoints are only
// ever behind the database.
type verification struct {
	tx     *session
	signed *signedFile
	report Report

	writer  int64
	name    string
	prev    guard.Hash // root of the batch before
	seq     int64      // of the batch before
	next    guard.Checkpoint
	waiting bool  // next is a checkpoint that no batch has met yet
	last    int64 // newest batch that a checkpoint covers, as far as was read
}

const (
	selectWriters = `select num, id from writer order by num`
	selectBatches = `select seq, prev, root, at, count from batch where writer = ? order by seq`
	selectStrays  = `select count(*) from event e where not exists (
select 1 from batch b where b.writer = e.writer and b.seq = e.seq)`
	selectEvents = `select e.place, e.leaf, e.salt, e.content, coalesce(p.id, ''), e.at
from event e left join person p on p.num = e.person where e.writer = ? and e.seq = ? order by e.place`
)

// run reads the chain as of one moment, and then what checkpoints say beyond it.
func (v *verification) run(ctx context.Context) error {
	if _, err := v.tx.exec("begin"); err != nil { // all is read as of one moment
		return err
	}
	var strays int64
	if _, err := v.tx.row(selectStrays, nil, &strays); err != nil {
		return err
	}
	if strays > 0 {
		v.report.find("%d events stand in no batch", strays)
	}
	writers := 0
	for err := range v.tx.rows(selectWriters, nil, &v.writer, &v.name) {
		if err != nil {
			return err
		}
		writers++
	}
	if writers > 1 {
		v.report.find("there are %d chains, where the database's own is the only one", writers)
	}
	if err := v.step(); err != nil {
		return err
	}
	if err := v.walk(ctx); err != nil {
		return err
	}
	return v.rest()
}

// walk reads the chain batch by batch.
func (v *verification) walk(ctx context.Context) error {
	var b guard.Batch
	var prev, root []byte
	var at, count int64
	for err := range v.tx.rows(selectBatches, []any{v.writer}, &b.Seq, &prev, &root, &at, &count) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		v.report.Batches++
		if b.Seq != v.seq+1 {
			v.report.find("batch %d: it follows batch %d", b.Seq, v.seq)
		}
		if hash(prev) != v.prev {
			v.report.find("batch %d: it does not go on from the batch before", b.Seq)
		}
		if b.Leaves, err = v.leaves(b.Seq); err != nil {
			return err
		}
		if int64(len(b.Leaves)) != count {
			v.report.find("batch %d: it has %d events, and was written with %d", b.Seq, len(b.Leaves), count)
		}
		b.Writer, b.Prev, b.At = v.name, hash(prev), moment(at)
		if b.Root() != hash(root) {
			v.report.find("batch %d: its root is not that of its events", b.Seq)
		}
		v.seq, v.prev = b.Seq, hash(root)
		if err := v.meet(); err != nil {
			return err
		}
	}
	return nil
}

// leaves reads the events of a batch and holds what they say against their leaves.
func (v *verification) leaves(seq int64) ([]guard.Hash, error) {
	var leaves []guard.Hash
	var place, at int64
	var leaf, salt, content []byte
	var person string
	for err := range v.tx.rows(selectEvents, []any{v.writer, seq}, &place, &leaf, &salt, &content, &person, &at) {
		if err != nil {
			return nil, err
		}
		v.report.Events++
		if place != int64(len(leaves)) {
			v.report.find("batch %d: the event at place %d stands where %d is missing", seq, place, len(leaves))
		}
		leaves = append(leaves, hash(leaf))
		if content == nil && salt == nil {
			v.report.Erased++
			continue
		}
		if guard.Leaf(salt, content) != hash(leaf) {
			v.report.find("batch %d: the event at place %d does not say what it said", seq, place)
			continue
		}
		e, err := guard.EventFrom(content)
		if err != nil || string(e.Person) != person || e.At.UnixMicro() != at {
			v.report.find("batch %d: the event at place %d is filed under another person or time than it names", seq, place)
		}
	}
	return leaves, nil
}

// meet holds the batch just read against the checkpoints of it.
func (v *verification) meet() error {
	for v.waiting && v.next.Seq <= v.seq {
		if v.next.Seq < v.seq {
			v.report.find("batch %d: a checkpoint covers it, and it is not there", v.next.Seq)
		} else if v.next.Root != v.prev {
			v.report.find("batch %d: its root is not the one that was signed", v.seq)
		}
		if err := v.step(); err != nil {
			return err
		}
	}
	return nil
}

// step goes to the next checkpoint of this chain.
func (v *verification) step() error {
	for {
		c, ok, err := v.signed.next(&v.report)
		if err != nil || !ok {
			v.waiting = false
			return err
		}
		if c.Writer != v.name {
			v.report.find("checkpoints: line %d is of another database's trail", v.signed.line)
			continue
		}
		if c.Seq <= v.last {
			v.report.find("checkpoints: line %d is of batch %d, and follows one of batch %d", v.signed.line, c.Seq, v.last)
			continue
		}
		v.last, v.next, v.waiting = c.Seq, c, true
		return nil
	}
}

// rest looks at the checkpoints beyond the last batch: the trail was cut off, unless a server is writing and they
// are younger than what was read.
func (v *verification) rest() error {
	if _, err := v.tx.exec("commit"); err != nil {
		return err
	}
	first, missing := v.next.Seq, int64(0)
	for v.waiting {
		written, err := v.written(v.next)
		if err != nil {
			return err
		}
		if !written {
			missing++
		}
		if err := v.step(); err != nil {
			return err
		}
	}
	if missing > 0 {
		v.report.find("the trail ends at batch %d: %d checkpoints, from that of batch %d, cover more", v.seq, missing, first)
	}
	v.report.Uncovered = max(v.seq-v.last, 0)
	return nil
}

const selectRoot = `select root from batch where writer = ? and seq = ?`

// written reports whether the batch of a checkpoint has come since.
func (v *verification) written(c guard.Checkpoint) (bool, error) {
	var root []byte
	ok, err := v.tx.row(selectRoot, []any{v.writer, c.Seq}, &root)
	return ok && hash(root) == c.Root, err
}
