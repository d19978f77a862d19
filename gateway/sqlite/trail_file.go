package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"concord/gateway/guard"
)

// A row of an index for each event cost the writer more than the event itself: each stands on another page, and every
// page that was touched is written to the log and from there to the database. So the index by person is built behind the
// commits, many thousand events at a time, which are sorted and written one after another.

// portionSize is how many events are filed at once. A reader looks into every portion, and a start reads the events
// that no portion has yet.
const portionSize = 1 << 15

const (
	selectFiled   = `select value from clock where name = 'filed'`
	updateFiled   = `update clock set value = ? where name = 'filed'`
	selectPortion = `select coalesce(max(portion), 0) from filed`
	insertFiled   = `insert into filed (portion, last, part, postings) values (?, ?, ?, ?)`
	deleteFiled   = `delete from filed`
)

// filing is a portion on its way to the writer.
type filing struct {
	rows    []packedPostings
	through eventsRow
}

// filings hands portions to the writer until the store is closed. One that it cannot write is tried again: until it is
// in the table, the tail keeps it.
func (s *Store) filings() {
	for {
		select {
		case g := <-s.portions:
			f := &filing{packPostings(slices.Clone(g.postings)), g.through}
			for s.file(f) != nil {
				select {
				case <-time.After(time.Second):
				case <-s.closed:
					return
				}
			}
			s.tail.filed()
		case <-s.closed:
			return
		}
	}
}

func (s *Store) file(f *filing) error {
	j := &job{filing: f, done: make(chan struct{})}
	err := s.submit(context.Background(), j)
	if err == nil {
		err = j.err
	}
	if err != nil && !errors.Is(err, ErrClosed) {
		s.log.Error("file_trail", slog.Any("error", err))
	}
	return err
}

// file writes a portion into the table, inside a transaction.
func (s *session) file(f *filing) error {
	var portion int64
	if _, err := s.row(selectPortion, nil, &portion); err != nil {
		return err
	}
	for part, row := range f.rows {
		if err := s.exec(insertFiled, portion+1, row.last, part, row.data); err != nil {
			return err
		}
	}
	return s.exec(updateFiled, int64(f.through))
}

// filedThrough is up to which row of events the table says where they stand.
func (s *session) filedThrough() (eventsRow, error) {
	var through eventsRow
	_, err := s.row(selectFiled, nil, &through)
	return through, wrap("read how far the trail is filed", err)
}

// tail reads the events that are not filed. There are many only after a migration: then full portions are filed, each
// in a transaction of its own.
func (s *session) tail(codec *guard.Packer, portion int) (generation, error) {
	through, err := s.filedThrough()
	if err != nil {
		return generation{}, err
	}
	var g generation
	for row, err := range s.eventRows(through+1, endOfRows) {
		if err != nil {
			return generation{}, err
		}
		events, _ := codec.UnpackEvents(row.packed) // what cannot be read Verify finds: it keeps nobody from serving
		g.events, g.postings, g.through = g.events+len(events), append(g.postings, postingsOf(row.num, events)...), row.num
		if g.events < portion {
			continue
		}
		f := &filing{packPostings(g.postings), g.through}
		if err := mendWith(&writer{tx: s}, func(*writer) error { return s.file(f) }); err != nil {
			return generation{}, wrap("file the trail", err)
		}
		g = generation{}
	}
	return g, nil
}

const endOfRows = eventsRow(1) << 62
