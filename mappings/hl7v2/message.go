package hl7v2

import (
	"log/slog"
	"slices"
)

// Message is one HL7 v2 message. Any number of goroutines may read one that nobody sets values of.
type Message struct {
	raw      []byte // as it came; nil after a change
	lead     []byte // what stood before the header: a byte order mark, blank lines
	encoding Encoding
	segments []Segment
}

// Bytes prints the message: the bytes that it came as, where nothing was set. They must not be altered.
func (m *Message) Bytes() []byte {
	if m.raw != nil {
		return m.raw
	}
	out := slices.Clone(m.lead)
	for _, s := range m.segments {
		out = append(append(out, s.text...), s.end...)
	}
	return out
}

// Encoding is how the message is written.
func (m *Message) Encoding() Encoding { return m.encoding }

// Segments are all segments in their order. The slice must not be altered.
func (m *Message) Segments() []Segment { return m.segments }

// Segment is the nth segment of this name, from 1; the zero Segment when there is none.
func (m *Message) Segment(name string, n int) Segment {
	if i := m.find(name, n); i >= 0 {
		return m.segments[i]
	}
	return Segment{}
}

func (m *Message) find(name string, n int) int {
	for i := range m.segments {
		if m.segments[i].named(name) {
			if n--; n <= 0 {
				return i
			}
		}
	}
	return -1
}

func (s *Segment) named(name string) bool {
	return len(s.text) >= nameLength && string(s.text[:nameLength]) == name
}

// Get is the value at a path, down to the level that the path names; absent when there is none, and when the path
// names no field.
func (m *Message) Get(p Path) Value {
	v := m.Segment(p.Segment, max(p.Occurrence, 1)).Field(p.Field)
	if p.Repetition > 0 || p.Component > 0 {
		v = v.Repetition(max(p.Repetition, 1))
	}
	if p.Component > 0 {
		v = v.Component(p.Component)
	}
	if p.Subcomponent > 0 {
		v = v.Subcomponent(p.Subcomponent)
	}
	return v
}

// header is a field of MSH.
func (m *Message) header(n int) Value { return m.segments[0].Field(n) }

// Type is the code of MSH-9.1, such as "ADT".
func (m *Message) Type() string { return m.header(9).Component(1).Text() }

// Event is the trigger of MSH-9.2, such as "A01"; of messages that have none there, that of EVN-1.
func (m *Message) Event() string {
	if event := m.header(9).Component(2).Text(); event != "" {
		return event
	}
	return m.Segment("EVN", 1).Field(1).Text()
}

// Version is MSH-12.1, such as "2.5.1".
func (m *Message) Version() string { return m.header(12).Component(1).Text() }

// ControlID is MSH-10: the sender's own name for the message, which its acknowledgement repeats.
func (m *Message) ControlID() string { return m.header(10).Text() }

// LogValue keeps content out of every log.
func (m *Message) LogValue() slog.Value { return slog.StringValue("[withheld]") }

// String keeps content out of whatever prints it.
func (m *Message) String() string { return "[withheld]" }

// Groups cuts segments into groups that begin with one of these names, such as "OBR": a group reaches to where the
// next one begins. What stands before the first is given apart.
func Groups(segments []Segment, begin ...string) ([]Segment, [][]Segment) {
	var starts []int
	for i := range segments {
		if slices.ContainsFunc(begin, segments[i].named) {
			starts = append(starts, i)
		}
	}
	if len(starts) == 0 {
		return segments, nil
	}
	groups := make([][]Segment, len(starts))
	for i, start := range starts {
		end := len(segments)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		groups[i] = segments[start:end]
	}
	return segments[:starts[0]], groups
}
