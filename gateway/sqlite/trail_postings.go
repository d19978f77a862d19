package sqlite

import (
	"cmp"
	"encoding/binary"
	"slices"

	"concord/gateway/guard"
)

// posting says where an event about a person stands.
type posting struct {
	person, at int64 // at in microseconds
	row        eventsRow
	place      int64 // in the batch
}

// newestFirst is the order in which a person's events are read.
func newestFirst(a, b posting) int {
	return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.row, a.row), cmp.Compare(b.place, a.place))
}

// postingsOf are those of the events of a row that are about anybody.
func postingsOf(num eventsRow, events []guard.NumberedEvent) []posting {
	var some []posting
	for _, e := range events {
		if e.Person != 0 {
			some = append(some, posting{e.Person, e.At, num, e.Place})
		}
	}
	return some
}

// packedPostings is a row of the table "filed".
type packedPostings struct {
	last int64 // person
	data []byte
}

// postingsRoom is how many bytes of postings stand in a row: what is larger than a quarter of a page would leave it, as a
// table without row numbers keeps it.
const postingsRoom = 900

// packPostings sorts a portion by person and cuts it into rows. Each number is written as what it is more than that of
// the posting before; a posting takes some ten bytes.
func packPostings(portion []posting) []packedPostings {
	slices.SortFunc(portion, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.row, b.row), cmp.Compare(a.place, b.place))
	})
	var rows []packedPostings
	var data []byte
	var last posting
	for _, p := range portion {
		if len(data) > postingsRoom-4*binary.MaxVarintLen64 {
			rows = append(rows, packedPostings{last.person, data})
			data, last = nil, posting{}
		}
		data = binary.AppendVarint(data, p.person-last.person)
		data = binary.AppendVarint(data, p.at-last.at)
		data = binary.AppendVarint(data, int64(p.row-last.row))
		data = binary.AppendVarint(data, p.place-last.place)
		last = p
	}
	if len(data) > 0 {
		rows = append(rows, packedPostings{last.person, data})
	}
	return rows
}

// unpackPostings reads a row. The error is guard.ErrPacked.
func unpackPostings(data []byte) ([]posting, error) {
	var some []posting
	var last posting
	for len(data) > 0 {
		var more [4]int64
		for i := range more {
			n, size := binary.Varint(data)
			if size <= 0 {
				return nil, guard.ErrPacked
			}
			more[i], data = n, data[size:]
		}
		last = posting{last.person + more[0], last.at + more[1], last.row + eventsRow(more[2]), last.place + more[3]}
		some = append(some, last)
	}
	return some, nil
}
