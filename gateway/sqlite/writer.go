package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"concord/consent"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// maxBatch is how many changes share one sync at most.
const maxBatch = 512

// writer owns the writing connection.
type writer struct {
	s     *Store
	tx    *session
	chain chain

	numbered *lru.Cache[consent.Person, int64] // the numbers of those of whom the trail has spoken lately
	labelled watermark
	sealed   []sealed // room for the events of a batch
	shared   bool     // the last batch was of several jobs
}

// newWriter takes the writing connection, also when it fails, and finds the end of the trail.
func newWriter(s *Store, tx *session, newID func() string) (*writer, error) {
	numbered, err := lru.New[consent.Person, int64](recentPersons)
	if err != nil {
		return nil, errors.Join(err, tx.close())
	}
	w := &writer{s: s, tx: tx, numbered: numbered}
	if err := w.link(newID); err != nil {
		return nil, errors.Join(err, tx.close())
	}
	if w.labelled, err = tx.watermark(); err != nil {
		return nil, errors.Join(err, tx.close())
	}
	if s.tail.recent, err = tx.tail(s.codec, s.tail.portion); err != nil {
		return nil, errors.Join(err, tx.close())
	}
	return w, nil
}

// run writes batches until the store is closed and nothing waits.
func (w *writer) run() {
	defer func() {
		if err := w.close(); err != nil {
			w.s.log.Error("close_writer", slog.Any("error", err))
		}
	}()
	for {
		select {
		case j := <-w.s.queue:
			w.write(w.gather(j))
			w.cut()
		case <-w.s.closed:
			return
		}
	}
}

// How long a batch is waited for, and the size from which it is not. A sync and the pages of a commit cost as much as
// recording ten events; with 32 readers there were four in a batch, and with this pause nine, and a quarter more reads.
// Pauses of four times the length gained no more.
const (
	pause = 50 * time.Microsecond
	ample = 16
)

// gather takes all that waits. After a batch those who were answered are just about to come back, so it lets them
// run before it decides that nobody waits. When several shared the last batch it waits a little for those of this one;
// who is alone never waits.
func (w *writer) gather(first *job) []*job {
	batch := w.waiting([]*job{first})
	if w.shared && len(batch) < ample {
		time.Sleep(pause)
		batch = w.waiting(batch)
	}
	w.shared = len(batch) > 1
	return batch
}

// waiting adds those who wait to a batch.
func (w *writer) waiting(batch []*job) []*job {
	for idle := 0; idle < 2 && len(batch) < maxBatch; {
		select {
		case j := <-w.s.queue:
			batch, idle = append(batch, j), 0
		default:
			runtime.Gosched()
			idle++
		}
	}
	return batch
}

// write makes the batch durable with one sync and answers everybody. A change that fails alone takes nobody along.
func (w *writer) write(batch []*job) {
	before := w.chain.seq
	err := w.settled(batch)
	for _, j := range batch {
		if err != nil {
			j.receipt, j.err = guard.Receipt{}, err
		}
		close(j.done)
	}
	if err != nil {
		w.s.log.Error("write_batch", slog.Any("error", err))
		return
	}
	if c := w.chain; c.seq > before {
		w.s.check.Put(c.checkpoint(w.s.now()))
	}
}

// settled does the batch, and lets what was remembered of the record before be forgotten.
func (w *writer) settled(batch []*job) error {
	if changes(batch) {
		w.s.recent.unsettle()
		defer w.s.recent.settle(batch)
	}
	return w.transact(batch)
}

func (w *writer) close() error { return w.tx.close() }

// read gives what a snapshot would, inside the writer's own transaction.
func (w *writer) read() *snapshot {
	return &snapshot{ctx: context.Background(), s: w.s, r: w.tx, stage: never}
}

// index is what the newest version of a thing is found by.
func (w *writer) index(position int64) ([]search.Entry, error) {
	held, err := w.read().load(position)
	if err != nil {
		return nil, err
	}
	return held.entries()
}
