package hl7v2

import (
	"bytes"

	"concord/fhir"
)

// Encoding is what MSH says about how the message is written (HL7 v2.5.1, 2.5.4 and 2.14.9.18). A character that was
// not declared is 0, and then separates nothing.
type Encoding struct {
	Field        byte // MSH-1
	Component    byte // and the rest MSH-2, in this order
	Repetition   byte
	Escape       byte
	Subcomponent byte
	Truncation   byte // from version 2.7 on
	text         charset
}

// Usual is the encoding that the standard recommends, in UTF-8.
var Usual = Encoding{Field: '|', Component: '^', Repetition: '~', Escape: '\\', Subcomponent: '&', text: charset{name: unicodeUTF8}}

const headerName = 3 // bytes of "MSH"

// escapePlace is where in the encoding characters the escape stands. Some write a space there, as they have none.
const escapePlace = 3

// readEncoding reads the first two fields of a header segment: MSH, FHS or BHS.
func readEncoding(segment []byte) (Encoding, error) {
	name := string(segment[:headerName])
	if len(segment) < headerName+2 {
		return Encoding{}, at(fhir.Structure, Path{Segment: name, Field: 1},
			"the segment ends before its encoding characters: begin the message with MSH|^~\\&|")
	}
	e := Encoding{Field: segment[headerName]}
	declared := segment[headerName+1:]
	if end := bytes.IndexByte(declared, e.Field); end >= 0 {
		declared = declared[:end]
	}
	if len(declared) == 5 {
		declared = bytes.Replace(declared, []byte(`\\`), []byte(`\`), 1) // by programs that escape the escape in their sources
	}
	if len(declared) == 0 || len(declared) > 5 {
		return Encoding{}, at(fhir.Structure, Path{Segment: name, Field: 2},
			"MSH-2 has one to five encoding characters: component, repetition, escape, sub-component, truncation")
	}
	all := append([]byte{e.Field}, declared...)
	for i, c := range all {
		if i == escapePlace && c == ' ' {
			continue
		}
		if !separates(c) || bytes.IndexByte(all[:i], c) >= 0 {
			return Encoding{}, at(fhir.Structure, Path{Segment: name, Field: min(i, 1) + 1},
				"encoding characters are punctuation, and each is another one: %q is usual", "|^~\\&")
		}
	}
	for i, to := range []*byte{&e.Component, &e.Repetition, &e.Escape, &e.Subcomponent, &e.Truncation} {
		if i < len(declared) && declared[i] != ' ' {
			*to = declared[i]
		}
	}
	return e, nil
}

// separates reports whether c may be an encoding character: ASCII, printed, and neither letter, digit, space nor quote.
// The quote is left out because two of them are the null value.
func separates(c byte) bool {
	switch {
	case c <= ' ' || c > '~' || c == '"':
		return false
	case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		return false
	default:
		return true
	}
}

// declared is MSH-2 as this encoding writes it.
func (e Encoding) declared() []byte {
	all := []byte{e.Component, e.Repetition, e.Escape, e.Subcomponent, e.Truncation}
	if end := bytes.IndexByte(all, 0); end >= 0 {
		all = all[:end]
	}
	return all
}

// separator is the character between the parts of a level, or 0.
func (e *Encoding) separator(parts level) byte {
	switch parts {
	case repetition:
		return e.Repetition
	case component:
		return e.Component
	case subcomponent:
		return e.Subcomponent
	default:
		return 0
	}
}
