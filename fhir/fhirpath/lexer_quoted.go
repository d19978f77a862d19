package fhirpath

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads a string or a delimited identifier, up to the quote that opened it.
func (l *lexer) quoted(kind tokenKind) (token, error) {
	start := l.pos
	quote := l.text[start]
	var b strings.Builder
	for l.pos++; l.pos < len(l.text); {
		c := l.text[l.pos]
		switch c {
		case quote:
			l.pos++
			return token{kind, b.String(), start}, nil
		case '\\':
			if err := l.escape(&b); err != nil {
				return token{}, err
			}
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	return token{}, syntax(start, "the quote has no end")
}

// escape reads one escape (FHIRPath N1, section 4.1.2, string).
func (l *lexer) escape(b *strings.Builder) error {
	start := l.pos
	l.pos += 2
	if l.pos > len(l.text) {
		return syntax(start, "the quote has no end")
	}
	const escapes, meanings = "fnrt", "\f\n\r\t"
	switch c := l.text[start+1]; {
	case c == 'u':
		r, err := l.unicode(start)
		if err != nil {
			return err
		}
		if low := strings.HasPrefix(l.text[l.pos:], `\u`); utf16.IsSurrogate(r) && low {
			second := l.pos
			l.pos += 2
			other, err := l.unicode(second)
			if err != nil {
				return err
			}
			r = utf16.DecodeRune(r, other)
		}
		b.WriteRune(r)
	case strings.IndexByte(escapes, c) >= 0:
		b.WriteByte(meanings[strings.IndexByte(escapes, c)])
	case strings.IndexByte("\\/'\"`", c) >= 0:
		b.WriteByte(c)
	default:
		return syntax(start, "there is no such escape in a string")
	}
	return nil
}

// unicode reads the four digits of an escape.
func (l *lexer) unicode(start int) (rune, error) {
	if l.pos+4 > len(l.text) {
		return utf8.RuneError, syntax(start, "four hexadecimal digits follow \\u")
	}
	code, err := strconv.ParseUint(l.text[l.pos:l.pos+4], 16, 16)
	if err != nil {
		return utf8.RuneError, syntax(start, "four hexadecimal digits follow \\u")
	}
	l.pos += 4
	return rune(code), nil
}
