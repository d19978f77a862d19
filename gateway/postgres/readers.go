package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// begin starts a snapshot: everything after it is of one moment. again ends one and starts the next.
const (
	begin = `begin isolation level repeatable read, read only`
	again = `commit and chain`
)

// readers hands out reading connections, each to one reader at a time. A reader who is done does not wait for the
// end of the transaction: it is sent with the beginning of the next one, or soon after when nobody comes.
type readers struct {
	pool  *pgxpool.Pool
	free  chan *reader
	slots chan struct{} // one for each connection that was taken from the pool
}

// reader is one connection.
type reader struct {
	conn  *pgxpool.Conn
	begun bool // the transaction of the last reader has not ended
	idle  int  // how often tidy has passed by since
}

func newReaders(pool *pgxpool.Pool, n int) *readers {
	return &readers{pool: pool, free: make(chan *reader, n), slots: make(chan struct{}, n)}
}

// read begins a transaction, sends the questions with it, and runs use. That the server has cut a connection off
// meanwhile is noticed at the first questions: then another connection is asked, and questions are made again.
func (r *readers) read(ctx context.Context, questions func() *pgx.Batch, use func(*reader) error) error {
	for {
		one, fresh, err := r.take(ctx)
		if err != nil {
			return trouble("connect", err)
		}
		ask := &pgx.Batch{}
		if one.begun {
			ask.Queue(again)
		} else {
			ask.Queue(begin)
		}
		ask.QueuedQueries = append(ask.QueuedQueries, questions().QueuedQueries...)
		one.begun = true
		if err = one.conn.SendBatch(ctx, ask).Close(); err == nil {
			return r.finish(one, use)
		}
		r.drop(one)
		if fresh || !lost(err) {
			return trouble("begin to read", err)
		}
	}
}

// finish runs use inside the transaction and gives the connection back.
func (r *readers) finish(one *reader, use func(*reader) error) error {
	sound := false
	defer func() {
		if !sound { // also when use panics: nobody gets a connection of which nobody knows how it stands
			r.drop(one)
		}
	}()
	err := use(one)
	if sound = !one.conn.Conn().IsClosed() && one.conn.Conn().PgConn().TxStatus() == 'T'; sound {
		one.idle = 0
		r.free <- one
	}
	return err
}

// plain runs use on a connection outside of a transaction, once more when the connection turns out to be dead.
func (r *readers) plain(ctx context.Context, use func(*pgxpool.Conn) error) error {
	for {
		one, fresh, err := r.take(ctx)
		if err != nil {
			return trouble("connect", err)
		}
		if one.begun {
			_, err = one.conn.Exec(ctx, `commit`)
			one.begun = false
		}
		if err == nil {
			err = use(one.conn)
		}
		if err == nil {
			one.idle = 0
			r.free <- one
			return nil
		}
		r.drop(one)
		if fresh || !lost(err) {
			return err
		}
	}
}

// take gives a connection that is free, or a new one while there may be more, or waits for one until ctx ends. It
// reports whether it is new.
func (r *readers) take(ctx context.Context) (*reader, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	select {
	case one := <-r.free:
		return one, false, nil
	default:
	}
	select {
	case one := <-r.free:
		return one, false, nil
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		<-r.slots
		return nil, false, err
	}
	return &reader{conn: conn}, true, nil
}

// drop gives a connection back to the pool, which closes it when it is broken or inside a transaction, and frees
// its slot.
func (r *readers) drop(one *reader) {
	one.conn.Release()
	<-r.slots
}

// tidyEvery is how long a finished transaction stays open at most, about, when nobody reads: as long as it does,
// PostgreSQL keeps rows that were replaced.
const tidyEvery = 100 * time.Millisecond

// tidyLimit is after how many rounds an unused connection is closed.
const tidyLimit = 3000

// tidy ends the transactions that nobody goes on from, until the store is closed.
func (r *readers) tidy(ctx context.Context, closed <-chan struct{}) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for range len(r.free) {
				select {
				case one := <-r.free:
					r.settle(ctx, one)
				default:
				}
			}
		case <-closed:
			return
		}
	}
}

// settle ends the transaction of a connection that was left alone for a round, and puts it back.
func (r *readers) settle(ctx context.Context, one *reader) {
	one.idle++
	if one.idle > tidyLimit {
		r.drop(one)
		return
	}
	if one.begun && one.idle > 1 {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := one.conn.Exec(ctx, `commit`); err != nil {
			r.drop(one)
			return
		}
		one.begun = false
	}
	r.free <- one
}

// close closes all connections. Nobody may read any more.
func (r *readers) close() {
	for {
		select {
		case one := <-r.free:
			r.drop(one)
		default:
			r.pool.Close()
			return
		}
	}
}
