package fhirpath

import "github.com/cockroachdb/apd/v3"

// How precise the boundaries are when it is not told (FHIRPath 2.0, lowBoundary): digits behind the point, digits of a
// date, a date and time, and a time.
const (
	decimalPlaces  = 8
	dateDigits     = 8
	dateTimeDigits = 17
	timeDigits     = 9
	maxPlaces      = 28
)

// lowBoundary is the least value that the input may stand for, given how precisely it is known.
func lowBoundary(c *application) ([]Value, error) { return c.boundary(-1) }

// highBoundary is the greatest.
func highBoundary(c *application) ([]Value, error) { return c.boundary(1) }

// boundary looks downwards or upwards.
func (c *application) boundary(direction int) ([]Value, error) {
	s, ok, err := atomOf(c.in)
	if err != nil || !ok {
		return nil, err
	}
	digits, told, err := c.integer()
	if err != nil {
		return nil, err
	}
	if !told {
		digits = usualDigits(s)
	}
	switch s := s.(type) {
	case integer, decimal:
		if d := edge(numberOf(s), digits, direction); d != nil {
			return computed(decimal{d}), nil
		}
	case *quantity:
		if d := edge(s.value, digits, direction); d != nil {
			return computed(&quantity{d, s.unit, s.calendar}), nil
		}
	case *temporal:
		return computed(s.edge(digits, direction)), nil
	default:
		return nil, failed("%s is applied to a number, a quantity, a date or a time", c.name)
	}
	return nil, nil
}

// usualDigits is how precise the boundary of a value is when it is not told.
func usualDigits(s system) int {
	switch s.name() {
	case "Date":
		return dateDigits
	case "DateTime":
		return dateTimeDigits
	case "Time":
		return timeDigits
	default:
		return decimalPlaces
	}
}

// edge is half a unit of the last digit away, in so many digits behind the point; nil where that many are not offered.
func edge(n *apd.Decimal, digits, direction int) *apd.Decimal {
	if digits < 0 || digits > maxPlaces {
		return nil
	}
	half := apd.New(int64(5*direction), -places(n)-1)
	bound, ok := compute(func(d *apd.Decimal) (apd.Condition, error) { return exact.Add(d, n, half) })
	if !ok {
		return nil
	}
	way := flr
	if direction > 0 {
		way = ceil
	}
	result, ok := rounded(bound, int32(digits), way)
	if !ok {
		return nil
	}
	return result
}

// digitsOf is the precision of each field, counted in digits.
var digitsOf = [...]int{year: 4, month: 6, day: 8, hour: 10, minute: 12, second: 14}

// edge is the first or the last moment that the temporal may mean, down to the field that so many digits end with.
// Without a zone it may be anywhere: the first is that of the east, the last that of the west. It is nil where the
// digits end in the middle of a field, or the kind has no such field.
func (t *temporal) edge(digits, direction int) system {
	offset := 0
	if t.kind == "Time" {
		offset = digitsOf[day]
	}
	bound := &temporal{kind: t.kind, last: -1, zoned: t.zoned, zone: t.zone}
	for field, width := range digitsOf {
		if width-offset <= digits && field >= t.first() {
			bound.last = field
		}
	}
	switch {
	case digits+offset != digitsOf[max(bound.last, 0)] && digits+offset != dateTimeDigits:
		return nil
	case bound.last < t.first() || t.kind == "Date" && bound.last > day:
		return nil
	case digits+offset == dateTimeDigits:
		bound.fraction = 3
	}
	when := t.earliest()
	if direction > 0 {
		when = t.latest()
	}
	bound.set(when)
	if bound.fraction == 0 {
		bound.nanos = 0
	}
	if t.kind == "DateTime" && bound.last >= hour && !t.zoned {
		bound.zoned, bound.zone = true, map[int]int{-1: 14 * 60, 1: -12 * 60}[direction]
	}
	if bound.last < hour {
		bound.zoned = false
	}
	return bound
}

// precisionOf counts digits: behind the point of a number, of all fields of a date or time.
func precisionOf(c *application) ([]Value, error) {
	s, ok, err := atomOf(c.in)
	if err != nil || !ok {
		return nil, err
	}
	if n := numberOf(s); n != nil {
		return computed(integer(places(n))), nil
	}
	t, ok := s.(*temporal)
	if !ok {
		return nil, failed("precision is that of a number, a date or a time")
	}
	digits := digitsOf[t.last] + t.fraction
	if t.kind == "Time" {
		digits -= digitsOf[day]
	}
	return computed(integer(digits)), nil //nolint:gosec // 17 at most
}

// comparableOf reports whether two quantities measure the same.
func comparableOf(c *application) ([]Value, error) {
	arg, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	a, b, ok, err := pair(c.in, arg)
	if err != nil || !ok {
		return nil, err
	}
	x, y := quantityFrom(a), quantityFrom(b)
	if x == nil || y == nil {
		return nil, failed("comparable is asked of quantities")
	}
	_, known := compareQuantities(x, y)
	return []Value{truth(known)}, nil
}
