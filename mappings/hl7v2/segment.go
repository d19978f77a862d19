package hl7v2

const nameLength = 3

// Segment is one line of a message: a name and its fields. The zero Segment has none.
type Segment struct {
	text   []byte  // without what ends it
	end    []byte  // as it came: CR, LF, both, blank lines after it, or nothing at the end of the message
	starts []int32 // where each field begins in text; of a header from the second on
	enc    *Encoding
}

// isName reports whether these three bytes may name a segment: a capital letter and two capital letters or digits.
func isName(name []byte) bool {
	for i, c := range name[:nameLength] {
		letter, digit := 'A' <= c && c <= 'Z', '0' <= c && c <= '9'
		if !letter && (i == 0 || !digit) {
			return false
		}
	}
	return true
}

// isHeader reports whether the segment declares encoding characters in its first two fields.
func isHeader(text []byte) bool {
	name := string(text[:min(len(text), nameLength)])
	return name == "MSH" || name == "BHS" || name == "FHS"
}

// Name is the name, such as "PID".
func (s Segment) Name() string { return string(s.text[:min(len(s.text), nameLength)]) }

// Raw is the segment as it is written, without what ends it. It must not be altered.
func (s Segment) Raw() []byte { return s.text }

// Len is the number of the last field that is there.
func (s Segment) Len() int {
	if isHeader(s.text) {
		return len(s.starts) + 1
	}
	return len(s.starts)
}

// Field is the field with this number, from 1; absent when the segment ends before it. Fields 1 and 2 of a header
// are the encoding characters themselves.
func (s Segment) Field(n int) Value {
	whole := field
	if isHeader(s.text) {
		if n == 1 {
			return Value{raw: s.text[nameLength : nameLength+1], level: subcomponent, enc: s.enc, verbatim: true}
		}
		if n == 2 {
			whole = subcomponent
		}
		n--
	}
	if n < 1 || n > len(s.starts) {
		return Value{}
	}
	return Value{raw: s.text[s.starts[n-1]:s.endOf(n)], level: whole, enc: s.enc, verbatim: whole == subcomponent}
}

// endOf is where the nth of starts ends.
func (s Segment) endOf(n int) int32 {
	if n == len(s.starts) {
		return int32(len(s.text)) //nolint:gosec // Limits.Size is far below
	}
	return s.starts[n] - 1
}

// index finds where the fields begin, appending to starts, and counts the separators in them. When the segment holds more
// than it may it stops, and says of which field, which is 0 where there are too many fields.
func (s *Segment) index(starts []int32, limits Limits) ([]int32, int, *overflow) {
	first := len(starts)
	parts, all := 0, 0
	if len(s.text) > nameLength {
		starts = append(starts, nameLength+1)
	}
	for i := nameLength + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c > '~' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == ' ':
			// the common case first: no separator is one of these
		case c == s.enc.Field:
			starts = append(starts, int32(i)+1)
			all += parts
			parts = 0
			if len(starts)-first > limits.Fields {
				return starts, all, &overflow{limit: "fields", most: limits.Fields}
			}
		case c == s.enc.Component || c == s.enc.Repetition || c == s.enc.Subcomponent:
			if parts++; parts > limits.Parts {
				return starts, all, &overflow{limit: "parts", most: limits.Parts, field: s.number(len(starts) - first)}
			}
		}
	}
	return starts, all + parts, nil
}

// overflow is what index stopped at.
type overflow struct {
	limit       string
	most, field int
}

// number is the number of the field that is the nth of starts.
func (s *Segment) number(n int) int {
	if isHeader(s.text) {
		return n + 1
	}
	return n
}
