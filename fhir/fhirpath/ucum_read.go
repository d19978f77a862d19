package fhirpath

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// unitReader reads a unit (UCUM, section 2.4, syntax).
type unitReader struct {
	known map[string]*unit
	text  string
	pos   int
	depth int
}

// term is components with "." and "/" between them.
func (r *unitReader) term() (*unit, bool) {
	result := &unit{factor: apd.New(1, 0)}
	power := 1
	if r.sees('/') {
		power = -1
	}
	for first := true; ; first = false {
		part, exponent, ok := r.component()
		if !ok {
			return nil, false
		}
		if first && power == 1 && exponent == 1 {
			result = part
		} else if !result.raise(part, power*exponent) {
			return nil, false
		}
		switch {
		case r.sees('.'):
			power = 1
		case r.sees('/'):
			power = -1
		default:
			return result, true
		}
	}
}

// sees passes a character when it is next.
func (r *unitReader) sees(c byte) bool {
	if r.pos < len(r.text) && r.text[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

// component is a unit with its exponent, a number, an annotation, or a term in brackets.
func (r *unitReader) component() (*unit, int, bool) {
	if r.sees('(') {
		r.depth++
		if r.depth > maxPower {
			return nil, 0, false
		}
		inner, ok := r.term()
		return inner, 1, ok && r.sees(')')
	}
	rest := r.text[r.pos:]
	length := strings.IndexAny(rest, "./(){")
	if length < 0 {
		length = len(rest)
	}
	r.pos += length
	annotated, ok := r.annotation()
	if !ok || length == 0 && !annotated {
		return nil, 0, false
	}
	return r.simple(rest[:length])
}

// annotation passes "{text}", which says nothing about the measure.
func (r *unitReader) annotation() (bool, bool) {
	if !r.sees('{') {
		return false, true
	}
	length := strings.IndexByte(r.text[r.pos:], '}')
	r.pos += length + 1
	return true, length >= 0
}

// simple is one unit with its prefix and exponent, or a number. Square brackets may hold digits: [in_i], [H2O].
func (r *unitReader) simple(s string) (*unit, int, bool) {
	if s == "" {
		return &unit{factor: apd.New(1, 0)}, 1, true
	}
	if n, err := strconv.ParseUint(s, 10, 31); err == nil && n > 0 {
		return &unit{factor: apd.New(int64(n), 0)}, 1, true
	}
	if u, ok := r.atom(s); ok {
		return u, 1, true // 10*, m[H2O]: what looks like an exponent is of the name
	}
	name := strings.TrimRight(s, "0123456789")
	digits := s[len(name):]
	name = strings.TrimSuffix(name, "+")
	exponent := 1
	if digits != "" {
		n, err := strconv.Atoi(digits)
		if err != nil || n > maxPower || n == 0 {
			return nil, 0, false
		}
		exponent = n
		if short, ok := strings.CutSuffix(name, "-"); ok {
			name, exponent = short, -n
		}
	}
	u, ok := r.atom(name)
	return u, exponent, ok
}

// atom is a unit by its code, with or without a prefix. The result is the caller's.
func (r *unitReader) atom(name string) (*unit, bool) {
	if u, ok := r.known[name]; ok {
		return u.clone(), true
	}
	for prefix, exponent := range prefixes {
		code, ok := strings.CutPrefix(name, prefix)
		if !ok || !metric[code] {
			continue
		}
		u, known := r.known[code]
		if !known {
			continue
		}
		result := u.clone()
		result.factor = new(apd.Decimal).Set(u.factor)
		result.factor.Exponent += exponent
		return result, true
	}
	return nil, false
}

// clone is a copy that may be multiplied.
func (u *unit) clone() *unit {
	c := *u
	return &c
}
