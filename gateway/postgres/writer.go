package postgres

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"concord/gateway/guard"
)

const (
	maxBatch = 512 // how many jobs share one transaction at most
	attempts = 8   // how often a transaction is tried that others keep from going through
	redials  = 2   // how often one is tried again whose connection broke
)

// writer owns the one connection of this node that writes.
type writer struct {
	s     *Store
	chain chain
	stale bool // the end of the chain in the database may be another than the one known here
}

// run writes batches until the store is closed and nothing waits.
func (w *writer) run() {
	for {
		select {
		case j := <-w.s.queue:
			w.write(w.gather(j))
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

// write makes the batch durable and answers everybody. A change that fails alone takes nobody along.
func (w *writer) write(batch []*job) {
	err := w.persist(batch)
	if err != nil && len(batch) > 1 && !passes(err) { // one of them cannot be written: the others can
		for _, j := range batch {
			w.write([]*job{j})
		}
		return
	}
	for _, j := range batch {
		if err != nil {
			j.receipt, j.replay, j.err = guard.Receipt{}, nil, err
		}
		close(j.done)
	}
	if err != nil {
		w.s.log.Error("write_batch", slog.Any("error", err))
	}
}

// persist tries a batch until it is through: this is the one place where anything is tried again. Others being in
// the way (a row that came in between, a deadlock) is a reason, and so is a connection that broke: the chain then
// says whether the batch had been committed. A batch without events leaves no such mark, and is not tried again once
// its end was sent.
func (w *writer) persist(batch []*job) error {
	var pending *chain
	for n := 1; ; n++ {
		err := w.attempt(batch, &pending)
		if err == nil {
			return nil
		}
		retry := code(err) == uniqueViolation || code(err) == serialisationFailed || code(err) == deadlockDetected
		broke, ok := errors.AsType[*brokenError](err)
		if ok {
			w.stale = true
			retry = (!broke.ending || pending != nil) && n <= redials && !errors.Is(err, context.DeadlineExceeded)
		}
		if code(err) == uniqueViolation {
			w.stale = true // perhaps it was the chain's own
		}
		if !retry || n == attempts {
			return trouble("write batch", err)
		}
		time.Sleep(time.Duration(n*n) * time.Millisecond)
	}
}

// brokenError is a connection that broke in a transaction; ending says that its end had been sent.
type brokenError struct {
	ending bool
	err    error
}

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// broken marks an error with which the connection broke.
func broken(conn *pgxpool.Conn, err error) error {
	if !lost(err) && !conn.Conn().IsClosed() {
		return err
	}
	_, ending := errors.AsType[*endError](err)
	return &brokenError{ending, err}
}

// attempt does one transaction. What it appended to the chain is in pending until it is known to be there.
func (w *writer) attempt(batch []*job, pending **chain) error {
	ctx, cancel := context.WithTimeout(context.Background(), w.s.limit) // no caller's end is that of the transaction
	defer cancel()
	conn, err := w.s.write.Acquire(ctx)
	if err != nil {
		return &brokenError{err: err}
	}
	defer conn.Release()
	if w.stale {
		if err := w.link(ctx, conn); err != nil {
			return broken(conn, err)
		}
		w.stale = false
		if p := *pending; p != nil && p.seq == w.chain.seq && p.root == w.chain.root {
			w.sign()
			return nil // the batch had been committed before the connection broke
		}
		*pending = nil
	}
	next, err := w.transact(ctx, conn, batch, pending)
	if err != nil {
		return broken(conn, err)
	}
	*pending = nil
	if next.seq > w.chain.seq {
		w.chain = next
		w.sign()
	}
	return nil
}

// sign writes the checkpoint of the chain's head. It never fails a batch: see guard.Checkpoints.
func (w *writer) sign() { w.s.check.Put(w.chain.checkpoint(w.s.now())) }

// endError is a fault of the part of a transaction with which its end was sent.
type endError struct{ err error }

func (e *endError) Error() string { return e.err.Error() }
func (e *endError) Unwrap() error { return e.err }

// transact does all changes of a batch, and then their events, in one transaction: one trip that locks and reads
// what the changes rest on, and one that writes. Events alone need only the second.
func (w *writer) transact(ctx context.Context, conn *pgxpool.Conn, batch []*job, pending **chain) (chain, error) {
	l := newLedger(w.s, w.chain.num, batch)
	if l.changes() {
		if err := l.read(ctx, conn); err != nil {
			return chain{}, errors.Join(err, back(ctx, conn))
		}
	}
	var events []sealed
	for _, j := range batch {
		j.err, j.replay, j.receipt = nil, nil, guard.Receipt{}
		if j.change != nil {
			j.err = l.change(j)
		}
		if j.err == nil && !j.receipt.Replayed {
			events = append(events, j.events...)
		}
	}
	if err := l.readBefore(ctx, conn); err != nil {
		return chain{}, errors.Join(err, back(ctx, conn))
	}
	b, next := w.append(events)
	if next.seq > w.chain.seq {
		*pending = &next
	}
	if err := l.write(ctx, conn, b); err != nil {
		return chain{}, errors.Join(&endError{err}, back(ctx, conn))
	}
	return next, nil
}

// back ends a transaction that failed, unless the connection did.
func back(ctx context.Context, conn *pgxpool.Conn) error {
	if conn.Conn().IsClosed() || conn.Conn().PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := conn.Exec(ctx, `rollback`)
	return err
}
