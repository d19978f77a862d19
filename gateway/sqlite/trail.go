package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

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

// Append hands the events to the writer, who puts them into the next batch, and waits until that is durable.
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

// chain is the head of this database's chain.
type chain struct {
	num    int64 // of the row
	writer string
	seq    int64 // of the newest batch; 0 when there is none
	root   guard.Hash
}

func (c chain) checkpoint(at time.Time) guard.Checkpoint {
	return guard.Checkpoint{Writer: c.writer, Seq: c.seq, Root: c.root, At: at}
}

const (
	selectWriter = `select num, id from writer order by num limit 1`
	insertWriter = `insert into writer (id) values (?)`
	selectHead   = `select seq, root from batch where writer = ? order by seq desc limit 1`
	insertBatch  = `insert into batch (writer, seq, prev, root, at, count) values (?, ?, ?, ?, ?, ?)`
)

// link finds the head of the chain, or names a new one.
func (w *writer) link(newID func() string) error {
	ok, err := w.tx.row(selectWriter, nil, &w.chain.num, &w.chain.writer)
	if err != nil {
		return wrap("find the trail's writer", err)
	}
	if !ok {
		w.chain.writer = newID()
		if w.chain.num, err = w.tx.insert(insertWriter, w.chain.writer); err != nil {
			return wrap("name the trail's writer", err)
		}
		return nil
	}
	var root []byte
	if ok, err = w.tx.row(selectHead, []any{w.chain.num}, &w.chain.seq, &root); err != nil || !ok {
		return wrap("find the end of the trail", err)
	}
	if copy(w.chain.root[:], root) != len(w.chain.root) {
		return wrap("find the end of the trail", guard.ErrPacked)
	}
	return nil
}

// append adds a batch of the events to the chain, inside the transaction, and gives the new head and where they stand.
func (w *writer) append(events []sealed) (chain, generation, error) {
	if len(events) == 0 {
		return w.chain, generation{}, nil
	}
	b := guard.Batch{Writer: w.chain.writer, Seq: w.chain.seq + 1, Prev: w.chain.root, At: w.s.now()}
	b.Leaves = make([]guard.Hash, 0, len(events))
	all := make([]guard.NumberedEvent, 0, len(events))
	for i, e := range events {
		b.Leaves = append(b.Leaves, e.leaf)
		person, err := w.inTrail(e.person)
		if err != nil {
			return chain{}, generation{}, err
		}
		all = append(all, guard.NumberedEvent{
			Place: int64(i), Person: person, At: e.at.UnixMicro(), Leaf: events[i].leaf[:], Salt: e.salt, Content: e.content,
		})
	}
	g := generation{events: len(all)}
	n := 0
	for row := range slices.Chunk(all, eventsInRow) {
		g.through = rowOf(b.Seq, n)
		if err := w.tx.exec(insertEvents, int64(g.through), w.s.codec.PackEvents(row)); err != nil {
			return chain{}, generation{}, err
		}
		g.postings = append(g.postings, postingsOf(g.through, row)...)
		n++
	}
	if n >= rowsInBatch {
		return chain{}, generation{}, errors.New("append to the trail: one batch has too many events")
	}
	root := b.Root()
	err := w.tx.exec(insertBatch, w.chain.num, b.Seq, b.Prev[:], root[:], b.At.UnixMicro(), len(events))
	return chain{w.chain.num, w.chain.writer, b.Seq, root}, g, err
}

// inTrail is the number of the person whom an event is about, or 0. Numbers are given once and for all, so they
// are remembered; a batch that fails forgets them, since it may have given some.
func (w *writer) inTrail(p consent.Person) (int64, error) {
	if p == "" {
		return 0, nil
	}
	if num, ok := w.numbered.Get(p); ok {
		return num, nil
	}
	num, err := w.person(p)
	if err == nil {
		w.numbered.Add(p, num)
	}
	return num, err
}
