package hl7v2

import "concord/fhir"

// Limits bound what one message may hold. A zero field takes its default. Depth needs none: the grammar has a
// segment, a field, a repetition, a component and a sub-component, and no more.
type Limits struct {
	Size     int // bytes; 16 MiB, enough for a document in an OBX-5
	Segments int // 20,000
	Fields   int // of one segment; 1,000
	Parts    int // repetitions, components and sub-components of one field; 20,000
	Values   int // fields, empty ones too, and parts of the whole message; 500,000
}

func (l Limits) withDefaults() Limits {
	l.Size = orUsual(l.Size, 16<<20)
	l.Segments = orUsual(l.Segments, 20_000)
	l.Fields = orUsual(l.Fields, 1_000)
	l.Parts = orUsual(l.Parts, 20_000)
	l.Values = orUsual(l.Values, 500_000)
	return l
}

func orUsual(set, usual int) int {
	if set <= 0 {
		return usual
	}
	return set
}

func tooLong(where Path, limit string, most int) error {
	return at(fhir.TooLong, where, "more than the limit %q allows (%d): send it in smaller messages", limit, most)
}
