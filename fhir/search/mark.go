package search

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"concord/fhir"
)

var errMark = errors.New("no mark of a search")

// UnmarshalBinary reads what MarshalBinary wrote. Anything else is an error.
func (m *Mark) UnmarshalBinary(data []byte) error {
	r := markReader{rest: data}
	read := Mark{Updated: time.UnixMicro(r.int()).UTC(), ID: fhir.ID(r.text()), Type: fhir.Type(r.text())}
	for len(r.rest) > 0 {
		missing := r.take(1)
		rank := Rank{Text: r.text(), At: r.int(), Num: math.Float64frombits(uint64(r.int()))} //nolint:gosec // only the bits matter
		if r.bad || missing[0] > 1 || math.IsNaN(rank.Num) {
			return errMark
		}
		rank.Missing = missing[0] == 1
		read.Ranks = append(read.Ranks, rank)
	}
	if r.bad {
		return errMark
	}
	*m = read
	return nil
}

// markReader takes bytes from the left; after the first fault everything is empty.
type markReader struct {
	rest []byte
	bad  bool
}

func (r *markReader) take(n int) []byte {
	if len(r.rest) < n {
		r.bad, r.rest = true, nil
		return make([]byte, n)
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *markReader) int() int64 { return int64(binary.BigEndian.Uint64(r.take(8))) } //nolint:gosec // only the bits matter

func (r *markReader) text() string { return string(r.take(int(r.take(1)[0]))) }
