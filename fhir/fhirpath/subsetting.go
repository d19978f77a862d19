package fhirpath

// single, first, last, tail, skip and take are those of section 5.3; only single finds fault with several values.
func single(c *application) ([]Value, error) {
	if len(c.in) > 1 {
		return nil, failed("single finds several values")
	}
	return c.in, nil
}

func first(c *application) ([]Value, error) { return c.slice(0, 1) }

func last(c *application) ([]Value, error) { return c.slice(len(c.in)-1, len(c.in)) }

func tail(c *application) ([]Value, error) { return c.slice(1, len(c.in)) }

// skip and take treat a negative number as zero.
func skip(c *application) ([]Value, error) {
	n, ok, err := c.integer()
	if err != nil || !ok {
		return nil, err
	}
	return c.slice(n, len(c.in))
}

func take(c *application) ([]Value, error) {
	n, ok, err := c.integer()
	if err != nil || !ok {
		return nil, err
	}
	return c.slice(0, n)
}

// integer is the first argument.
func (c *application) integer() (int, bool, error) {
	arg, err := c.arg(0)
	if err != nil {
		return 0, false, err
	}
	n, ok, err := integerOf(arg)
	return int(n), ok, err
}

// slice is the input from one place to another, as far as there is any.
func (c *application) slice(from, to int) ([]Value, error) {
	if err := ordered(c.run, c.of); err != nil {
		return nil, err
	}
	from, to = max(from, 0), min(to, len(c.in))
	if from >= to {
		return nil, nil
	}
	return c.in[from:to:to], nil
}

// intersect gives what is in both, once.
func intersect(c *application) ([]Value, error) {
	others, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	found, err := c.run.choose(c.in, others, inside)
	if err != nil {
		return nil, err
	}
	return c.run.distinct(found)
}

// exclude gives what is not in the other, as often as it stands.
func exclude(c *application) ([]Value, error) {
	others, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	return c.run.choose(c.in, others, outside)
}

// union is the operator "|" (section 5.4.1).
func union(c *application) ([]Value, error) {
	both, err := combine(c)
	if err != nil {
		return nil, err
	}
	return c.run.distinct(both)
}

// combine joins two collections and keeps what stands in both twice.
func combine(c *application) ([]Value, error) {
	others, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	return append(append(make([]Value, 0, len(c.in)+len(others)), c.in...), others...), nil
}
