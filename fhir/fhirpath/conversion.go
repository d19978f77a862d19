package fhirpath

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// conversion makes a function of what converts one value, or gives nil (FHIRPath N1, section 5.5).
func conversion(convert func(system) system) *function {
	return &function{apply: func(c *application) ([]Value, error) {
		s, ok, err := atomOf(c.in)
		if err != nil || !ok {
			return nil, err
		}
		return computed(convert(s)), nil
	}}
}

// convertible makes the function that tells whether a value can be converted.
func convertible(convert func(system) system) *function {
	return &function{apply: func(c *application) ([]Value, error) {
		s, ok, err := atomOf(c.in)
		if err != nil || !ok {
			return nil, err
		}
		return []Value{truth(convert(s) != nil)}, nil
	}}
}

// toBoolean takes 0, 1, and the words that section 5.5.2 lists, in any case.
func toBoolean(s system) system {
	switch s := s.(type) {
	case boolean:
		return s
	case integer, decimal:
		switch n := numberOf(s); {
		case n.IsZero():
			return boolean(false)
		case n.Cmp(apd.New(1, 0)) == 0:
			return boolean(true)
		}
	case text:
		switch strings.ToLower(string(s)) {
		case "true", "t", "yes", "y", "1", "1.0":
			return boolean(true)
		case "false", "f", "no", "n", "0", "0.0":
			return boolean(false)
		}
	}
	return nil
}

// toInteger takes digits without a point (section 5.5.3).
func toInteger(s system) system {
	switch s := s.(type) {
	case integer:
		return s
	case boolean:
		if s {
			return integer(1)
		}
		return integer(0)
	case text:
		if n, err := strconv.ParseInt(string(s), 10, 32); err == nil {
			return integer(n)
		}
	}
	return nil
}

// toDecimal keeps the precision of what was written (section 5.5.6).
func toDecimal(s system) system {
	switch s := s.(type) {
	case decimal:
		return s
	case integer:
		return decimal{numberOf(s)}
	case boolean:
		if s {
			return decimal{apd.New(10, -1)}
		}
		return decimal{apd.New(0, -1)}
	case text:
		if d, ok := parsePlain(string(s)); ok {
			return decimal{d}
		}
	}
	return nil
}

var plainNumber = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// parsePlain reads a number without exponent.
func parsePlain(s string) (*apd.Decimal, bool) {
	if !plainNumber.MatchString(s) {
		return nil, false
	}
	return parseDecimal(s)
}

// toDate cuts the time off (section 5.5.4).
func toDate(s system) system {
	switch s := s.(type) {
	case *temporal:
		return s.date()
	case text:
		if t, ok := parseTemporal(string(s)); ok {
			return t.date()
		}
	}
	return nil
}

// date is the date of a date and time.
func (t *temporal) date() system {
	if t.kind == "Time" {
		return nil
	}
	d := &temporal{kind: "Date", last: min(t.last, day)}
	copy(d.fields[:], t.fields[:d.last+1])
	return d
}

// toDateTime is as precise as what it is made of (section 5.5.5).
func toDateTime(s system) system {
	t, ok := s.(*temporal)
	if written, is := s.(text); is {
		t, ok = parseTemporal(string(written))
	}
	if !ok || t.kind == "Time" {
		return nil
	}
	moment := *t
	moment.kind = "DateTime"
	return &moment
}

// toTime takes a time with or without its "T" (section 5.5.9).
func toTime(s system) system {
	t, ok := s.(*temporal)
	if written, is := s.(text); is {
		t, ok = parseTemporal("T" + strings.TrimPrefix(string(written), "T"))
	}
	if !ok || t.kind != "Time" {
		return nil
	}
	return t
}

// toText writes what a literal would, without its "@" and quotes (section 5.5.8).
func toText(s system) system {
	if _, ok := s.(typeName); ok {
		return nil
	}
	return text(s.String())
}
