package fhirpath

import "strings"

// binary is an operator between two operands.
type binary struct {
	operator    string
	left, right expr
	start       int
}

func (e *binary) eval(r *run, s scope) ([]Value, error) {
	left, err := e.left.eval(r, s)
	if err != nil {
		return nil, err
	}
	switch e.operator {
	case "and", "or", "xor", "implies":
		found, err := e.connective(r, s, left)
		return found, at(err, e.start)
	}
	right, err := e.right.eval(r, s)
	if err != nil {
		return nil, err
	}
	found, err := e.apply(r, left, right)
	return found, at(err, e.start)
}

// connective leaves the right side alone where the left side decides.
func (e *binary) connective(r *run, s scope, found []Value) ([]Value, error) {
	left, err := logic(found)
	if err != nil {
		return nil, err
	}
	if result, ok := decided(e.operator, left); ok {
		return result.values(), r.spend(1)
	}
	if found, err = e.right.eval(r, s); err != nil {
		return nil, err
	}
	right, err := logic(found)
	if err != nil {
		return nil, err
	}
	return connect(e.operator, left, right).values(), r.spend(1)
}

// apply runs an operator whose sides were both evaluated.
func (e *binary) apply(r *run, left, right []Value) ([]Value, error) {
	if err := r.spend(1); err != nil {
		return nil, err
	}
	switch e.operator {
	case "=", "!=":
		same, err := r.equal(left, right)
		if e.operator == "!=" {
			same = same.not()
		}
		return same.values(), err
	case "~", "!~":
		alike, err := r.equivalent(left, right)
		return []Value{truth(alike == (e.operator == "~"))}, err
	case "<", "<=", ">", ">=":
		return r.compareOperands(e.operator, left, right)
	case "|":
		return r.distinct(append(append(make([]Value, 0, len(left)+len(right)), left...), right...))
	case "in":
		return r.membership(left, right)
	case "contains":
		return r.membership(right, left)
	case "&":
		return r.concatenate(left, right)
	default:
		return r.arithmetic(e.operator, left, right)
	}
}

// membership is "in" (FHIRPath N1, section 6.4.2).
func (r *run) membership(item, collection []Value) ([]Value, error) {
	switch len(item) {
	case 0:
		return nil, nil
	case 1:
		in, err := r.among(item[0], collection)
		return []Value{truth(in)}, err
	default:
		return nil, failed("one value is looked for in a collection, and here are several")
	}
}

// among reports whether a collection has an item that equals v.
func (r *run) among(v Value, collection []Value) (bool, error) {
	for _, other := range collection {
		same, err := r.same(v, other)
		if same == yes || err != nil {
			return same == yes, err
		}
	}
	return false, nil
}

// compareOperands is an inequality (FHIRPath N1, section 6.2).
func (r *run) compareOperands(operator string, left, right []Value) ([]Value, error) {
	a, b, ok, err := pair(left, right)
	if err != nil || !ok {
		return nil, err
	}
	if err := r.weigh(a, b); err != nil {
		return nil, err
	}
	order, known, err := compareAtoms(a, b)
	if err != nil || !known {
		return nil, err
	}
	switch operator {
	case "<":
		return []Value{truth(order < 0)}, nil
	case "<=":
		return []Value{truth(order <= 0)}, nil
	case ">":
		return []Value{truth(order > 0)}, nil
	default:
		return []Value{truth(order >= 0)}, nil
	}
}

// compareAtoms orders two values; values of different types have no order, and that is an error.
func compareAtoms(a, b system) (int, bool, error) {
	if n, m := numberOf(a), numberOf(b); n != nil && m != nil {
		return n.Cmp(m), true, nil
	}
	switch a := a.(type) {
	case text:
		if other, ok := b.(text); ok {
			return strings.Compare(string(a), string(other)), true, nil
		}
	case *temporal:
		if other, ok := b.(*temporal); ok && a.comparable(other) {
			order, known := compareTemporals(a, other)
			return order, known, nil
		}
	case *quantity:
		if other, ok := b.(*quantity); ok {
			order, known := compareQuantities(a, other)
			return order, known, nil
		}
	}
	return 0, false, failed("%s and %s have no order between them", a.name(), b.name())
}

// pair gives two single operands; it reports false when either is empty.
func pair(left, right []Value) (system, system, bool, error) {
	if len(left) > 1 || len(right) > 1 {
		return nil, nil, false, failed("the operator takes one value on each side, and here are several")
	}
	if len(left) == 0 || len(right) == 0 {
		return nil, nil, false, nil
	}
	a, b := left[0].operand(), right[0].operand()
	if a == nil || b == nil {
		if bare(left[0]) || bare(right[0]) {
			return nil, nil, false, nil
		}
		return nil, nil, false, failed("the operator takes values, and not elements that hold others")
	}
	return a, b, true, nil
}

// bare reports whether a value is a primitive, or Quantity, that has no value to compute with.
func bare(v Value) bool {
	return v.definition.Primitive() || subtype(v.definition.Name(), "Quantity")
}

// concatenate is "&", for which nothing is the empty string (FHIRPath N1, section 6.6.7).
func (r *run) concatenate(left, right []Value) ([]Value, error) {
	a, _, err := textOf(left)
	if err != nil {
		return nil, err
	}
	b, _, err := textOf(right)
	if err != nil {
		return nil, err
	}
	if err := r.spend((len(a) + len(b)) / bytesPerStep); err != nil {
		return nil, err
	}
	return joined(a, b)
}

// joined is two strings as one, as long as it is not too long.
func joined(a, b string) ([]Value, error) {
	if len(a)+len(b) > MaxText {
		return nil, beyond("a text is longer than %d bytes", MaxText)
	}
	return texts(a + b), nil
}
