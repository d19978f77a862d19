package fhirpath

import "github.com/cockroachdb/apd/v3"

// number gives the input as a number; it reports false when it is empty.
func (c *application) number() (system, *apd.Decimal, bool, error) {
	s, ok, err := atomOf(c.in)
	if err != nil || !ok {
		return nil, nil, false, err
	}
	n := numberOf(s)
	if n == nil {
		return nil, nil, false, failed("%s is applied to a number", c.name)
	}
	return s, n, true, nil
}

// abs takes quantities too (FHIRPath N1, section 5.7.1).
func abs(c *application) ([]Value, error) {
	s, ok, err := atomOf(c.in)
	if err != nil || !ok {
		return nil, err
	}
	switch s := s.(type) {
	case integer:
		return computed(max(s, -s)), nil
	case decimal:
		return computed(decimal{new(apd.Decimal).Abs(s.Decimal)}), nil
	case *quantity:
		return computed(&quantity{new(apd.Decimal).Abs(s.value), s.unit, s.calendar}), nil
	default:
		return nil, failed("abs is applied to a number or a quantity")
	}
}

// ceiling, floor and truncate give integers, or nothing beyond 32 bits.
func ceiling(c *application) ([]Value, error)  { return c.toWhole(ceil) }
func floor(c *application) ([]Value, error)    { return c.toWhole(flr) }
func truncate(c *application) ([]Value, error) { return c.toWhole(down) }

// toWhole rounds to an integer.
func (c *application) toWhole(way rounding) ([]Value, error) {
	_, n, ok, err := c.number()
	if err != nil || !ok {
		return nil, err
	}
	if d, ok := rounded(n, 0, way); ok {
		if whole, ok := fit(d); ok {
			return computed(whole), nil
		}
	}
	return nil, nil
}

// round gives a decimal with so many digits behind the point, none when it is not told.
func round(c *application) ([]Value, error) {
	_, n, ok, err := c.number()
	if err != nil || !ok {
		return nil, err
	}
	digits, _, err := c.integer()
	if err != nil {
		return nil, err
	}
	if digits < 0 {
		return nil, failed("round takes a number of digits that is not negative")
	}
	d, ok := rounded(n, int32(min(digits, int(places(n)))), halfUp) //nolint:gosec // places is an int32
	if !ok {
		return nil, nil
	}
	return computed(decimal{d}), nil
}

// sqrt, exp and ln give nothing where there is no real result.
func sqrt(c *application) ([]Value, error) {
	return c.function(func(d, n *apd.Decimal) (apd.Condition, error) { return transcendental.Sqrt(d, n) })
}

// maxExp bounds the argument of exp: a result has at most some 90 digits before the point, or zeros behind it.
const maxExp = 200

func exp(c *application) ([]Value, error) {
	return c.function(func(d, n *apd.Decimal) (apd.Condition, error) {
		if new(apd.Decimal).Abs(n).Cmp(apd.New(maxExp, 0)) > 0 {
			return apd.Overflow, errNoResult
		}
		return transcendental.Exp(d, n)
	})
}

func ln(c *application) ([]Value, error) {
	return c.function(func(d, n *apd.Decimal) (apd.Condition, error) { return transcendental.Ln(d, n) })
}

// errNoResult is a result that no decimal of ours can hold; the function gives nothing then.
var errNoResult = failed("there is no result")

// costly is what a function that is computed by a series takes from the budget.
const costly = 500

// function is one of numbers that may have no result.
func (c *application) function(f func(d, n *apd.Decimal) (apd.Condition, error)) ([]Value, error) {
	_, n, ok, err := c.number()
	if err != nil || !ok {
		return nil, err
	}
	if err := c.run.spend(costly); err != nil {
		return nil, err
	}
	d, ok := compute(func(d *apd.Decimal) (apd.Condition, error) { return f(d, n) })
	if !ok {
		return nil, nil
	}
	return shortened(d), nil
}

// shortened is a result without the digits that were carried to spare.
func shortened(d *apd.Decimal) []Value {
	short, ok := compute(func(result *apd.Decimal) (apd.Condition, error) { return quotient.Round(result, d) })
	if !ok {
		return nil
	}
	return computed(decimal{trimmed(short)})
}

// numberArg gives the first argument as a number; it reports false when it is empty.
func (c *application) numberArg() (system, *apd.Decimal, bool, error) {
	arg, err := c.arg(0)
	if err != nil {
		return nil, nil, false, err
	}
	s, ok, err := atomOf(arg)
	if err != nil || !ok {
		return nil, nil, false, err
	}
	n := numberOf(s)
	if n == nil {
		return nil, nil, false, failed("%s takes a number", c.name)
	}
	return s, n, true, nil
}

// logarithm is that to the base of its argument.
func logarithm(c *application) ([]Value, error) {
	_, base, ok, err := c.numberArg()
	if err != nil || !ok {
		return nil, err
	}
	return c.function(func(d, n *apd.Decimal) (apd.Condition, error) {
		below := new(apd.Decimal)
		if condition, err := transcendental.Ln(below, base); err != nil {
			return condition, err
		}
		if condition, err := transcendental.Ln(d, n); err != nil {
			return condition, err
		}
		return transcendental.Quo(d, d, below)
	})
}

// power of integers is an integer, where the exponent is not negative.
func power(c *application) ([]Value, error) {
	exponent, y, ok, err := c.numberArg()
	if err != nil || !ok {
		return nil, err
	}
	base, _, ok, err := c.number()
	if err != nil || !ok {
		return nil, err
	}
	found, err := c.function(func(d, n *apd.Decimal) (apd.Condition, error) {
		if new(apd.Decimal).Abs(y).Cmp(apd.New(1<<20, 0)) > 0 {
			return apd.Overflow, errNoResult
		}
		return transcendental.Pow(d, n, y)
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	_, i := base.(integer)
	k, j := exponent.(integer)
	if !i || !j || k < 0 {
		return found, nil
	}
	whole, ok := fit(found[0].system.(decimal).Decimal)
	if !ok {
		return nil, nil
	}
	return computed(whole), nil
}
