package search

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Bounds of what is read as a number: beyond, exact arithmetic would cost more than any measurement is worth.
const (
	maxDigits   = 40
	maxExponent = 300
)

// decimal is a number as it was written, exactly.
type decimal struct {
	at   *big.Rat
	half *big.Rat // half of what the last digit stands for
}

// readDecimal reads -digits[.digits][e[+-]digits].
func readDecimal(s string) (decimal, bool) {
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > maxExponent || n < -maxExponent {
			return decimal{}, false
		}
		mantissa, exponent = s[:i], n
	}
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	if whole == "" || pointed && fraction == "" || len(whole)+len(fraction) > maxDigits || !onlyDigits(whole+fraction) {
		return decimal{}, false
	}
	digits, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return decimal{}, false
	}
	if mantissa[0] == '-' {
		digits.Neg(digits)
	}
	last := exponent - len(fraction)
	d := decimal{at: new(big.Rat).SetInt(digits), half: big.NewRat(1, 2)}
	d.at.Mul(d.at, tenTo(last))
	if !pointed && mantissa != s {
		last-- // FHIR R4, search.html#number: 1e2 is any value in the range [95, 105)
	}
	d.half.Mul(d.half, tenTo(last))
	return d, true
}

func onlyDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// tenTo is a power of ten.
func tenTo(n int) *big.Rat { return power(big.NewRat(10, 1), n) }

// power is for whole exponents. The base is not zero.
func power(base *big.Rat, n int) *big.Rat {
	exponent := big.NewInt(int64(max(n, -n)))
	num := new(big.Int).Exp(base.Num(), exponent, nil)
	denom := new(big.Int).Exp(base.Denom(), exponent, nil)
	if n < 0 {
		num, denom = denom, num
	}
	return new(big.Rat).SetFrac(num, denom)
}

// float is the nearest float64; beyond all of them it is the greatest or least, which stands for open.
func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return min(max(f, -math.MaxFloat64), math.MaxFloat64)
}

// span is what a number of a query means with its prefix, as closed bounds in a unit (FHIR R4, search.html#number).
// Without a comparison the digits imply a range, open above. For the comparisons the number is exact. About (ap) is
// within a tenth of it.
func (d decimal) span(prefix string, u unit) (float64, float64) {
	margin := d.half
	switch prefix {
	case "eq", "ne":
		low, high := new(big.Rat).Sub(d.at, margin), new(big.Rat).Add(d.at, margin)
		return u.float(low), math.Nextafter(u.float(high), math.Inf(-1))
	case "ap":
		if tenth := new(big.Rat).Mul(new(big.Rat).Abs(d.at), big.NewRat(1, 10)); tenth.Cmp(margin) > 0 {
			margin = tenth
		}
		return u.float(new(big.Rat).Sub(d.at, margin)), u.float(new(big.Rat).Add(d.at, margin))
	default:
		return u.float(d.at), u.float(d.at)
	}
}
