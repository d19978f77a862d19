package fhirpath

import (
	"strings"
	"unicode"

	"github.com/cockroachdb/apd/v3"
)

// equivalent is "~" on collections (FHIRPath N1, section 6.1.2): the same values in any order.
func (r *run) equivalent(a, b []Value) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	left := append([]Value(nil), b...)
	for _, v := range a {
		found := false
		for k, other := range left {
			alike, err := r.alike(v, other)
			if err != nil {
				return false, err
			}
			if alike {
				left = append(left[:k], left[k+1:]...)
				found = true
				break
			}
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

// alike is "~" on two items.
func (r *run) alike(a, b Value) (bool, error) {
	if err := r.spend(1); err != nil {
		return false, err
	}
	x, y := a.operand(), b.operand()
	if x == nil && y == nil {
		if a.definition.Name() != b.definition.Name() {
			return false, nil
		}
		return r.sameNodes(a.node, b.node, true)
	}
	if x == nil || y == nil {
		return false, nil
	}
	if err := r.weigh(x, x, x, x, y, y, y, y); err != nil { // texts are read again and again
		return false, err
	}
	switch x := x.(type) {
	case text:
		other, ok := y.(text)
		return ok && plain(string(x)) == plain(string(other)), nil
	case integer, decimal:
		n, m := numberOf(x), numberOf(y)
		return m != nil && nearly(n, m), nil
	case *quantity:
		other, ok := y.(*quantity)
		return ok && alikeQuantities(x, other), nil
	default:
		return sameAtoms(x, y) == yes, nil
	}
}

// plain is text without case, and with each stretch of space as one.
func plain(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), unicode.IsSpace), " ")
}

// nearly compares as precisely as the less precise of the two.
func nearly(a, b *apd.Decimal) bool {
	digits := min(places(a), places(b))
	x, ok := rounded(a, digits, halfUp)
	y, fine := rounded(b, digits, halfUp)
	return ok && fine && x.Cmp(y) == 0
}

// alikeQuantities compares in the unit of the less precise. Years and months are those of UCUM too.
func alikeQuantities(a, b *quantity) bool {
	a, b = a.approximate(), b.approximate()
	if converted, ok := b.in(a); ok && nearly(a.value, converted) {
		return true
	}
	converted, ok := a.in(b)
	return ok && nearly(b.value, converted)
}

// approximate is a year or month as UCUM has it, since equivalence does not tell them apart.
func (q *quantity) approximate() *quantity {
	switch word := calendarUnits[q.unit]; {
	case q.calendar && word == "year":
		return &quantity{q.value, "a", false}
	case q.calendar && word == "month":
		return &quantity{q.value, "mo", false}
	default:
		return q
	}
}
