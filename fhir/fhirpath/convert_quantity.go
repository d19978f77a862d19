package fhirpath

// quantityFrom is a value as a quantity, or nil (FHIRPath N1, section 5.5.7).
func quantityFrom(s system) *quantity {
	switch s := s.(type) {
	case *quantity:
		return s
	case integer, decimal:
		return &quantity{numberOf(s), "1", false}
	case boolean:
		return &quantity{numberOf(toDecimal(s)), "1", false}
	case text:
		if q, ok := parseQuantity(string(s)); ok {
			return q
		}
	}
	return nil
}

// toQuantity may be given a unit to convert to.
func toQuantity(c *application) ([]Value, error) {
	s, ok, err := atomOf(c.in)
	if err != nil || !ok {
		return nil, err
	}
	q := quantityFrom(s)
	if q == nil || len(c.args) == 0 {
		if q == nil {
			return nil, nil
		}
		return computed(q), nil
	}
	arg, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	unit, ok, err := textOf(arg)
	if err != nil || !ok {
		return nil, err
	}
	_, calendar := calendarUnits[unit]
	value, ok := q.in(&quantity{q.value, unit, calendar})
	if !ok {
		return nil, nil
	}
	return computed(&quantity{value, unit, calendar}), nil
}

// convertsToQuantity tells whether toQuantity would give one.
func convertsToQuantity(c *application) ([]Value, error) {
	_, ok, err := atomOf(c.in)
	if err != nil || !ok {
		return nil, err
	}
	found, err := toQuantity(c)
	return []Value{truth(len(found) == 1)}, err
}
