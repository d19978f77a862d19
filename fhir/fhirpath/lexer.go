package fhirpath

import (
	"strings"
)

// tokenKind is what a token is.
type tokenKind uint8

const (
	end       tokenKind = iota
	word                // identifiers and keywords
	delimited           // `identifier`
	quoted              // 'string'
	number
	temporalLiteral // @2015, @T14:30
	special         // $this, $index, $total
	symbol          // operators and brackets; % too
)

type token struct {
	kind  tokenKind
	text  string // without quotes and escapes
	start int
}

// lexer cuts an expression into tokens (FHIRPath N1, grammar.html). White space and comments part them.
type lexer struct {
	text string
	pos  int
}

// next gives the next token; its errors have their place.
func (l *lexer) next() (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start == len(l.text) {
		return token{kind: end, start: start}, nil
	}
	switch c := l.text[start]; {
	case letter(c):
		l.while(func(c byte) bool { return letter(c) || digit(c) })
		return token{word, l.text[start:l.pos], start}, nil
	case digit(c):
		l.number()
		return token{number, l.text[start:l.pos], start}, nil
	case c == '\'':
		return l.quoted(quoted)
	case c == '`', c == '"': // double quotes are those of FHIRPath 1.0
		return l.quoted(delimited)
	case c == '@':
		return l.temporal()
	case c == '$':
		l.pos++
		l.while(letter)
		return token{special, l.text[start:l.pos], start}, nil
	}
	for _, two := range [...]string{"<=", ">=", "!=", "!~"} {
		if strings.HasPrefix(l.text[start:], two) {
			l.pos += 2
			return token{symbol, two, start}, nil
		}
	}
	if strings.IndexByte("+-*/&|<>=~.,()[]{}%", l.text[start]) < 0 {
		return token{}, syntax(start, "this character has no meaning here")
	}
	l.pos++
	return token{symbol, l.text[start:l.pos], start}, nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// while passes what is good.
func (l *lexer) while(good func(byte) bool) {
	for l.pos < len(l.text) && good(l.text[l.pos]) {
		l.pos++
	}
}

// skip passes white space and comments.
func (l *lexer) skip() error {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "//"):
			length := strings.IndexByte(rest, '\n')
			if length < 0 {
				length = len(rest)
			}
			l.pos += length
		case strings.HasPrefix(rest, "/*"):
			length := strings.Index(rest, "*/")
			if length < 0 {
				return syntax(l.pos, "the comment has no end")
			}
			l.pos += length + 2
		default:
			return nil
		}
	}
	return nil
}

// number reads digits; a dot belongs to them only when digits follow, since "1.toString()" is a call.
func (l *lexer) number() {
	l.while(digit)
	if l.pos+1 < len(l.text) && l.text[l.pos] == '.' && digit(l.text[l.pos+1]) {
		l.pos++
		l.while(digit)
	}
}

// temporal reads what follows "@". What it means is for parseTemporal to say.
func (l *lexer) temporal() (token, error) {
	start := l.pos
	l.pos++
	l.while(func(c byte) bool { return digit(c) || c == '-' })
	if l.pos < len(l.text) && l.text[l.pos] == 'T' {
		l.pos++
		l.while(func(c byte) bool { return digit(c) || c == ':' })
		if l.pos+1 < len(l.text) && l.text[l.pos] == '.' && digit(l.text[l.pos+1]) {
			l.pos++
			l.while(digit)
		}
		l.zone(start)
	}
	return token{temporalLiteral, l.text[start+1 : l.pos], start}, nil
}

// zone reads "Z" or "+10:00" behind a date and time; a time alone has none.
func (l *lexer) zone(start int) {
	rest := l.text[l.pos:]
	switch {
	case l.text[start+1] == 'T' || rest == "":
	case rest[0] == 'Z':
		l.pos++
	case len(rest) >= 6 && (rest[0] == '+' || rest[0] == '-') && digit(rest[1]) && digit(rest[2]) && rest[3] == ':':
		l.pos += 6
	}
}
