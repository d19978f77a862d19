package sqlite

import (
	"errors"
	"fmt"

	"concord/gateway/guard"
)

// transact does a batch in one transaction, and again with a savepoint before each change when one of them failed half
// done: then that one alone has to be taken back. It is rare, since what a change rests on is looked at before it writes.
// With a savepoint SQLite copies every page that it then touches, a twentieth of all that a create costs.
func (w *writer) transact(batch []*job) error {
	err := w.attempt(batch, w.plainly)
	if !errors.Is(err, errHalfDone) {
		return err
	}
	for _, j := range batch {
		j.receipt, j.low, j.err = guard.Receipt{}, 0, nil
		clear(j.touched)
	}
	return w.attempt(batch, w.alone)
}

// attempt does all changes of a batch, and then their events, in one transaction. Its error is everybody's.
func (w *writer) attempt(batch []*job, one func(*job) error) error {
	if err := w.tx.exec("begin immediate"); err != nil {
		return wrap("begin", err)
	}
	events := w.sealed[:0]
	for _, j := range batch {
		if j.change != nil || j.filing != nil {
			if err := one(j); err != nil {
				return w.back(err)
			}
		}
		if j.err == nil && !j.receipt.Replayed {
			events = append(events, j.events...)
		}
	}
	w.sealed = events
	next, appended, err := w.append(events)
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
	if portion, ok := w.s.tail.add(appended); ok {
		w.s.portions <- portion // there is room: the one before is filed
	}
	return nil
}

// errHalfDone says that a change failed after it had written something.
var errHalfDone = errors.New("a change failed half done")

// plainly does one change, or files a portion of the trail, inside the transaction. When it fails it has to have
// written nothing.
func (w *writer) plainly(j *job) error {
	before := w.tx.writes
	if j.err = w.do(j); j.err == nil {
		return nil
	}
	j.receipt = guard.Receipt{}
	if w.tx.writes != before {
		return errHalfDone
	}
	return nil
}

// alone does the same, and takes it back by itself when it fails. An error of its own is the batch's: the connection is
// of no more use.
func (w *writer) alone(j *job) error {
	if err := w.tx.exec("savepoint one"); err != nil {
		return wrap("set savepoint", err)
	}
	j.err = w.do(j)
	if j.err != nil {
		j.receipt = guard.Receipt{}
		if err := w.tx.exec("rollback to one"); err != nil {
			return fmt.Errorf("roll back after %w: %w", j.err, err)
		}
	}
	return wrap("release savepoint", w.tx.exec("release one"))
}

func (w *writer) do(j *job) error {
	if j.filing != nil {
		return w.tx.file(j.filing)
	}
	return w.change(j)
}

// back ends a transaction that failed. The head of the chain has not moved. Positions that were never committed
// will be given again, so nothing that was read at them may stay known.
func (w *writer) back(err error) error {
	rolled := w.tx.exec("rollback")
	w.s.known.versions.Purge()
	w.numbered.Purge()
	return errors.Join(wrap("write batch", err), wrap("roll back", rolled))
}
