package hl7v2

import (
	"bytes"
	"slices"

	"concord/fhir"
)

// NewMessage begins a message with MSH-1 and MSH-2 alone, in UTF-8, which MSH-18 then says.
func NewMessage() *Message {
	m := &Message{encoding: Usual}
	m.segments = []Segment{m.segmentOf([]byte("MSH|^~\\&"))}
	m.splice(0, 18, Path{Segment: "MSH", Field: 18}, []byte(unicodeUTF8))
	return m
}

// segmentOf makes a segment of text that is well formed.
func (m *Message) segmentOf(text []byte) Segment {
	s := Segment{text: text, end: []byte("\r"), enc: &m.encoding}
	s.starts, _, _ = s.index(nil, Limits{Fields: len(text), Parts: len(text)}) // nothing can be beyond these
	return s
}

// Set writes text at a path, escaped and in the character set of the message; all else in the message stays as it is
// written. What is not there up to the path is made: separators, repetitions, and the next segment of a name at the
// end of the message. Text that the value has already changes nothing, however it is written. Components that are not
// named are the first. It costs the length of the segment.
//
// Errors are Value: for MSH-1, MSH-2 and MSH-18, which say how the rest is written; for characters that the message
// cannot hold; for a path that skips a segment; for a level whose separator MSH-2 does not declare.
func (m *Message) Set(p Path, text string) error {
	if at := m.Get(p.toLeaf()); at.Text() == text && at.Empty() == (text == "") {
		return nil
	}
	var raw []byte
	if text != "" {
		var err error
		if raw, err = m.encoding.appendText(nil, text, p); err != nil {
			return err
		}
	}
	return m.setRaw(p, raw)
}

// SetNull writes the value that says: there is nothing, delete what was there. Errors are those of Set.
func (m *Message) SetNull(p Path) error { return m.setRaw(p, []byte(null)) }

func (p Path) toLeaf() Path {
	p.Repetition, p.Component, p.Subcomponent = max(p.Repetition, 1), max(p.Component, 1), max(p.Subcomponent, 1)
	return p
}

func (m *Message) setRaw(p Path, raw []byte) error {
	switch {
	case p.Field < 1 || len(p.Segment) != nameLength || !isName([]byte(p.Segment)):
		return at(fhir.Value, p, "a value stands in a field of a segment: PID-5.1")
	case isHeader([]byte(p.Segment)) && p.Segment != "MSH":
		return at(fhir.Value, p, "this segment stands around messages, not in one")
	case p.Segment == "MSH" && (p.Field < 3 || p.Field == 18 || p.Occurrence > 1):
		return at(fhir.Value, p, "this field says how the message is written: it stays as it is")
	}
	usual := Limits{}.withDefaults()
	if p = p.toLeaf(); p.Field > usual.Fields || max(p.Repetition, p.Component, p.Subcomponent) > usual.Parts {
		return tooLong(p, "fields", usual.Fields)
	}
	for l, n := range map[level]int{repetition: p.Repetition, component: p.Component, subcomponent: p.Subcomponent} {
		if n > 1 && m.encoding.separator(l) == 0 {
			return at(fhir.Value, p, "MSH-2 declares no character that separates this level")
		}
	}
	i := m.find(p.Segment, max(p.Occurrence, 1))
	if i < 0 {
		if p.Occurrence > 1 && m.find(p.Segment, p.Occurrence-1) < 0 {
			return at(fhir.Value, p, "the segment before it is not there yet")
		}
		i = m.add(p.Segment)
	}
	m.splice(i, p.Field, p, raw)
	return nil
}

// add puts an empty segment at the end, and ends the one before it.
func (m *Message) add(name string) int {
	last := &m.segments[len(m.segments)-1]
	if len(last.end) == 0 {
		last.end = m.segments[0].end
	}
	if len(last.end) == 0 {
		last.end = []byte("\r")
	}
	m.raw = nil
	m.segments = append(m.segments, m.segmentOf([]byte(name)))
	m.segments[len(m.segments)-1].end = last.end
	return len(m.segments) - 1
}

// splice writes raw at the leaf that p names, in a field of the ith segment.
func (m *Message) splice(i, number int, p Path, raw []byte) {
	s := m.segments[i]
	p = p.toLeaf()
	if isHeader(s.text) {
		number-- // MSH-1 is the separator itself
	}
	e := &m.encoding
	body := replaceNth(s.text, e.Field, number+1, func(f []byte) []byte {
		return replaceNth(f, e.Repetition, p.Repetition, func(r []byte) []byte {
			return replaceNth(r, e.Component, p.Component, func(c []byte) []byte {
				return replaceNth(c, e.Subcomponent, p.Subcomponent, func([]byte) []byte { return raw })
			})
		})
	})
	end := s.end
	m.segments[i] = m.segmentOf(body)
	m.segments[i].end = end
	m.raw = nil
}

// replaceNth gives raw with its nth part, from 1, replaced; separators are added where it has fewer.
func replaceNth(raw []byte, separator byte, n int, with func([]byte) []byte) []byte {
	start := 0
	var added []byte
	for n > 1 {
		next := -1
		if separator != 0 {
			next = bytes.IndexByte(raw[start:], separator)
		}
		if next < 0 {
			added = bytes.Repeat([]byte{separator}, n-1)
			return slices.Concat(raw, added, with(nil))
		}
		start += next + 1
		n--
	}
	end := len(raw)
	if separator != 0 {
		if next := bytes.IndexByte(raw[start:], separator); next >= 0 {
			end = start + next
		}
	}
	return slices.Concat(raw[:start], with(raw[start:end]), raw[end:])
}
