package hl7v2

import (
	"bytes"

	"concord/fhir"
)

// escapeByte begins a switch of the character set (ISO 2022): what follows may be letters that look like separators.
const escapeByte = 0x1b

// foreign is a fault at a byte that means nothing here; i counts from the header on.
func (m *Message) foreign(i int, kind fhir.Kind, text string) error {
	for _, s := range m.segments {
		if i < len(s.text) {
			return at(kind, s.placeOf(i, m.place(s)), "%s", text)
		}
		i -= len(s.text) + len(s.end)
	}
	return errCharset()
}

// placeOf is the field, repetition, component and sub-component in which a byte of the segment stands.
func (s Segment) placeOf(i int, p Path) Path {
	for n := range s.starts {
		if int(s.starts[n]) > i {
			break
		}
		p.Field = s.number(n + 1)
	}
	if p.Field == 0 || isHeader(s.text) && p.Field == 2 {
		return p
	}
	start := s.starts[0]
	for _, other := range s.starts {
		if int(other) <= i {
			start = other
		}
	}
	before, separators := s.text[start:i], []byte{s.enc.Repetition, s.enc.Component, s.enc.Subcomponent}
	for l, to := range []*int{&p.Repetition, &p.Component, &p.Subcomponent} {
		if separators[l] == 0 {
			continue
		}
		n := bytes.Count(before, separators[l:l+1])
		before = before[bytes.LastIndexByte(before, separators[l])+1:]
		if n > 0 || l == 1 { // a first repetition or sub-component is mostly the only one: it is not said
			*to = n + 1
		}
	}
	return p
}
