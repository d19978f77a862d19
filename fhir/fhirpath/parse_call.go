package fhirpath

// invocation reads what follows a dot, or stands for itself: an element, a call, $this.
func (p *parser) invocation(of expr) (expr, error) {
	t := p.ahead
	if t.kind == special {
		return p.special(of)
	}
	name, err := p.identifier()
	if err != nil {
		return nil, err
	}
	if t.kind == word && p.sees("(") {
		return p.call(of, t)
	}
	return &member{of, name, t.start}, nil
}

// special reads $this, $index and $total, which stand for themselves.
func (p *parser) special(of expr) (expr, error) {
	t := p.ahead
	switch {
	case t.text != "$this" && t.text != "$index" && t.text != "$total":
		return nil, syntax(t.start, "there are only $this, $index and $total")
	case of != nil:
		return nil, syntax(t.start, "a name is expected here")
	}
	return specialName(t.text), p.advance()
}

// call reads a function's arguments and holds them against what the function takes.
func (p *parser) call(of expr, name token) (expr, error) {
	f, ok := functions[name.text]
	if !ok {
		return nil, syntax(name.start, "there is no such function")
	}
	c := &call{of: of, function: f, name: name.text, start: name.start}
	if err := p.take("("); err != nil {
		return nil, err
	}
	if f.typed {
		var err error
		if c.typ, err = p.typeSpecifier(); err != nil {
			return nil, err
		}
		return c, p.take(")")
	}
	if err := p.arguments(c); err != nil {
		return nil, err
	}
	if len(c.args) < f.least || len(c.args) > f.most {
		return nil, syntax(name.start, "%s takes %s", name.text, f.takes())
	}
	return c, nil
}

// arguments reads up to the closing bracket. Only sort takes a word behind an argument.
func (p *parser) arguments(c *call) error {
	if p.sees(")") {
		return p.advance()
	}
	if err := p.deeper(); err != nil {
		return err
	}
	for {
		arg, err := p.expression(0)
		if err != nil {
			return err
		}
		if c.name == "sort" && p.ahead.kind == word && (p.ahead.text == "asc" || p.ahead.text == "desc") {
			if p.ahead.text == "desc" {
				arg = &polarity{"-", arg, p.ahead.start}
			}
			if err := p.advance(); err != nil {
				return err
			}
		}
		c.args = append(c.args, arg)
		if !p.sees(",") {
			break
		}
		if err := p.advance(); err != nil {
			return err
		}
	}
	p.depth--
	return p.take(")")
}
