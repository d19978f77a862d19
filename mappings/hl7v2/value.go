package hl7v2

import (
	"bytes"
	"iter"
	"log/slog"
)

// level is where in the grammar a Value stands.
type level uint8

const (
	absent level = iota
	field
	repetition
	component
	subcomponent
)

// Value is a field or a part of one. The zero Value is one that is not there.
//
// A value without separators is its own first part, at every level: so a field that later versions of the standard
// made a composite is read the same (HL7 v2.5.1, 2.8.2).
type Value struct {
	raw      []byte
	level    level
	verbatim bool // MSH-1 and MSH-2: separators and escapes are content
	enc      *Encoding
}

// Raw is the value as it is written. It must not be altered.
func (v Value) Raw() []byte { return v.raw }

// Empty reports that nothing stands there: the sender says nothing about it.
func (v Value) Empty() bool { return len(v.raw) == 0 }

// Null reports that "" stands there: the sender says that there is nothing, and that what was there is to be deleted.
func (v Value) Null() bool { return string(v.raw) == null }

// Truncated reports that the sender cut the text off and marked it so (HL7 v2.7, 2.5.5.2).
func (v Value) Truncated() bool {
	leaf := v.leaf().raw
	return !v.verbatim && len(leaf) > 0 && v.enc.Truncation != 0 && leaf[len(leaf)-1] == v.enc.Truncation
}

// Text is the text of the first leaf, in UTF-8, with escapes resolved; "" when it is empty or null.
func (v Value) Text() string {
	leaf := v.leaf().raw
	switch {
	case len(leaf) == 0 || string(leaf) == null:
		return ""
	case v.verbatim:
		return string(leaf)
	case v.Truncated():
		leaf = leaf[:len(leaf)-1]
	}
	return v.enc.unescape(leaf)
}

// Repetition is the nth repetition, from 1.
func (v Value) Repetition(n int) Value { return v.part(repetition, n) }

// Component is the nth component, from 1, of the first repetition where this is a field.
func (v Value) Component(n int) Value { return v.part(component, n) }

// Subcomponent is the nth sub-component, from 1, of the first component where this is above one.
func (v Value) Subcomponent(n int) Value { return v.part(subcomponent, n) }

// Repetitions gives all repetitions with their numbers. An empty field has none.
func (v Value) Repetitions() iter.Seq2[int, Value] { return v.parts(repetition) }

// Components gives all components with their numbers, empty ones too.
func (v Value) Components() iter.Seq2[int, Value] { return v.parts(component) }

// Subcomponents gives all sub-components with their numbers, empty ones too.
func (v Value) Subcomponents() iter.Seq2[int, Value] { return v.parts(subcomponent) }

// LogValue keeps content out of every log.
func (v Value) LogValue() slog.Value { return slog.StringValue("[withheld]") }

// String keeps content out of whatever prints it.
func (v Value) String() string { return "[withheld]" }

func (v Value) leaf() Value { return v.part(subcomponent, 1) }

// part is the nth of the parts of a level; of the levels between it is the first.
func (v Value) part(of level, n int) Value {
	if v.level == absent || n < 1 {
		return Value{}
	}
	if v.level >= of {
		if n > 1 {
			return Value{}
		}
		return v
	}
	raw := v.raw
	for l := v.level + 1; l <= of; l++ {
		wanted := 1
		if l == of {
			wanted = n
		}
		var ok bool
		if raw, ok = nth(raw, v.enc.separator(l), wanted); !ok {
			return Value{}
		}
	}
	return Value{raw: raw, level: of, enc: v.enc}
}

// nth is the nth part between separators, from 1.
func nth(raw []byte, separator byte, n int) ([]byte, bool) {
	for {
		end := -1
		if separator != 0 {
			end = bytes.IndexByte(raw, separator)
		}
		switch {
		case n == 1 && end < 0:
			return raw, true
		case n == 1:
			return raw[:end], true
		case end < 0:
			return nil, false
		}
		raw = raw[end+1:]
		n--
	}
}

func (v Value) parts(of level) iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		if v.Empty() {
			return
		}
		if v.level >= of {
			yield(1, v)
			return
		}
		above := v.part(of-1, 1)
		separator := v.enc.separator(of)
		for n, rest := 1, above.raw; ; n++ {
			end := -1
			if separator != 0 {
				end = bytes.IndexByte(rest, separator)
			}
			if end < 0 {
				yield(n, Value{raw: rest, level: of, enc: v.enc})
				return
			}
			if !yield(n, Value{raw: rest[:end], level: of, enc: v.enc}) {
				return
			}
			rest = rest[end+1:]
		}
	}
}
