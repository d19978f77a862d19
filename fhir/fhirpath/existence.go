package fhirpath

// empty, count and not are those of section 5.1; not is the only one that can be unknown.
func empty(c *application) ([]Value, error) { return []Value{truth(len(c.in) == 0)}, nil }

func count(c *application) ([]Value, error) {
	return computed(integer(len(c.in))), nil //nolint:gosec // no collection comes near 2^31
}

func not(c *application) ([]Value, error) {
	t, err := logic(c.in)
	return t.not().values(), err
}

// exists may have a condition, which some item must meet.
func exists(c *application) ([]Value, error) {
	if len(c.args) == 0 {
		return []Value{truth(len(c.in) > 0)}, nil
	}
	for i, v := range c.in {
		met, err := c.test(0, i, v)
		if err != nil {
			return nil, err
		}
		if met == yes {
			return []Value{truth(true)}, nil
		}
	}
	return []Value{truth(false)}, nil
}

// all holds when every item meets the condition: one that does not say so does not meet it.
func all(c *application) ([]Value, error) {
	for i, v := range c.in {
		met, err := c.test(0, i, v)
		if err != nil {
			return nil, err
		}
		if met != yes {
			return []Value{truth(false)}, nil
		}
	}
	return []Value{truth(true)}, nil
}

// allTrue and its kin take booleans, and nothing else. All of nothing is true, any of nothing is false.
func allTrue(c *application) ([]Value, error)  { return found(c, false, false) }
func anyTrue(c *application) ([]Value, error)  { return found(c, true, true) }
func allFalse(c *application) ([]Value, error) { return found(c, true, false) }
func anyFalse(c *application) ([]Value, error) { return found(c, false, true) }

// found gives the answer when one of the booleans is the one that is looked for, else its contrary.
func found(c *application, sought, answer boolean) ([]Value, error) {
	result := !answer
	for _, v := range c.in {
		b, ok := v.atom().(boolean)
		if !ok {
			return nil, failed("%s takes booleans only", c.name)
		}
		if b == sought {
			result = answer
		}
	}
	return computed(result), nil
}

// subsetOf asks whether all of the input are among the argument; supersetOf asks the contrary.
func subsetOf(c *application) ([]Value, error) {
	others, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	return c.run.within(c.in, others)
}

func supersetOf(c *application) ([]Value, error) {
	others, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	return c.run.within(others, c.in)
}

// within reports whether each of the values is among the others.
func (r *run) within(vs, others []Value) ([]Value, error) {
	missing, err := r.choose(vs, others, outside)
	return []Value{truth(len(missing) == 0)}, err
}

func distinct(c *application) ([]Value, error) { return c.run.distinct(c.in) }

func isDistinct(c *application) ([]Value, error) {
	found, err := c.run.distinct(c.in)
	return []Value{truth(len(found) == len(c.in))}, err
}
