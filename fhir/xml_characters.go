package fhir

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// resolve replaces the references in a text; offset is where it stands, as nearly as faults need.
func (s *xmlScanner) resolve(raw string, offset int) (string, error) {
	amp := strings.IndexByte(raw, '&')
	if amp < 0 {
		return raw, nil
	}
	var b strings.Builder
	for rest := raw; ; {
		amp = strings.IndexByte(rest, '&')
		if amp < 0 {
			b.WriteString(rest)
			return b.String(), nil
		}
		b.WriteString(rest[:amp])
		at := offset + len(raw) - len(rest) + amp
		name, after, ok := strings.Cut(rest[amp+1:], ";")
		r := reference(name)
		if !ok || r < 0 {
			return "", s.fault(at, "& begins no reference that XML knows: write &amp;, and characters instead of other entities")
		}
		b.WriteRune(r)
		rest = after
	}
}

// reference is the character that a reference stands for, or -1: the five entities that XML has without a document
// type (XML 1.0 4.6), and characters by number.
func reference(name string) rune {
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if ok && strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	if !ok || strings.HasPrefix(digits, "+") {
		return -1
	}
	v, err := strconv.ParseUint(digits, base, 21)
	if err != nil || v > 0x10FFFF || !xmlChar(rune(v)) {
		return -1
	}
	return rune(v)
}

// xmlSpace is white space as XML has it (XML 1.0 2.3), which is less than Unicode has.
func xmlSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// xmlChar reports whether a document may hold the character, written or by reference (XML 1.0 2.2).
func xmlChar(r rune) bool {
	return r >= ' ' && r <= 0xD7FF || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
}

// blank reports whether a text is there for the layout only.
func blank(s string) bool { return strings.Trim(s, " \t\r\n") == "" }

// xmlClean puts the replacement character in the place of what XML cannot hold.
func xmlClean(text string) string {
	return strings.Map(func(r rune) rune {
		if !xmlChar(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}
