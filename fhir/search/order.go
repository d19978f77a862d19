package search

import (
	"cmp"
	"encoding/binary"
	"math"
	"strings"
	"time"

	"concord/fhir"
)

// Sort is the order of the results in the plain cases.
type Sort uint8

// The orders. By id is the default: ids are random, so the order says nothing.
const (
	ByID          Sort = iota
	ByUpdated          // _sort=_lastUpdated, oldest first; ties by id
	ByUpdatedDesc      // _sort=-_lastUpdated
)

// Key is one parameter of an order (FHIR R4, search.html#sort).
type Key struct {
	Param string
	Kind  Kind
	Desc  bool
}

// maxRank bounds the text of a Rank in bytes; what differs only later is in the order of ids.
const maxRank = 128

// Rank is where a resource stands by one Key. Of several values the least counts, or the greatest when the Key is
// descending. Resources without a value come last in both.
type Rank struct {
	Missing bool
	Text    string  // string, token, reference, uri; quantity: the unit, since numbers of different units have no order
	At      int64   // date: its first moment
	Num     float64 // number, quantity
}

// Mark is where a row stands in the order of a Plan. The last row of a page, as the caller saw it, is where the
// next begins.
type Mark struct {
	Updated time.Time
	ID      fhir.ID
	Type    fhir.Type // tells rows apart in a search of several types
	Ranks   []Rank    // one for each Key of Plan.Order that is not _lastUpdated or _id, in their order
}

// Mark says where a resource stands: its reference, when the version that the caller sees was last updated, and
// the entries of what they see.
func (p Plan) Mark(ref fhir.Ref, updated time.Time, entries []Entry) Mark {
	m := Mark{Updated: updated, ID: ref.ID, Type: ref.Type}
	for _, k := range p.Order {
		if k.Param != paramID && k.Param != paramUpdated {
			m.Ranks = append(m.Ranks, k.rank(entries))
		}
	}
	return m
}

// Compare puts rows in the order of the plan: negative when a stands before b. Ties are broken by id, so that
// no two resources are equal. Marks of another Plan give an order without meaning.
func (p Plan) Compare(a, b Mark) int {
	next := 0
	for _, k := range p.order() {
		var c int
		switch k.Param {
		case paramUpdated:
			c = a.Updated.Compare(b.Updated)
		case paramID:
			c = strings.Compare(string(a.ID), string(b.ID))
		default:
			if next >= len(a.Ranks) || next >= len(b.Ranks) {
				continue
			}
			x, y := a.Ranks[next], b.Ranks[next]
			next++
			switch {
			case x.Missing && y.Missing:
				continue
			case x.Missing:
				return 1
			case y.Missing:
				return -1
			}
			c = x.compare(y)
		}
		if k.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	c := strings.Compare(string(a.ID), string(b.ID))
	if c == 0 && p.Type == "" {
		return strings.Compare(string(a.Type), string(b.Type))
	}
	return c
}

// order is Order, or what Sort says where a Plan was made with Sort alone.
func (p Plan) order() []Key {
	if len(p.Order) == 0 && p.Sort != ByID {
		return []Key{{Param: paramUpdated, Kind: Date, Desc: p.Sort == ByUpdatedDesc}}
	}
	return p.Order
}

func (r Rank) compare(s Rank) int {
	return cmp.Or(strings.Compare(r.Text, s.Text), cmp.Compare(r.At, s.At), cmp.Compare(r.Num, s.Num))
}

// rank takes the least of the values, or the greatest.
func (k Key) rank(entries []Entry) Rank {
	best := Rank{Missing: true}
	for i := range entries {
		e := &entries[i]
		if e.Param != k.Param {
			continue
		}
		r := Rank{}
		switch e.Kind {
		case Date:
			r.At = e.Low
		case Number:
			r.Num = e.NumLow
		case Quantity:
			r.Text, r.Num = clip(e.System+"|"+e.Value, maxRank), e.NumLow
			if e.Unit != "" {
				r.Text, r.Num = e.Unit, e.UnitLow
			}
		default:
			if e.Value == "" {
				continue
			}
			r.Text = clip(e.Value, maxRank)
		}
		if c := r.compare(best); best.Missing || !k.Desc && c < 0 || k.Desc && c > 0 {
			best = r
		}
	}
	return best
}

// MarshalBinary writes the mark for a cursor. It holds values of the resource: a cursor that callers can read
// must be sealed so that they cannot. It never fails.
func (m Mark) MarshalBinary() ([]byte, error) {
	b := binary.BigEndian.AppendUint64(nil, uint64(m.Updated.UnixMicro()))
	b = appendText(appendText(b, string(m.ID)), string(m.Type))
	for _, r := range m.Ranks {
		missing := byte(0)
		if r.Missing {
			missing = 1
		}
		b = appendText(append(b, missing), r.Text)
		b = binary.BigEndian.AppendUint64(b, uint64(r.At)) //nolint:gosec // only the bits matter
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(r.Num))
	}
	return b, nil
}

// appendText writes at most 255 bytes after their number; ids, types and ranks are shorter.
func appendText(b []byte, s string) []byte {
	s = clip(s, math.MaxUint8)
	return append(append(b, byte(len(s))), s...) //nolint:gosec // it was clipped
}
