package sqlite

import (
	"context"
	"crypto/rand"
	"strings"
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
	insertEvent  = `insert into event (writer, seq, place, leaf, salt, content, person, at) values (?, ?, ?, ?, ?, ?, ?, ?)`
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

// rowsAtOnce is how many events one statement writes. A statement costs more than the rows in it, and there is at
// least one event for every read.
const rowsAtOnce = 16

var insertEvents = insertEvent + strings.Repeat(`, (?, ?, ?, ?, ?, ?, ?, ?)`, rowsAtOnce-1)

// append adds a batch of the events to the chain, inside the transaction, and gives the new head.
func (w *writer) append(events []sealed) (chain, error) {
	if len(events) == 0 {
		return w.chain, nil
	}
	b := guard.Batch{Writer: w.chain.writer, Seq: w.chain.seq + 1, Prev: w.chain.root, At: w.s.now()}
	b.Leaves = make([]guard.Hash, 0, len(events))
	args := make([]any, 0, 8*len(events))
	for i, e := range events {
		b.Leaves = append(b.Leaves, e.leaf)
		person, err := w.inTrail(e.person)
		if err != nil {
			return chain{}, err
		}
		args = append(args, w.chain.num, b.Seq, i, events[i].leaf[:], e.salt, e.content, person, e.at.UnixMicro())
	}
	for len(args) > 0 {
		text, n := insertEvent, 8
		if len(args) >= 8*rowsAtOnce {
			text, n = insertEvents, 8*rowsAtOnce
		}
		if err := w.tx.exec(text, args[:n]...); err != nil {
			return chain{}, err
		}
		args = args[n:]
	}
	root := b.Root()
	err := w.tx.exec(insertBatch, w.chain.num, b.Seq, b.Prev[:], root[:], b.At.UnixMicro(), len(events))
	return chain{w.chain.num, w.chain.writer, b.Seq, root}, err
}

// inTrail is the number of the person whom an event is about, or null. Numbers are given once and for all, so they
// are remembered; a batch that fails forgets them, since it may have given some.
func (w *writer) inTrail(p consent.Person) (any, error) {
	if p == "" {
		return nil, nil //nolint:nilnil // null is the value
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

const (
	selectLooked = `select content from event where person in (
select num from person where num = ?1 union all select num from person where survivor = ?1)
and at < ?2 and content is not null order by at desc, writer desc, seq desc, place desc limit ?3`
	endOfTime = int64(1) << 62
)

// Looked gives the newest events about a person, and about those who were merged into them. Erased ones are gone.
func (s *Store) Looked(ctx context.Context, p consent.Person, before time.Time, limit int) ([]guard.Event, error) {
	end := endOfTime
	if !before.IsZero() {
		end = before.UnixMicro()
	}
	var events []guard.Event
	err := s.readers.read(ctx, func(r *session) error {
		who, ok, err := (&snapshot{ctx: ctx, s: s, r: r, stage: never}).who(p)
		if err != nil || !ok {
			return err
		}
		contents, err := list[[]byte](r, selectLooked, who.num, end, max(limit, 0))
		if err != nil {
			return err
		}
		for _, content := range contents {
			e, err := guard.EventFrom(content)
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		return nil
	})
	if err != nil {
		return nil, wrap("read trail", err)
	}
	return events, nil
}
