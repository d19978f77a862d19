package fhirpath

import (
	"github.com/cockroachdb/apd/v3"
)

// polarity is a sign before an operand.
type polarity struct {
	sign  string
	of    expr
	start int
}

func (e *polarity) eval(r *run, s scope) ([]Value, error) {
	found, err := e.of.eval(r, s)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if len(found) > 1 {
		return nil, at(failed("a sign stands before one value, and here are several"), e.start)
	}
	negated, ok := negate(found[0].operand())
	switch {
	case !ok && bare(found[0]):
		return nil, nil
	case !ok:
		return nil, at(failed("a sign stands before a number or a quantity"), e.start)
	case e.sign == "+":
		return found, nil
	default:
		return []Value{{system: negated}}, nil
	}
}

// negate is the value with its sign turned; zero has none.
func negate(s system) (system, bool) {
	minus := func(d *apd.Decimal) *apd.Decimal {
		result := new(apd.Decimal).Neg(d)
		if result.IsZero() {
			result.Negative = false
		}
		return result
	}
	switch s := s.(type) {
	case integer:
		return -s, true
	case decimal:
		return decimal{minus(s.Decimal)}, true
	case *quantity:
		return &quantity{minus(s.value), s.unit, s.calendar}, true
	default:
		return nil, false
	}
}
