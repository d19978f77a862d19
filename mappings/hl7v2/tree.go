package hl7v2

import (
	"bytes"
	"strconv"

	"concord/mappings"
)

// Tree is the message as mappings reads it: a node for each segment, in it a node for each repetition of a field under
// the field's number, in it components and sub-components. Text has its escapes resolved. Empty values make no node,
// but for a repetition that later ones are counted after. MSH-1 and MSH-2 are there as they stand. A text whose escapes
// FromTree would write otherwise is spelt as it was.
func (m *Message) Tree(groups ...Group) *mappings.Tree {
	w := treeWriter{b: mappings.NewBuilder(mappings.HL7v2, m.nodes())}
	for rest := m.segments; len(rest) > 0; {
		rest = w.next(rest, groups)
	}
	return w.b.Tree()
}

// nodes is how many nodes the message may need: growing costs more than counting.
func (m *Message) nodes() int {
	n := len(m.segments)
	for _, s := range m.segments {
		for i := range s.starts {
			if s.starts[i] < s.endOf(i+1) {
				n++
			}
		}
		n += bytes.Count(s.text, []byte{m.encoding.Component})*3/2 + bytes.Count(s.text, []byte{m.encoding.Subcomponent})
	}
	return n
}

type treeWriter struct {
	b    *mappings.Builder
	line int32
	now  Segment // that is being written
	text string  // and its text, of which plain values are parts, so that they need no memory of their own
}

// next writes one segment, or the group that it begins, and gives what follows.
func (w *treeWriter) next(rest []Segment, groups []Group) []Segment {
	for i := range groups {
		if !groups[i].opens(rest[0]) {
			continue
		}
		w.b.Open(mappings.Entry{Name: groups[i].Name, Place: mappings.Place{Line: w.line + 1, Col: 1}})
		last := -1
		for len(rest) > 0 {
			first := groups[i].begins(rest[0])
			switch {
			case first > last:
				last = first
				w.segment(rest[0])
				rest = rest[1:]
				continue
			case first < 0 && groups[i].holds(rest[0]):
				rest = w.next(rest, groups[i].Groups)
				continue
			}
			break
		}
		w.b.Close()
		return rest
	}
	w.segment(rest[0])
	return rest[1:]
}

func (w *treeWriter) segment(s Segment) {
	w.line++
	w.now, w.text = s, string(s.text)
	w.b.Open(mappings.Entry{Name: w.text[:nameLength], Place: mappings.Place{Line: w.line, Col: 1}})
	for n := 1; n <= s.Len(); n++ {
		if f := s.Field(n); !f.Empty() {
			w.field(f, n, mappings.Place{Line: w.line, Col: int32(n)})
		}
	}
	w.b.Close()
}

// field writes the repetitions up to the last that says something.
func (w *treeWriter) field(f Value, n int, place mappings.Place) {
	if w.plain(f) {
		w.leaf(f, n, place)
		return
	}
	last := 0
	for i, r := range f.Repetitions() {
		if !r.silent() {
			last = i
		}
	}
	for i, r := range f.Repetitions() {
		if i <= last {
			w.value(r, repetition, n, place)
		}
	}
}

// plain reports whether the text stands there as it is: no separators, no escapes, nothing to decode.
func (w *treeWriter) plain(v Value) bool {
	e := v.enc
	if e.text.table != nil {
		return false
	}
	for _, c := range v.raw {
		switch {
		case c > '~' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == ' ':
		case c == e.Component || c == e.Repetition || c == e.Subcomponent || c == e.Escape || c == e.Truncation:
			return false
		}
	}
	return true
}

func (w *treeWriter) leaf(v Value, number int, place mappings.Place) {
	entry := mappings.Entry{Name: numberText(number), Place: place, Kind: mappings.Text}
	switch v = v.leaf(); {
	case v.Null():
		entry.Kind = mappings.Null
	case !v.verbatim && w.plain(v):
		start := cap(w.now.text) - cap(v.raw) // a value is cut from its segment, so that only the front differs
		entry.Text = w.text[start : start+len(v.raw)]
	default:
		entry.Text = v.Text()
		w.b.Add(entry)
		if printed, err := v.enc.appendText(nil, entry.Text, Path{}); !v.verbatim && (err != nil || !bytes.Equal(printed, v.raw)) {
			w.b.Spell(string(v.raw))
		}
		return
	}
	w.b.Add(entry)
}

// value writes one value under its number: a leaf when only its first part says something, else its parts.
func (w *treeWriter) value(v Value, l level, number int, place mappings.Place) {
	if !v.composite() {
		w.leaf(v, number, place)
		return
	}
	w.b.Open(mappings.Entry{Name: numberText(number), Place: place})
	for n, part := range v.parts(l + 1) {
		if !part.silent() {
			w.value(part, l+1, n, place)
		}
	}
	w.b.Close()
}

// silent reports that nothing stands in the value but separators.
func (v Value) silent() bool {
	if v.verbatim {
		return false
	}
	for _, c := range v.raw {
		if v.enc.rank(c) == 0 {
			return false
		}
	}
	return true
}

// composite reports whether something stands behind the first leaf.
func (v Value) composite() bool {
	if v.verbatim || v.level >= subcomponent {
		return false
	}
	leaf := v.leaf().raw
	rest := v
	rest.raw = v.raw[len(leaf):]
	return !rest.silent()
}

var numberTexts = func() []string {
	texts := make([]string, 100)
	for i := range texts {
		texts[i] = strconv.Itoa(i)
	}
	return texts
}()

func numberText(n int) string {
	if n < len(numberTexts) {
		return numberTexts[n]
	}
	return strconv.Itoa(n)
}
