package guard

import (
	"fmt"
	"iter"
	"time"

	"concord/consent"
)

// Report is what the verification of a trail found out.
type Report struct {
	Batches     int64 // read
	Events      int64 // read
	Erased      int64 // events whose content was erased
	Checkpoints int64 // read, with good signatures
	Uncovered   int64 // batches after the last checkpoint: a crash leaves some, and nothing shows when these are cut off
	Unsigned    int64 // chains whose checkpoints were not given: their batches are all uncovered
	Findings    []string
}

// OK reports whether nothing was found.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// maxFindings bounds how much is told: one change in the middle may spoil all that follows.
const maxFindings = 100

// Find adds a finding. It names batches and places, never what events say.
func (r *Report) Find(format string, args ...any) {
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
	}
}

// HeldChain is one chain of the trail as a store holds it.
type HeldChain struct {
	Writer  string
	Batches iter.Seq2[HeldBatch, error]              // in the order of their numbers, as of one moment
	Root    func(seq int64) (root []byte, err error) // of a batch as it is now; nil when there is none
}

// HeldBatch is a batch with its events in the order of their places.
type HeldBatch struct {
	Seq        int64
	Prev, Root []byte
	At         int64 // microseconds
	Count      int64
	Events     []HeldEvent
}

// HeldEvent is one event. Salt and Content are nil once they were erased.
type HeldEvent struct {
	Place               int64
	Leaf, Salt, Content []byte
	Person              consent.Person
	At                  int64 // microseconds
}

// VerifyChain reads one chain and its checkpoints, nil when there are none to hold it against, and adds to the report
// what was edited, left out, put in or put in another order, and what was cut off that a checkpoint covers. A server
// may be writing meanwhile. An error means that it could not be read at all.
func VerifyChain(r *Report, c HeldChain, signed *SignedCheckpoints) error {
	v := &verification{report: r, chain: c, signed: signed}
	if err := v.step(); err != nil {
		return err
	}
	for b, err := range c.Batches {
		if err != nil {
			return err
		}
		v.batch(b)
		if err := v.meet(); err != nil {
			return err
		}
	}
	return v.rest()
}

// verification is a VerifyChain under way. It walks batches and checkpoints together: checkpoints are only ever
// behind the database.
type verification struct {
	report *Report
	chain  HeldChain
	signed *SignedCheckpoints

	prev    Hash  // root of the batch before
	seq     int64 // of the batch before
	next    Checkpoint
	waiting bool  // next is a checkpoint that no batch has met yet
	last    int64 // newest batch that a checkpoint covers, as far as was read
}

// batch holds a batch against the one before and against its events.
func (v *verification) batch(held HeldBatch) {
	v.report.Batches++
	if held.Seq != v.seq+1 {
		v.report.Find("batch %d: it follows batch %d", held.Seq, v.seq)
	}
	if hashOf(held.Prev) != v.prev {
		v.report.Find("batch %d: it does not go on from the batch before", held.Seq)
	}
	b := Batch{Writer: v.chain.Writer, Seq: held.Seq, Prev: hashOf(held.Prev), At: time.UnixMicro(held.At), Leaves: v.leaves(held)}
	if int64(len(b.Leaves)) != held.Count {
		v.report.Find("batch %d: it has %d events, and was written with %d", b.Seq, len(b.Leaves), held.Count)
	}
	if b.Root() != hashOf(held.Root) {
		v.report.Find("batch %d: its root is not that of its events", b.Seq)
	}
	v.seq, v.prev = b.Seq, hashOf(held.Root)
}

// leaves holds what the events of a batch say against their leaves.
func (v *verification) leaves(b HeldBatch) []Hash {
	var leaves []Hash
	for _, held := range b.Events {
		v.report.Events++
		if held.Place != int64(len(leaves)) {
			v.report.Find("batch %d: the event at place %d stands where %d is missing", b.Seq, held.Place, len(leaves))
		}
		leaf := hashOf(held.Leaf)
		leaves = append(leaves, leaf)
		if held.Content == nil && held.Salt == nil {
			v.report.Erased++
			continue
		}
		if Leaf(held.Salt, held.Content) != leaf {
			v.report.Find("batch %d: the event at place %d does not say what it said", b.Seq, held.Place)
			continue
		}
		e, err := EventFrom(held.Content)
		if err != nil || e.Person != held.Person || e.At.UnixMicro() != held.At {
			v.report.Find("batch %d: the event at place %d is filed under another person or time than it names", b.Seq, held.Place)
		}
	}
	return leaves
}

// meet holds the batch just read against the checkpoints of it.
func (v *verification) meet() error {
	for v.waiting && v.next.Seq <= v.seq {
		if v.next.Seq < v.seq {
			v.report.Find("batch %d: a checkpoint covers it, and it is not there", v.next.Seq)
		} else if v.next.Root != v.prev {
			v.report.Find("batch %d: its root is not the one that was signed", v.seq)
		}
		if err := v.step(); err != nil {
			return err
		}
	}
	return nil
}

// step goes to the next checkpoint of this chain.
func (v *verification) step() error {
	for v.signed != nil {
		c, ok, err := v.signed.Next(v.report)
		if err != nil || !ok {
			v.waiting = false
			return err
		}
		if c.Writer != v.chain.Writer {
			v.report.Find("checkpoints: line %d is of another database's trail", v.signed.line)
			continue
		}
		if c.Seq <= v.last {
			v.report.Find("checkpoints: line %d is of batch %d, and follows one of batch %d", v.signed.line, c.Seq, v.last)
			continue
		}
		v.last, v.next, v.waiting = c.Seq, c, true
		return nil
	}
	return nil
}

// rest looks at the checkpoints beyond the last batch: the trail was cut off, unless a server is writing and they
// are younger than what was read.
func (v *verification) rest() error {
	first, missing := v.next.Seq, int64(0)
	for v.waiting {
		root, err := v.chain.Root(v.next.Seq)
		if err != nil {
			return err
		}
		if root == nil || hashOf(root) != v.next.Root {
			missing++
		}
		if err := v.step(); err != nil {
			return err
		}
	}
	if missing > 0 {
		v.report.Find("the trail ends at batch %d: %d checkpoints, from that of batch %d, cover more", v.seq, missing, first)
	}
	v.report.Uncovered += max(v.seq-v.last, 0)
	return nil
}

// hashOf takes the bytes of a column; what has another length is no hash and equals none.
func hashOf(data []byte) Hash {
	if len(data) != len(Hash{}) {
		return Leaf(nil, data)
	}
	return Hash(data)
}
