package search

import (
	"math/big"
	"strconv"
	"strings"
)

// unitParser reads the grammar of UCUM: units with prefixes and exponents, products and quotients from left to
// right, brackets, and annotations in braces, which mean nothing.
type unitParser struct {
	table *unitTable
	rest  string
}

// term reads factors joined by . and / until the end or a closing bracket.
func (p *unitParser) term(depth int) (unit, bool) {
	product := unit{factor: big.NewRat(1, 1)}
	sign := 1
	if strings.HasPrefix(p.rest, "/") {
		p.rest, sign = p.rest[1:], -1
	}
	for depth <= maxDepth {
		factor, exponent, ok := p.factor(depth)
		if !ok || !product.to(factor, sign*exponent) {
			return unit{}, false
		}
		switch {
		case p.rest == "" || p.rest[0] == ')':
			return product, true
		case p.rest[0] == '.':
			sign = 1
		case p.rest[0] == '/':
			sign = -1
		default:
			return unit{}, false
		}
		p.rest = p.rest[1:]
	}
	return unit{}, false
}

// factor reads a unit with its exponent, a number, a term in brackets, or an annotation.
func (p *unitParser) factor(depth int) (unit, int, bool) {
	one := unit{factor: big.NewRat(1, 1)}
	if rest, ok := strings.CutPrefix(p.rest, "("); ok {
		p.rest = rest
		inner, ok := p.term(depth + 1)
		if !ok || !strings.HasPrefix(p.rest, ")") {
			return unit{}, 0, false
		}
		p.rest = p.rest[1:]
		return inner, 1, true
	}
	symbol := p.symbol()
	annotated := p.annotation()
	if symbol == "" {
		return one, 1, annotated
	}
	if known, ok := p.table.atom(symbol); ok {
		return known, 1, true
	}
	if onlyDigits(symbol) {
		// "1.73.m2" would be 1 times 73 square metres, which nobody means.
		next := strings.TrimPrefix(p.rest, ".")
		if symbol[0] == '0' || len(symbol) > 9 || next != p.rest && next != "" && onlyDigits(next[:1]) {
			return unit{}, 0, false
		}
		n, err := strconv.ParseInt(symbol, 10, 64)
		return unit{factor: big.NewRat(n, 1)}, 1, err == nil
	}
	at := strings.LastIndexFunc(symbol, func(c rune) bool { return (c < '0' || c > '9') && c != '+' && c != '-' }) + 1
	exponent, err := strconv.Atoi(symbol[at:])
	if err != nil {
		return unit{}, 0, false
	}
	known, ok := p.table.atom(symbol[:at])
	return known, exponent, ok
}

// symbol takes the unit with prefix and exponent. What stands in square brackets belongs to it.
func (p *unitParser) symbol() string {
	inside := false
	for i := range len(p.rest) {
		switch c := p.rest[i]; {
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case !inside && strings.IndexByte("./(){}", c) >= 0:
			taken := p.rest[:i]
			p.rest = p.rest[i:]
			return taken
		}
	}
	taken := p.rest
	p.rest = ""
	return taken
}

// annotation takes {words}, if there are some.
func (p *unitParser) annotation() bool {
	if !strings.HasPrefix(p.rest, "{") {
		return false
	}
	_, after, closed := strings.Cut(p.rest, "}")
	if closed {
		p.rest = after
	}
	return closed
}

// prefixes are the powers of ten that metric units take.
var prefixes = map[string]int{
	"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
	"d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}

// atom finds a unit, with a prefix when it is metric.
func (t *unitTable) atom(symbol string) (unit, bool) {
	if u, ok := t.atoms[symbol]; ok {
		return u, true
	}
	for size := 1; size <= 2 && size < len(symbol); size++ {
		n, ok := prefixes[symbol[:size]]
		u, known := t.atoms[symbol[size:]]
		if !ok || !known || !t.metric[symbol[size:]] || u.offset != nil {
			continue
		}
		u.factor = new(big.Rat).Mul(u.factor, tenTo(n))
		return u, true
	}
	return unit{}, false
}
