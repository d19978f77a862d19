package fhirpath

// children gives all elements that are directly in the input (FHIRPath N1, section 5.8.1).
func children(c *application) ([]Value, error) {
	var found []Value
	for _, v := range c.in {
		found = v.children(found, "")
	}
	return found, nil
}

// descendants gives all elements at any depth.
func descendants(c *application) ([]Value, error) {
	var found []Value
	queue := c.in
	for len(queue) > 0 {
		var more []Value
		for _, v := range queue {
			more = v.children(more, "")
		}
		var err error
		if found, err = c.run.join(found, more); err != nil {
			return nil, err
		}
		queue = more
	}
	return found, nil
}

// trace shows the input, or what is made of it, to whoever evaluates, and passes it on.
func trace(c *application) ([]Value, error) {
	name, ok, err := c.textArg(0)
	if err != nil || !ok || c.run.env.Trace == nil {
		return c.in, err
	}
	shown := c.in
	if len(c.args) == 2 {
		shown = nil
		for i, v := range c.in {
			more, err := c.each(1, i, v)
			if err != nil {
				return nil, err
			}
			shown = append(shown, more...)
		}
	}
	c.run.env.Trace(name, shown)
	return c.in, nil
}

// now, today and timeOfDay are the same however often an expression asks (section 5.9.2).
func now(c *application) ([]Value, error) { return computed(dateTimeOf(c.run.env.Now)), nil }

func today(c *application) ([]Value, error) { return computed(dateTimeOf(c.run.env.Now).date()), nil }

func timeOfDay(c *application) ([]Value, error) {
	t := dateTimeOf(c.run.env.Now)
	t.kind, t.zoned, t.zone = "Time", false, 0
	t.fields[year], t.fields[month], t.fields[day] = 0, 0, 0
	return computed(t), nil
}

// typeOf tells the type of each item (FHIRPath N1, section 10.2, reflection).
func typeOf(c *application) ([]Value, error) {
	found := make([]Value, 0, len(c.in))
	for _, v := range c.in {
		name := typeName{"FHIR", v.definition.Name()}
		if v.system != nil {
			name = typeName{"System", v.system.name()}
		}
		found = append(found, Value{system: name})
	}
	return found, nil
}
