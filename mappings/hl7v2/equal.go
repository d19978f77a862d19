package hl7v2

import (
	"bytes"
	"slices"
)

// Equal reports whether two messages are written alike but for what says nothing: line ends, and separators after
// the last value of a segment, a repetition or a component.
func Equal(a, b *Message) bool {
	return slices.EqualFunc(a.segments, b.segments, func(x, y Segment) bool { return bytes.Equal(x.trimmed(), y.trimmed()) })
}

// trimmed is the segment without the separators that nothing follows.
func (s Segment) trimmed() []byte {
	floor := min(len(s.text), nameLength)
	if isHeader(s.text) && len(s.starts) > 0 {
		floor = int(s.endOf(1)) // MSH-2 is made of separators
	}
	out := append(make([]byte, 0, len(s.text)), s.text[:floor]...)
	for _, c := range s.text[floor:] {
		if rank := s.enc.rank(c); rank > 0 {
			out = s.enc.trim(out, floor, rank)
		}
		out = append(out, c)
	}
	return s.enc.trim(out, floor, 0)
}

// trim takes off the separators at the end that stand deeper than a rank.
func (e *Encoding) trim(out []byte, floor, rank int) []byte {
	for len(out) > floor && e.rank(out[len(out)-1]) > rank {
		out = out[:len(out)-1]
	}
	return out
}

// rank is how deep a separator stands, from 1; 0 of what is none.
func (e *Encoding) rank(c byte) int {
	switch c {
	case 0:
		return 0
	case e.Field:
		return 1
	case e.Repetition:
		return 2
	case e.Component:
		return 3
	case e.Subcomponent:
		return 4
	default:
		return 0
	}
}
