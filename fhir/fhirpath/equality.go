package fhirpath

import (
	"concord/fhir"
)

// equal is "=" on collections (FHIRPath N1, section 6.1.1): the same values in the same order. It is unknown when
// either is empty, and when the precision of dates or the units of quantities do not allow to say.
func (r *run) equal(a, b []Value) (trilean, error) {
	if len(a) == 0 || len(b) == 0 {
		return unknown, nil
	}
	if len(a) != len(b) {
		return no, nil
	}
	result := yes
	for i := range a {
		same, err := r.same(a[i], b[i])
		if err != nil {
			return unknown, err
		}
		result = and(result, same)
	}
	return result, nil
}

// same is "=" on two items.
func (r *run) same(a, b Value) (trilean, error) {
	if err := r.spend(1); err != nil {
		return unknown, err
	}
	if a.node.OK() && a.node == b.node {
		return yes, nil
	}
	x, y := a.atom(), b.atom()
	if x == nil && y == nil {
		same, err := r.sameTrees(a, b)
		return trileanOf(same), err
	}
	if x == nil || y == nil { // a FHIR Quantity beside a quantity
		x, y = a.operand(), b.operand()
	}
	if x == nil || y == nil {
		return no, nil
	}
	return sameAtoms(x, y), r.weigh(x, y)
}

// sameAtoms is "=" on values to compute with: of different types they are not equal, but for numbers.
func sameAtoms(x, y system) trilean {
	switch x := x.(type) {
	case *temporal:
		other, ok := y.(*temporal)
		if !ok || !x.comparable(other) {
			return no
		}
		order, known := compareTemporals(x, other)
		if !known {
			return unknown
		}
		return trileanOf(order == 0)
	case *quantity:
		other, ok := y.(*quantity)
		if !ok {
			return no
		}
		order, known := compareQuantities(x, other)
		if !known {
			return differing(x, other)
		}
		return trileanOf(order == 0)
	case integer, decimal:
		n, m := numberOf(x), numberOf(y)
		return trileanOf(m != nil && n.Cmp(m) == 0)
	default:
		return trileanOf(x == y)
	}
}

// differing is what "=" says of quantities that cannot be compared: unknown where a year of the calendar meets one of
// UCUM, no where they measure different things.
func differing(a, b *quantity) trilean {
	if a.calendar != b.calendar {
		return unknown
	}
	return no
}

// sameTrees compares elements with what is in them: objects by their members in any order, arrays in order.
func (r *run) sameTrees(a, b Value) (bool, error) {
	if a.definition.Name() != b.definition.Name() {
		return false, nil
	}
	if !a.node.OK() || !b.node.OK() {
		if a.node.OK() != b.node.OK() {
			return false, nil
		}
		return r.sameNodes(a.beside, b.beside, false)
	}
	return r.sameNodes(a.node, b.node, false)
}

// sameNodes compares JSON. Loosely, text goes without case and space, and arrays in any order.
func (r *run) sameNodes(a, b fhir.Node, loosely loose) (bool, error) {
	if err := r.spend(1 + len(a.Text())/bytesPerStep); err != nil {
		return false, err
	}
	if a.Kind() != b.Kind() || a.Len() != b.Len() {
		return false, nil
	}
	switch a.Kind() {
	case fhir.Object:
		for name, m := range a.Members() {
			if same, err := r.sameNodes(m, b.Get(name), loosely); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	case fhir.Array:
		return r.sameArrays(a, b, loosely)
	case fhir.Number:
		x, ok := parseDecimal(a.Text())
		y, fine := parseDecimal(b.Text())
		return ok && fine && x.Cmp(y) == 0 || a.Text() == b.Text(), nil
	default:
		if loosely {
			return plain(a.Text()) == plain(b.Text()), nil
		}
		return a.Text() == b.Text(), nil
	}
}

// loose says that trees are compared for equivalence.
type loose bool

// sameArrays holds each entry against the one in its place, or, loosely, against all that are left.
func (r *run) sameArrays(a, b fhir.Node, loosely loose) (bool, error) {
	var left []fhir.Node
	for n := range b.Each() {
		left = append(left, n)
	}
	for n := range a.Each() {
		found := -1
		for k, other := range left {
			same, err := r.sameNodes(n, other, loosely)
			if err != nil {
				return false, err
			}
			if same {
				found = k
				break
			}
			if !loosely {
				break
			}
		}
		if found < 0 {
			return false, nil
		}
		left = append(left[:found], left[found+1:]...)
	}
	return true, nil
}
