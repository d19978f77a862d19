package sqlite

import (
	"iter"

	"concord/gateway/guard"
)

// The events of a batch stand in rows of eventsInRow, packed. Eighteen of them would fill a page, and a row that is
// larger takes pages of its own; an event is found in a row by reading all of it.
const (
	eventsInRow = 16
	rowsInBatch = 1 << 16

	rowsTogether = 1024 // are read by one statement
)

const (
	insertEvents    = `insert into events (num, packed) values (?, ?)`
	selectEvents    = `select num, packed from events where num >= ? and num < ? order by num limit ?`
	selectEventsRow = `select packed from events where num = ?`
)

// eventsRow is the number of a row of events.
type eventsRow int64

// rowOf is the number of a row of a batch.
func rowOf(seq int64, n int) eventsRow { return eventsRow(seq*rowsInBatch + int64(n)) }

func (r eventsRow) seq() int64 { return int64(r) / rowsInBatch }

// packedRow is a row of events as it is kept.
type packedRow struct {
	num    eventsRow
	packed []byte
}

// eventRows gives the rows from a number up to, but not with, another. No statement is open while they are used.
func (s *session) eventRows(from, end eventsRow) iter.Seq2[packedRow, error] {
	return func(yield func(packedRow, error) bool) {
		for {
			var some []packedRow
			var one packedRow
			for err := range s.rows(selectEvents, []any{int64(from), int64(end), rowsTogether}, &one.num, &one.packed) {
				if err != nil {
					yield(packedRow{}, err)
					return
				}
				some = append(some, one)
			}
			for _, row := range some {
				if !yield(row, nil) {
					return
				}
				from = row.num + 1
			}
			if len(some) < rowsTogether {
				return
			}
		}
	}
}

// eventsIn unpacks a row that is known to be there.
func (s *session) eventsIn(codec *guard.Packer, num eventsRow) ([]guard.NumberedEvent, error) {
	var packed []byte
	if _, err := s.row(selectEventsRow, []any{int64(num)}, &packed); err != nil {
		return nil, err
	}
	return codec.UnpackEvents(packed)
}
