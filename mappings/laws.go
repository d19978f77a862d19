package mappings

import (
	"math/rand/v2"
	"slices"
	"strings"

	"concord/fhir"
)

// laws finds, without a record, the rules that could not be undone. What it lets through goes both ways by
// construction: each codec undoes itself on what it calls exact, no two rules write the same place on either side,
// and entries of a list can be told apart.
func (c *compiler) laws() {
	for i, p := range c.d.resources {
		for _, other := range c.d.resources[:i] {
			if p.typ == other.typ && !p.step.apartFrom(other.step) && p.system == other.system {
				c.on(p.at, "%s and %s make the same resource: give them fixed values that differ, or another identifier", other.name, p.name)
			}
		}
		c.nestedKeys(p)
		p.root.settle()
		c.spot(p.root, p.step.name)
		c.local(p)
	}
}

// settle says of each spot whether something in it is taken from the record.
func (s *spot) settle() bool {
	s.data = len(s.when) > 0 || slices.ContainsFunc(s.leaves, (*leaf).moves)
	for _, m := range s.members {
		for _, inner := range m.spots {
			s.data = inner.settle() || s.data
		}
	}
	return s.data
}

// moves reports whether what the leaf writes depends on the record.
func (l *leaf) moves() bool {
	return l.json == nil && l.ref == 0 && !l.key || len(l.when) > 0
}

// spot finds two rules for one FHIR element, and entries that cannot be told apart.
func (c *compiler) spot(s *spot, path string) {
	if len(s.leaves) > 0 && len(s.members) > 0 {
		c.whole(s, path)
	}
	if len(s.leaves) == 0 && len(s.members) == 0 {
		return
	}
	c.exclusive(s.leaves, path)
	c.d.adding = s.adds() || c.d.adding
	c.required(s, path)
	for i, m := range s.members {
		for _, other := range s.members[:i] {
			if m.of.Base != other.of.Base {
				continue
			}
			for _, a := range m.all(nil) {
				for _, b := range other.all(nil) { // each with each: the rules of one of the types stand beside each other
					c.exclusive([]*leaf{b, a}, path+"."+m.of.Base)
				}
			}
		}
		c.entries(m, path+"."+m.name)
		for _, inner := range m.spots {
			c.spot(inner, path+"."+m.name)
		}
	}
}

// required notes what FHIR requires in an object, and finds what no rule writes.
func (c *compiler) required(s *spot, path string) {
	if len(s.leaves) > 0 || s.of.Primitive() {
		return
	}
	for _, e := range s.of.Elements() {
		if e.Required && !slices.Contains(s.needs, e.Base) {
			s.needs = append(s.needs, e.Base)
		}
	}
	slices.Sort(s.needs)
	for _, name := range s.needs {
		if !slices.ContainsFunc(s.members, func(m *member) bool { return m.of.Base == name }) {
			c.on(s.place(), "FHIR R4 requires %s.%s, and no rule writes it", path, name)
		}
	}
}

// whole finds what is written whole by one rule and in parts by another. Fixed values may stand beside a codec that
// does not write them.
func (c *compiler) whole(s *spot, path string) {
	fixed := map[string]bool{}
	for _, f := range s.step.fixed {
		fixed[f.path[0].name] = true
	}
	for _, m := range s.members {
		if !fixed[m.name] {
			c.on(s.leaves[0].at, "%s is written whole by one rule and in parts by another: leave one of them", path)
			return
		}
	}
	for _, l := range s.leaves {
		if l.codec.sample == nil {
			continue
		}
		r := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // for samples, not for secrets
		for range 4 {
			x := encoding{id: plainID}
			if _, err := l.codec.encode(&x, l.codec.sample(r)); err != nil {
				continue
			}
			n, err := fhir.Walk(x.out)
			for name := range n.Members() {
				if err == nil && fixed[name] {
					c.on(l.at, "the codec %s writes %s.%s itself: leave it out of the brackets", l.codec.word, path, name)
					return
				}
			}
		}
	}
}

// exclusive tells of the last leaf if it can stand beside one before it.
func (c *compiler) exclusive(leaves []*leaf, path string) {
	for i, l := range leaves {
		for _, other := range leaves[:i] {
			if l.way != "" && other.way != "" && l.way != other.way || never(l.when, other.when) {
				continue
			}
			c.on(l.at, "line %d writes %s as well: give the two conditions that exclude each other", other.at.line, path)
			return
		}
	}
}

// all are the leaves below, each with the conditions of the groups around it.
func (m *member) all(when []condition) []*leaf {
	var all []*leaf
	for _, s := range m.spots {
		with := slices.Concat(when, s.when)
		for _, l := range s.leaves {
			copied := *l
			copied.when = slices.Concat(with, l.when)
			all = append(all, &copied)
		}
		for _, inner := range s.members {
			all = append(all, inner.all(with)...)
		}
	}
	return all
}

// entries finds entries of a list that could be taken for each other on the way back.
func (c *compiler) entries(m *member, path string) {
	if !m.repeated {
		return
	}
	for i, s := range m.spots {
		positional := !s.step.every && len(s.step.fixed) == 0
		for _, other := range m.spots[:i] {
			apart := s.step.apartFrom(other.step) || never(s.when, other.when) || s.keyed() || other.keyed()
			if positional && !other.step.every && len(other.step.fixed) == 0 {
				apart = true
			}
			if !apart && (s.data || other.data) {
				c.on(s.place(), "entries of %s cannot be told apart on the way back: give each of them a fixed value that differs, such as %s[system=...]", path, m.name)
				return
			}
		}
		if positional && s.step.index > 0 && !slices.ContainsFunc(m.spots, func(o *spot) bool { return !o.step.every && o.step.index == s.step.index-1 }) {
			c.on(s.place(), "%s[%d] has no [%d] before it", path, s.step.index, s.step.index-1)
		}
	}
	slices.SortStableFunc(m.spots, func(a, b *spot) int { return a.step.index - b.step.index })
}

// adds notes the rules of a value that may bring back what another of them said, and reports whether there are any: a
// rule that goes to FHIR only, beside one that goes both ways, and constants that are the same.
func (s *spot) adds() bool {
	adds := false
	for i, l := range s.leaves {
		for _, other := range s.leaves[:i] {
			same := l.json != nil && string(other.json) == string(l.json) && len(l.when) > 0
			if same || (other.way == wayIn) != (l.way == wayIn) {
				l.adds, other.adds, adds = true, true, true
			}
		}
	}
	return adds
}

// keyed reports whether the entry is the key of the resource. It is read first, and its system is the source's own, so
// that no entry that a record says is taken for it.
func (s *spot) keyed() bool {
	return slices.ContainsFunc(s.members, func(m *member) bool {
		return slices.ContainsFunc(m.spots, func(inner *spot) bool {
			return slices.ContainsFunc(inner.leaves, func(l *leaf) bool { return l.key })
		})
	})
}

// place is that of the first rule below.
func (s *spot) place() setting {
	if len(s.leaves) > 0 {
		return s.leaves[0].at
	}
	for _, m := range s.members {
		for _, inner := range m.spots {
			if at := inner.place(); at.line > 0 && !strings.HasPrefix(m.name, "system") {
				return at
			}
		}
	}
	return setting{}
}
