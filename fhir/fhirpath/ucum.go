package fhirpath

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// unit is a unit of UCUM in base units: what one of it is, and of which dimension. Special units, such as degrees
// Celsius, have an offset too and stand alone.
type unit struct {
	factor    *apd.Decimal
	offset    *apd.Decimal
	powers    [len(baseUnits)]int
	arbitrary string // [iU] and its like are commensurable with nothing else
}

// baseUnits are those of UCUM (section 4.2).
var baseUnits = [...]string{"m", "s", "g", "rad", "K", "C", "cd"}

// maxUnit bounds the length of a unit, and maxPower the exponent of a part of it.
const (
	maxUnit  = 200
	maxPower = 20
)

// Canonical converts a value to the base units of UCUM (http://unitsofmeasure.org, the Unified Code for Units of
// Measure), and names them: (4000, "mg") is (4, "g"). Quantities whose second results are equal can be compared. It
// reports false for what is no unit, or none that is known here.
func Canonical(value *apd.Decimal, code string) (*apd.Decimal, string, bool) {
	if len(code) > maxUnit {
		return nil, "", false
	}
	r := &unitReader{text: code, known: units()}
	u, ok := r.term()
	if !ok || r.pos != len(code) || code == "" {
		return nil, "", false
	}
	result, ok := compute(func(d *apd.Decimal) (apd.Condition, error) {
		condition, err := quotient.Mul(d, value, u.factor)
		if err != nil || u.offset == nil {
			return condition, err
		}
		return quotient.Add(d, d, u.offset)
	})
	if !ok {
		return nil, "", false
	}
	short, ok := compute(func(d *apd.Decimal) (apd.Condition, error) { return commensurate.Round(d, result) })
	if !ok {
		return nil, "", false
	}
	return trimmed(short), u.name(), true
}

// name is the unit in base units, such as "g.m-3".
func (u *unit) name() string {
	var parts []string
	if u.arbitrary != "" {
		parts = append(parts, u.arbitrary)
	}
	for i, power := range u.powers {
		switch power {
		case 0:
		case 1:
			parts = append(parts, baseUnits[i])
		default:
			parts = append(parts, baseUnits[i]+strconv.Itoa(power))
		}
	}
	if len(parts) == 0 {
		return "1"
	}
	return strings.Join(parts, ".")
}

// raise multiplies u by the power of another; it cannot with special units, nor with two arbitrary ones.
func (u *unit) raise(other *unit, power int) bool {
	if u.offset != nil || other.offset != nil || other.arbitrary != "" && (u.arbitrary != "" || power != 1 && power != -1) {
		return false
	}
	if other.arbitrary != "" {
		u.arbitrary = other.arbitrary
		if power < 0 {
			u.arbitrary += "-1"
		}
	}
	for i := range u.powers {
		u.powers[i] += other.powers[i] * power
	}
	for range max(power, -power) {
		var ok bool
		u.factor, ok = compute(func(d *apd.Decimal) (apd.Condition, error) {
			if power < 0 {
				return exact.Quo(d, u.factor, other.factor)
			}
			return exact.Mul(d, u.factor, other.factor)
		})
		if !ok || u.factor.IsZero() {
			return false
		}
	}
	return true
}
