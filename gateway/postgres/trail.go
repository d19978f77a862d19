package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"concord/consent"
	"concord/gateway/guard"
)

// sealed is an event ready to be written.
type sealed struct {
	content, salt []byte
	leaf          guard.Hash
	person        consent.Person
	at            time.Time
}

// seal makes events ready on the goroutine of whoever has them: hashing is not the writer's work.
func seal(events []guard.Event) ([]sealed, error) {
	var all []sealed
	for _, e := range events {
		content, err := e.Content()
		if err != nil {
			return nil, err
		}
		salt := make([]byte, guard.SaltSize)
		_, _ = rand.Read(salt) // does not fail
		all = append(all, sealed{content, salt, guard.Leaf(salt, content), e.Person, e.At})
	}
	return all, nil
}

// Append hands the events to the writer, who puts them into the next batch, and waits until that is durable. A
// *fhir.Error of the kind transient says that the database did not answer.
func (s *Store) Append(ctx context.Context, events ...guard.Event) error {
	if len(events) == 0 {
		return ctx.Err()
	}
	all, err := seal(events)
	if err != nil {
		return err
	}
	j := &job{events: all, done: make(chan struct{})}
	if err := s.submit(ctx, j); err != nil {
		return err
	}
	return j.err
}

// chain is the head of this node's chain.
type chain struct {
	num    int64 // of the row
	writer string
	seq    int64 // of the newest batch; 0 when there is none
	root   guard.Hash
}

// checkpoint is the head as it is signed.
func (c chain) checkpoint(at time.Time) guard.Checkpoint {
	return guard.Checkpoint{Writer: c.writer, Seq: c.seq, Root: c.root, At: at}
}

const (
	selectWriter = `select num from writer where id = $1`
	insertWriter = `insert into writer (id) values ($1) returning num`
	selectHead   = `select seq, root from batch where writer = $1 order by seq desc limit 1`
)

// newWriter goes on with the chain that the folder of checkpoints names, or names a new one.
func newWriter(ctx context.Context, s *Store, newID func() string) (*writer, error) {
	conn, err := s.write.Acquire(ctx)
	if err != nil {
		return nil, trouble("connect", err)
	}
	defer conn.Release()
	w := &writer{s: s}
	last, ok := s.check.Last()
	w.chain.writer = last.Writer
	if ok {
		err = conn.QueryRow(ctx, selectWriter, w.chain.writer).Scan(&w.chain.num)
	}
	if !ok || errors.Is(err, pgx.ErrNoRows) { // the folder is new, or of another database
		w.chain.writer = newID()
		err = conn.QueryRow(ctx, insertWriter, w.chain.writer).Scan(&w.chain.num)
	}
	if err != nil {
		return nil, trouble("find this node's chain", err)
	}
	if err := w.link(ctx, conn); err != nil {
		return nil, trouble("find the end of the trail", err)
	}
	s.check.Resume(ctx, w.chain.checkpoint(s.now()))
	return w, nil
}

// lockChain is taken by every transaction that writes. Whose connection broke takes it too: then the server has done
// with that transaction, one way or the other.
const lockChain = `select pg_advisory_xact_lock($1)`

// chainKey is the key of the advisory lock of a chain.
func chainKey(num int64) int64 { return tag | 1<<54 | num }

// link finds the head of the chain.
func (w *writer) link(ctx context.Context, conn *pgxpool.Conn) error {
	var root []byte
	w.chain.seq, w.chain.root = 0, guard.Hash{}
	b := &pgx.Batch{}
	b.Queue(`begin`)
	b.Queue(lockChain, chainKey(w.chain.num))
	each(b.Queue(selectHead, w.chain.num), func(rows pgx.Rows) error { return rows.Scan(&w.chain.seq, &root) })
	b.Queue(`commit`)
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return errors.Join(err, back(ctx, conn))
	}
	if root != nil && copy(w.chain.root[:], root) != len(w.chain.root) {
		return guard.ErrPacked
	}
	return nil
}

// append makes a batch of the events, and gives it with the head that the chain will have.
func (w *writer) append(events []sealed) (appended, chain) {
	if len(events) == 0 {
		return appended{}, w.chain
	}
	b := guard.Batch{Writer: w.chain.writer, Seq: w.chain.seq + 1, Prev: w.chain.root, At: w.s.now()}
	for _, e := range events {
		b.Leaves = append(b.Leaves, e.leaf)
	}
	next := chain{w.chain.num, w.chain.writer, b.Seq, b.Root()}
	return appended{next, b, events}, next
}

// appended is a batch of the trail on its way into the database.
type appended struct {
	chain  chain
	batch  guard.Batch
	events []sealed
}

const (
	insertEvents = `insert into event (writer, seq, place, leaf, salt, content, person, at)
select $1, $2, e.place - 1, e.leaf, e.salt, e.content, p.num, e.at
from unnest($3::bytea[], $4::bytea[], $5::bytea[], $6::text[], $7::bigint[]) with ordinality e(leaf, salt, content, person, at, place)
left join person p on p.id = e.person`
	insertBatch = `insert into batch (writer, seq, prev, root, at, count) values ($1, $2, $3, $4, $5, $6)`
)

// write puts a batch into a transaction. The persons are there.
func (a appended) write(b *pgx.Batch) {
	if len(a.events) == 0 {
		return
	}
	var leaves, salts, contents [][]byte
	var people []*string
	var times []int64
	for i := range a.events {
		e := &a.events[i]
		leaves, salts, contents = append(leaves, e.leaf[:]), append(salts, e.salt), append(contents, e.content)
		var person *string
		if e.person != "" {
			person = (*string)(&e.person)
		}
		people, times = append(people, person), append(times, e.at.UnixMicro())
	}
	b.Queue(insertEvents, a.chain.num, a.chain.seq, leaves, salts, contents, people, times)
	b.Queue(insertBatch, a.chain.num, a.chain.seq, a.batch.Prev[:], a.chain.root[:], a.batch.At.UnixMicro(), len(a.events))
}

const (
	selectLooked = `select content from event where person = any(array(
select num from person where num = $1 union all select num from person where survivor = $1))
and at < $2 and content is not null order by at desc, writer desc, seq desc, place desc limit $3`
	endOfTime = int64(1) << 62
)

// Looked gives the newest events about a person, and about those who were merged into them. Erased ones are gone.
func (s *Store) Looked(ctx context.Context, p consent.Person, before time.Time, limit int) ([]guard.Event, error) {
	end := endOfTime
	if !before.IsZero() {
		end = before.UnixMicro()
	}
	var events []guard.Event
	err := s.View(ctx, guard.Want{Records: []consent.Person{p}}, func(snap guard.Snapshot) error {
		v, ok := snap.(*snapshot)
		if !ok {
			return errGone
		}
		who, err := v.who(p)
		if err != nil || who.num == 0 {
			return err
		}
		return v.r.rows(ctx, func(rows pgx.Rows) error {
			var content []byte
			if err := rows.Scan(&content); err != nil {
				return err
			}
			e, err := guard.EventFrom(content)
			events = append(events, e)
			return err
		}, selectLooked, who.num, end, max(limit, 0))
	})
	if err != nil {
		return nil, trouble("read trail", err)
	}
	return events, nil
}
