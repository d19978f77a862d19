package hl7v2

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"concord/fhir"
)

// unescape gives the text of a leaf (HL7 v2.5.1, 2.7). Line commands of formatted text become line ends, highlighting
// and other commands nothing. What cannot be said in text (switches of the character set, local sequences, a
// backslash that begins no sequence) stays as it is written. It looks at each byte twice at most.
func (e *Encoding) unescape(raw []byte) string {
	first := -1
	if e.Escape != 0 {
		first = bytes.IndexByte(raw, e.Escape)
	}
	if first < 0 {
		text, ok := e.text.decode(raw)
		if !ok { // of ParseHeader alone: Parse takes no such message
			return strings.ToValidUTF8(text, string(utf8.RuneError))
		}
		return text
	}
	whole := raw
	out := append(make([]byte, 0, len(raw)), raw[:first]...)
	for raw = raw[first:]; len(raw) > 0; {
		start := bytes.IndexByte(raw, e.Escape)
		if start < 0 {
			break
		}
		out, raw = append(out, raw[:start]...), raw[start:]
		end := bytes.IndexByte(raw[1:], e.Escape)
		if end < 0 {
			break
		}
		sequence := raw[:end+2]
		meaning, known := e.meaning(sequence[1 : end+1])
		switch {
		case !known: // its second escape character may begin a sequence
			out, raw = append(out, sequence[:end+1]...), raw[end+1:]
			continue
		case meaning == nil:
			out = append(out, sequence...)
		default:
			out = append(out, meaning...)
		}
		raw = raw[end+2:]
	}
	text, ok := e.text.decode(append(out, raw...))
	if !ok { // hexadecimal bytes that are not of the character set: nothing is guessed
		return strings.ToValidUTF8(string(whole), string(utf8.RuneError))
	}
	return text
}

// maxLines bounds what \.sp and \.sk make of few bytes.
const maxLines = 100

// meaning is what stands for a sequence; nil when it is known but has to stay as it is.
func (e *Encoding) meaning(sequence []byte) ([]byte, bool) {
	if len(sequence) == 0 {
		return nil, false
	}
	if len(sequence) == 1 {
		return e.meaningOfLetter(sequence[0])
	}
	switch rest := sequence[1:]; sequence[0] {
	case 'X':
		out := make([]byte, hex.DecodedLen(len(rest)))
		if _, err := hex.Decode(out, rest); err != nil {
			return nil, false
		}
		return out, true
	case 'C', 'M':
		_, err := hex.DecodeString(string(rest))
		return nil, err == nil
	case 'Z':
		return nil, true
	case '.':
		return command(string(rest))
	default:
		return nil, false
	}
}

func (e *Encoding) meaningOfLetter(letter byte) ([]byte, bool) {
	switch letter {
	case 'F':
		return []byte{e.Field}, true
	case 'S':
		return []byte{e.Component}, true
	case 'R':
		return []byte{orByte(e.Repetition, '~')}, true
	case 'E':
		return []byte{e.Escape}, true
	case 'T':
		return []byte{orByte(e.Subcomponent, '&')}, true
	case 'P':
		return []byte{orByte(e.Truncation, '#')}, true
	case 'H', 'N': // highlighting begins, and ends
		return []byte{}, true
	default:
		return nil, letter == 'Z'
	}
}

func orByte(b, otherwise byte) byte {
	if b == 0 {
		return otherwise
	}
	return b
}

// command is a command of formatted text (HL7 v2.5.1, 2.7.6).
func command(text string) ([]byte, bool) {
	if len(text) < 2 {
		return nil, false
	}
	name, argument := text[:2], text[2:]
	n, err := strconv.Atoi(argument)
	if argument != "" && (err != nil || n < -maxLines || n > maxLines) {
		return nil, false
	}
	switch name {
	case "br", "ce":
		return []byte("\n"), argument == ""
	case "sp":
		return bytes.Repeat([]byte("\n"), max(n, 1)), true
	case "sk":
		return bytes.Repeat([]byte(" "), max(n, 0)), true
	case "fi", "nf", "in", "ti":
		return []byte{}, true
	default:
		return nil, false
	}
}

// null is what stands in a value to say that there is nothing, and that what was there is to be deleted (HL7 v2.5.1,
// 2.5.3.2), while an empty value says nothing at all.
const null = `""`

// appendText writes text as a leaf: separators and control characters as escapes, so that unescape gives it back.
func (e *Encoding) appendText(out []byte, text string, where Path) ([]byte, error) {
	if text == null {
		if e.Escape == 0 {
			return nil, errNoEscape(where)
		}
		return append(append(append(out, e.Escape), "X2222"...), e.Escape), nil
	}
	for _, r := range text {
		if sequence := e.sequence(r); sequence != "" {
			if e.Escape == 0 {
				return nil, errNoEscape(where)
			}
			out = append(append(append(out, e.Escape), sequence...), e.Escape)
			continue
		}
		var ok bool
		if out, ok = e.text.appendRune(out, r); !ok {
			return nil, at(fhir.Value, where, "it has a character that the character set of MSH-18 does not have: use UNICODE UTF-8")
		}
	}
	return out, nil
}

// sequence is the escape that a character has to be written as, or "".
func (e *Encoding) sequence(r rune) string {
	if r >= utf8.RuneSelf {
		return ""
	}
	switch c := byte(r & 0x7f); {
	case c == '\n':
		return ".br"
	case c < ' ' || c == 0x7f: // among them what ends a segment, and what frames a message on the wire
		const digits = "0123456789ABCDEF"
		return string([]byte{'X', digits[c>>4], digits[c&15]})
	case c == e.Field:
		return "F"
	case c == e.Component:
		return "S"
	case c == e.Repetition:
		return "R"
	case c == e.Escape:
		return "E"
	case c == e.Subcomponent:
		return "T"
	case c == e.Truncation:
		return "P"
	default:
		return ""
	}
}

func errNoEscape(where Path) error {
	return at(fhir.Value, where, "it has a character that has to be escaped, and MSH-2 declares no escape character")
}
