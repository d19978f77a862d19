package mappings

import (
	"slices"
)

// reach is the spot at a FHIR path from another, made where it is not there.
func (c *compiler) reach(at *spot, path string, r setting, each *Path, split string, refs int) *spot {
	where, _ := r.get("fhir")
	if where.line == 0 {
		where = r
	}
	steps, err := parseFHIRPath(path)
	if err != nil {
		c.on(where, "%s", err)
		return nil
	}
	for i, st := range steps {
		last := i == len(steps)-1
		switch loops := each != nil || refs > 0 && st.every; {
		case st.every && !last:
			c.on(where, "[] stands at the end of a path: go on in a group of rules")
			return nil
		case st.every && !loops:
			c.on(where, "%s[] needs the repeats that it is made from: each, or local with []", st.name)
			return nil
		case last && each != nil && !st.every:
			c.on(where, "each repeat makes an entry: write %s[]", st.name)
			return nil
		}
		if at = c.enter(at, st, where); at == nil {
			return nil
		}
		if st.every {
			at.each, at.split = each, split
			if each == nil {
				at.refs = refs
			}
		}
	}
	return at
}

// enter is the spot of one step.
func (c *compiler) enter(at *spot, st fhirStep, where setting) *spot {
	of, ok := at.of.Element(st.name)
	if !ok {
		var names []string
		for name := range at.of.Elements() {
			names = append(names, name)
		}
		c.on(where, "%s has no element %q%s", at.of.Name(), st.name, hint(st.name, names))
		return nil
	}
	if st.marked && !of.Repeated {
		c.on(where, "%s does not repeat in %s: leave the brackets out", st.name, at.of.Name())
		return nil
	}
	if of.Of.Resource() {
		c.on(where, "a definition makes no contained resources: make it one of the resources, and point at it with ref")
		return nil
	}
	i := slices.IndexFunc(at.members, func(m *member) bool { return m.name == st.name })
	if i < 0 {
		i = len(at.members)
		at.members = append(at.members, &member{name: st.name, repeated: of.Repeated, of: of})
	}
	m := at.members[i]
	if !st.every {
		for _, s := range m.spots {
			if s.step.sameAs(st) {
				return s
			}
		}
	}
	s := &spot{of: of.Of, step: st, path: at.path + "." + of.Base + st.where()}
	m.spots = append(m.spots, s)
	c.fixed(s, st, where)
	return s
}
