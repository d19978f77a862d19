package fhirpath

import (
	"math"

	"github.com/cockroachdb/apd/v3"
)

// Decimals are exact (FHIRPath N1, section 4.1.4). Sums and products keep all their digits up to precision; what
// has no end, such as 1/3, is cut at quotientDigits. Beyond them an operation has no result.
const (
	precision      = 100
	quotientDigits = 34
	maxExponent    = 400
)

var (
	exact = &apd.Context{
		Precision: precision, MaxExponent: maxExponent, MinExponent: -maxExponent, Rounding: apd.RoundHalfUp,
		Traps: apd.DefaultTraps,
	}
	quotient = exact.WithPrecision(quotientDigits)
	// transcendental carries digits to spare, so that log(100, 10) is 2 after rounding.
	transcendental = apd.BaseContext.WithPrecision(quotientDigits + 8)
	// commensurate is how exactly units are converted.
	commensurate = exact.WithPrecision(quotientDigits - 6)
)

// compute runs an operation of apd, and reports whether it has a result.
func compute(operation func(d *apd.Decimal) (apd.Condition, error)) (*apd.Decimal, bool) {
	d := new(apd.Decimal)
	_, err := operation(d)
	if err != nil || d.Form != apd.Finite {
		return nil, false
	}
	if d.IsZero() && d.Negative {
		d.Negative = false
	}
	return d, true
}

// number is an integer or decimal as a decimal, or nil.
func numberOf(s system) *apd.Decimal {
	switch s := s.(type) {
	case integer:
		return apd.New(int64(s), 0)
	case decimal:
		return s.Decimal
	default:
		return nil
	}
}

// fit is a decimal result as an integer where the operands were integers; beyond 32 bits there is none.
func fit(d *apd.Decimal) (system, bool) {
	n, err := d.Int64()
	if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
		return nil, false
	}
	return integer(n), true
}

// places is the number of digits behind the point.
func places(d *apd.Decimal) int32 { return max(-d.Exponent, 0) }

// rounding says which way a number goes that has more digits than are asked for.
type rounding uint8

const (
	down   rounding = iota // towards zero
	halfUp                 // to the nearest, halves away from zero
	ceil
	flr
)

// rounded is d with so many digits behind the point. apd only cuts here: its other roundings take a number far below
// the last digit for zero.
func rounded(d *apd.Decimal, digits int32, way rounding) (*apd.Decimal, bool) {
	cutter := *exact
	cutter.Rounding = apd.RoundDown
	result, ok := compute(func(result *apd.Decimal) (apd.Condition, error) { return cutter.Quantize(result, d, -digits) })
	if !ok {
		return nil, false
	}
	rest, ok := compute(func(rest *apd.Decimal) (apd.Condition, error) { return exact.Sub(rest, d, result) })
	if !ok {
		return nil, false
	}
	step := int64(0)
	switch {
	case way == ceil && rest.Sign() > 0:
		step = 1
	case way == flr && rest.Sign() < 0:
		step = -1
	case way == halfUp && new(apd.Decimal).Abs(rest).Cmp(apd.New(5, -digits-1)) >= 0:
		step = int64(rest.Sign())
	}
	return compute(func(sum *apd.Decimal) (apd.Condition, error) { return exact.Add(sum, result, apd.New(step, -digits)) })
}

// trimmed is d without zeros at its end, but none of those before the point.
func trimmed(d *apd.Decimal) *apd.Decimal {
	short, _ := new(apd.Decimal).Reduce(d)
	if short.Exponent > 0 {
		short.SetInt64(0)
		if whole, ok := rounded(d, 0, halfUp); ok {
			return whole
		}
	}
	return short
}
