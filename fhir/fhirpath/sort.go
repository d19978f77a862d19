package fhirpath

import "slices"

// row is an item with the keys by which it is sorted.
type row struct {
	item Value
	keys []system
}

// sorted orders the input by its keys, or by itself. A minus before a key, or desc behind it, sorts downwards. What has
// no key comes first either way (FHIRPath draft 3.0, sort).
func sorted(c *application) ([]Value, error) {
	rows := make([]row, 0, len(c.in))
	for i, v := range c.in {
		keys, err := c.keys(i, v)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{v, keys})
	}
	var fault error
	slices.SortStableFunc(rows, func(a, b row) int {
		order, err := c.compareRows(a, b)
		if err != nil && fault == nil {
			fault = err
		}
		return order
	})
	if fault != nil {
		return nil, fault
	}
	result := make([]Value, 0, len(rows))
	for _, r := range rows {
		result = append(result, r.item)
	}
	return result, nil
}

// keys evaluates all keys of an item; without keys the item is its own.
func (c *application) keys(index int, v Value) ([]system, error) {
	if len(c.args) == 0 {
		s, _, err := atomOf([]Value{v})
		return []system{s}, err
	}
	keys := make([]system, 0, len(c.args))
	for i := range c.args {
		key, err := c.key(i, index, v)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// key evaluates one key, without the sign that turns the order.
func (c *application) key(i, index int, v Value) (system, error) {
	s := c.scope
	s.this, s.index = []Value{v}, index
	arg := c.args[i]
	if c.downwards(i) {
		arg = arg.(*polarity).of
	}
	found, err := arg.eval(c.run, s)
	if err != nil {
		return nil, err
	}
	key, _, err := atomOf(found)
	return key, err
}

// downwards reports whether a key sorts the greatest first.
func (c *application) downwards(i int) bool {
	if i >= len(c.args) {
		return false
	}
	sign, ok := c.args[i].(*polarity)
	return ok && sign.sign == "-"
}

// compareRows goes by the first key that differs.
func (c *application) compareRows(a, b row) (int, error) {
	if err := c.run.spend(1); err != nil {
		return 0, err
	}
	for i := range a.keys {
		x, y := a.keys[i], b.keys[i]
		switch {
		case x == nil && y == nil:
			continue
		case x == nil:
			return -1, nil
		case y == nil:
			return 1, nil
		}
		if err := c.run.weigh(x, y); err != nil {
			return 0, err
		}
		order, _, err := compareAtoms(x, y)
		if c.downwards(i) {
			order = -order
		}
		if err != nil || order != 0 {
			return order, err
		}
	}
	return 0, nil
}
