package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"

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

// gather takes all that waits. After a batch those who were answered are just about to come back, so it lets them
// run before it decides that nobody waits.
func (w *writer) gather(first *job) []*job {
	batch := []*job{first}
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

// transact does all changes of a batch, and then their events, in one transaction. Its error is everybody's.
func (w *writer) transact(batch []*job) error {
	if err := w.tx.exec("begin immediate"); err != nil {
		return wrap("begin", err)
	}
	var events []sealed
	for _, j := range batch {
		if j.change != nil {
			if err := w.one(j); err != nil {
				return w.back(err)
			}
		}
		if j.err == nil && !j.receipt.Replayed {
			events = append(events, j.events...)
		}
	}
	next, err := w.append(events)
	if err != nil {
		return w.back(err)
	}
	labelled, err := w.mark(batch)
	if err != nil {
		return w.back(err)
	}
	if err := w.tx.exec("commit"); err != nil {
		return w.back(err)
	}
	w.chain, w.labelled = next, labelled
	return nil
}

// one does one change inside the transaction, and takes it back alone when it fails. An error of its own is the
// batch's: the connection is of no more use.
func (w *writer) one(j *job) error {
	if err := w.tx.exec("savepoint one"); err != nil {
		return wrap("set savepoint", err)
	}
	j.err = w.change(j)
	if j.err != nil {
		j.receipt = guard.Receipt{}
		if err := w.tx.exec("rollback to one"); err != nil {
			return fmt.Errorf("roll back after %w: %w", j.err, err)
		}
	}
	return wrap("release savepoint", w.tx.exec("release one"))
}

// back ends a transaction that failed. The head of the chain has not moved. Positions that were never committed
// will be given again, so nothing that was read at them may stay known.
func (w *writer) back(err error) error {
	rolled := w.tx.exec("rollback")
	w.s.known.versions.Purge()
	w.numbered.Purge()
	return errors.Join(wrap("write batch", err), wrap("roll back", rolled))
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
