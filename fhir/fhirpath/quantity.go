package fhirpath

import (
	"strings"

	"github.com/cockroachdb/apd/v3"

	"concord/fhir"
)

// ucumSystem is the code system of units (FHIR R4, terminologies-systems.html).
const ucumSystem = "http://unitsofmeasure.org"

// quantity is a number with a unit: of UCUM, or of the calendar (FHIRPath N1, section 4.1.8).
type quantity struct {
	value    *apd.Decimal
	unit     string // as it was written
	calendar bool   // days, not 'd'
}

// calendarUnits are the units of the calendar, each by its word and its plural.
var calendarUnits = map[string]string{
	"year": "year", "years": "year", "month": "month", "months": "month", "week": "week", "weeks": "week",
	"day": "day", "days": "day", "hour": "hour", "hours": "hour", "minute": "minute", "minutes": "minute",
	"second": "second", "seconds": "second", "millisecond": "millisecond", "milliseconds": "millisecond",
}

// definite are the units of the calendar that always last as long, with their codes in UCUM. Years and months do not.
var definite = map[string]string{
	"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms",
}

func (*quantity) name() string { return "Quantity" }

func (q *quantity) String() string {
	if q.calendar {
		return q.value.Text('f') + " " + q.unit
	}
	return q.value.Text('f') + " '" + q.unit + "'"
}

// json is the quantity as a FHIR Quantity.
func (q *quantity) json() []byte {
	if q.calendar {
		return []byte(`{"value":` + q.value.Text('f') + `,"unit":` + string(quote(q.unit)) + `}`)
	}
	return []byte(`{"value":` + q.value.Text('f') + `,"system":"` + ucumSystem + `","code":` + string(quote(q.unit)) + `}`)
}

// quantityOf is a FHIR Quantity as a quantity, or nil: one without value, or with a comparator, is none
// (FHIR R4, fhirpath.html#quantity). The years and months of UCUM are those of the calendar, as FHIR says there.
// A unit that is not of UCUM is kept apart from all units that are.
func quantityOf(n fhir.Node) *quantity {
	value, ok := parseDecimal(n.Get("value").Text())
	if !ok || n.Get("comparator").OK() {
		return nil
	}
	system, code := n.Get("system").Text(), n.Get("code").Text()
	switch {
	case system == ucumSystem && code == "a":
		return &quantity{value, "year", true}
	case system == ucumSystem && code == "mo":
		return &quantity{value, "month", true}
	case system == ucumSystem && code != "":
		return &quantity{value, code, false}
	case system == "" && code == "" && !n.Get("unit").OK():
		return &quantity{value, "1", false}
	default:
		return &quantity{value, "{" + system + "|" + code + "|" + n.Get("unit").Text() + "}?", false}
	}
}

// parseQuantity reads what toQuantity() takes: 4, 4.0 'mg', 4 days.
func parseQuantity(s string) (*quantity, bool) {
	s = strings.TrimSpace(s)
	digits := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("+-.0123456789", r) })
	if digits < 0 {
		value, ok := parsePlain(s)
		return &quantity{value, "1", false}, ok
	}
	value, ok := parsePlain(s[:digits])
	unit := strings.TrimSpace(s[digits:])
	if _, calendar := calendarUnits[unit]; calendar {
		return &quantity{value, unit, true}, ok
	}
	if len(unit) < 3 || unit[0] != '\'' || unit[len(unit)-1] != '\'' {
		return nil, false
	}
	return &quantity{value, unit[1 : len(unit)-1], false}, ok
}

// measure is the quantity in base units, with the name of its dimension. Quantities of one dimension can be compared.
func (q *quantity) measure() (*apd.Decimal, string) {
	code := q.unit
	if q.calendar {
		word := calendarUnits[q.unit]
		switch word {
		case "year":
			months, ok := times(q.value, apd.New(12, 0))
			if ok {
				return months, "month"
			}
			return nil, ""
		case "month":
			return q.value, "month"
		}
		code = definite[word]
	}
	value, dimension, ok := Canonical(q.value, code)
	if !ok {
		return q.value, "{" + code + "}" // comparable with itself alone
	}
	return value, dimension
}

// times multiplies exactly.
func times(a, b *apd.Decimal) (*apd.Decimal, bool) {
	return compute(func(d *apd.Decimal) (apd.Condition, error) { return exact.Mul(d, a, b) })
}

// compareQuantities gives the order of two quantities; it is not known when their units measure different things.
func compareQuantities(a, b *quantity) (int, bool) {
	if a.unit == b.unit && a.calendar == b.calendar {
		return a.value.Cmp(b.value), true
	}
	x, dx := a.measure()
	y, dy := b.measure()
	if x == nil || y == nil || dx != dy {
		return 0, false
	}
	return x.Cmp(y), true
}

// in converts the quantity to the unit of another.
func (q *quantity) in(other *quantity) (*apd.Decimal, bool) {
	if q.unit == other.unit && q.calendar == other.calendar {
		return q.value, true
	}
	value, dimension := q.measure()
	zero, unit := (&quantity{apd.New(0, 0), other.unit, other.calendar}).measure()
	one, _ := (&quantity{apd.New(1, 0), other.unit, other.calendar}).measure()
	if value == nil || zero == nil || one == nil || dimension != unit {
		return nil, false
	}
	result, ok := compute(func(d *apd.Decimal) (apd.Condition, error) {
		step := new(apd.Decimal) // what one of the unit is: 1 °F is not measured from where 1 K is
		if condition, err := exact.Sub(step, one, zero); err != nil || step.IsZero() {
			return condition, errNoResult
		}
		if condition, err := exact.Sub(d, value, zero); err != nil {
			return condition, err
		}
		return commensurate.Quo(d, d, step)
	})
	if !ok {
		return nil, false
	}
	return trimmed(result), true
}
