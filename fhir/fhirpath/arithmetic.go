package fhirpath

import (
	"github.com/cockroachdb/apd/v3"
)

// arithmetic is + - * / div and mod (FHIRPath N1, section 6.6). Division by zero, and a result out of range, is empty.
func (r *run) arithmetic(operator string, left, right []Value) ([]Value, error) {
	a, b, ok, err := pair(left, right)
	if err != nil || !ok {
		return nil, err
	}
	if err := r.weigh(a, b); err != nil {
		return nil, err
	}
	result, err := calculate(operator, a, b)
	if err != nil || result == nil {
		return nil, err
	}
	return []Value{{system: result}}, nil
}

// calculate dispatches on the type of the left side; nil is empty, and what has no meaning is an error.
func calculate(operator string, a, b system) (system, error) {
	switch x := a.(type) {
	case text:
		if y, ok := b.(text); ok && operator == "+" {
			found, err := joined(string(x), string(y))
			if err != nil {
				return nil, err
			}
			return found[0].system, nil
		}
	case *temporal:
		if y, ok := b.(*quantity); ok && (operator == "+" || operator == "-") {
			return x.add(y, map[string]int64{"+": 1, "-": -1}[operator])
		}
	case *quantity:
		if y := asQuantity(b, operator); y != nil {
			return calculateQuantity(operator, x, y), nil
		}
	case integer, decimal:
		if y, ok := b.(*quantity); ok && operator == "*" {
			return calculateQuantity(operator, &quantity{numberOf(a), "1", false}, y), nil
		}
		if numberOf(b) != nil {
			return calculateNumber(operator, a, b), nil
		}
	}
	return nil, failed("%s %s %s has no meaning", a.name(), operator, b.name())
}

// asQuantity is the right side of an operator on quantities; a number only multiplies and divides.
func asQuantity(s system, operator string) *quantity {
	if q, ok := s.(*quantity); ok {
		return q
	}
	if n := numberOf(s); n != nil && (operator == "*" || operator == "/") {
		return &quantity{n, "1", false}
	}
	return nil
}

// calculateNumber gives an integer where both sides are, but for "/"; nil is empty.
func calculateNumber(operator string, a, b system) system {
	d, ok := operate(operator, numberOf(a), numberOf(b))
	if !ok {
		return nil
	}
	_, i := a.(integer)
	_, j := b.(integer)
	if operator == "div" || operator != "/" && i && j {
		if n, ok := fit(d); ok {
			return n
		}
		return nil
	}
	return decimal{d}
}

// operate runs an operator on decimals; it reports false where there is no result.
func operate(operator string, a, b *apd.Decimal) (*apd.Decimal, bool) {
	if b.IsZero() && (operator == "/" || operator == "div" || operator == "mod") {
		return nil, false
	}
	return compute(func(d *apd.Decimal) (apd.Condition, error) {
		switch operator {
		case "+":
			return exact.Add(d, a, b)
		case "-":
			return exact.Sub(d, a, b)
		case "*":
			return exact.Mul(d, a, b)
		case "div":
			return exact.QuoInteger(d, a, b)
		case "mod":
			return exact.Rem(d, a, b)
		default:
			condition, err := quotient.Quo(d, a, b)
			if err == nil && d.Form == apd.Finite {
				d.Set(trimmed(d))
			}
			return condition, err
		}
	})
}

// calculateQuantity adds in the unit of the left side, and multiplies units; nil is empty.
func calculateQuantity(operator string, a, b *quantity) system {
	switch operator {
	case "+", "-":
		converted, ok := b.in(a)
		if !ok {
			return nil
		}
		if d, ok := operate(operator, a.value, converted); ok {
			return &quantity{d, a.unit, a.calendar}
		}
	case "*", "/":
		unit, calendar, ok := compound(operator, a, b)
		if !ok {
			return nil
		}
		if d, ok := operate(operator, a.value, b.value); ok {
			return &quantity{d, unit, calendar}
		}
	}
	return nil
}

// compound is the unit of a product or quotient.
func compound(operator string, a, b *quantity) (string, bool, bool) {
	x, y := a.code(), b.code()
	switch {
	case y == "1":
		return a.unit, a.calendar, true
	case x == "1" && operator == "*":
		return b.unit, b.calendar, true
	case x == "" || y == "":
		return "", false, false
	case operator == "/" && x == y:
		return "1", false, true
	}
	sign := map[string]string{"*": ".", "/": "/"}[operator]
	unit := "(" + x + ")" + sign + "(" + y + ")"
	if simpleUnit(x) && simpleUnit(y) {
		unit = x + sign + y
	}
	return unit, false, len(unit) <= maxUnit
}

// simpleUnit reports whether a unit is one factor, which needs no brackets in a quotient.
func simpleUnit(code string) bool {
	for i := range len(code) {
		if code[i] == '.' || code[i] == '/' {
			return false
		}
	}
	return true
}

// code is the unit in UCUM, or empty.
func (q *quantity) code() string {
	if q.calendar {
		return definite[calendarUnits[q.unit]]
	}
	return q.unit
}
