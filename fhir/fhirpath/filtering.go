package fhirpath

// where gives the items that meet the condition (FHIRPath N1, section 5.2.1).
func where(c *application) ([]Value, error) {
	var found []Value
	for i, v := range c.in {
		met, err := c.test(0, i, v)
		if err != nil {
			return nil, err
		}
		if met == yes {
			found = append(found, v)
		}
	}
	return found, nil
}

// selected evaluates its argument for each item, and puts what it gives in one row (section 5.2.2).
func selected(c *application) ([]Value, error) {
	var found []Value
	for i, v := range c.in {
		more, err := c.each(0, i, v)
		if err != nil {
			return nil, err
		}
		if found, err = c.run.join(found, more); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// repeat goes on with what it found until there is nothing new (FHIRPath N1, section 5.2.3).
func repeat(c *application) ([]Value, error) {
	known := &distinctSet{}
	var found []Value
	for next, from := 0, c.in; ; next, from = len(found), found[next:] {
		for _, v := range from {
			more, err := c.each(0, 0, v)
			if err != nil {
				return nil, err
			}
			for _, v := range more {
				fresh, err := c.run.add(known, v)
				if err != nil {
					return nil, err
				}
				if fresh {
					found = append(found, v)
				}
			}
			if len(found) > MaxCollection {
				return c.run.keep(found)
			}
		}
		if len(found) == next {
			return found, nil
		}
	}
}

// ofType gives the items of a type (section 5.2.4); is tells whether the one item there is has it.
func ofType(c *application) ([]Value, error) { return c.typ.among(c.in), nil }

func is(c *application) ([]Value, error) { return c.typ.is(c.in) }

// as takes several values, each by itself, since rules of R4 itself are written so (dom-3); strictly it takes one.
func as(c *application) ([]Value, error) {
	if len(c.in) > 1 && c.run.env.Strict {
		return nil, failed("as takes one value, and here are several: write ofType")
	}
	return c.typ.among(c.in), nil
}

// iif evaluates the branch that the condition chooses, and no other.
func iif(c *application) ([]Value, error) {
	if len(c.in) > 1 {
		return nil, failed("iif is applied to one value at most, and here are several")
	}
	s := c.scope
	if c.of != nil && len(c.in) == 1 {
		s.this = c.in
	}
	found, err := c.args[0].eval(c.run, s)
	if err != nil {
		return nil, err
	}
	met, err := logic(found)
	if err != nil {
		return nil, err
	}
	if _, ok := singleBoolean(found); !ok && len(found) > 0 {
		return nil, failed("the condition of iif is a boolean")
	}
	switch {
	case met == yes:
		return c.args[1].eval(c.run, s)
	case len(c.args) == 3:
		return c.args[2].eval(c.run, s)
	default:
		return nil, nil
	}
}

// singleBoolean is the one boolean of a collection; one that has only extensions counts as false.
func singleBoolean(vs []Value) (bool, bool) {
	if len(vs) != 1 {
		return false, false
	}
	if vs[0].definition.Name() == "boolean" {
		return false, true
	}
	return vs[0].Boolean()
}

// aggregate carries $total from item to item (FHIRPath N1, section 7.1).
func aggregate(c *application) ([]Value, error) {
	total, err := c.arg(1)
	if err != nil {
		return nil, err
	}
	for i, v := range c.in {
		s := c.scope
		s.this, s.index, s.total = []Value{v}, i, total
		if total, err = c.args[0].eval(c.run, s); err != nil {
			return nil, err
		}
	}
	return total, nil
}
