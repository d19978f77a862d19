package mappings

import (
	"slices"
)

// local finds two rules that restore the same field.
func (c *compiler) local(p *produced) {
	var seen []*leaf
	bases := map[*leaf]string{}
	var walk func(s *spot, base string, when []condition)
	walk = func(s *spot, base string, when []condition) {
		if s.each != nil {
			base += s.each.text + "/"
		}
		when = slices.Concat(when, s.when)
		for _, l := range s.leaves {
			if l.here && l.way != wayIn && !l.local.count {
				copied := *l
				copied.when = slices.Concat(when, l.when)
				seen = append(seen, &copied)
				bases[&copied] = base + l.local.text
			}
		}
		for _, m := range s.members {
			for _, inner := range m.spots {
				walk(inner, base, when)
			}
		}
	}
	walk(p.root, "", nil)
	for i, l := range seen {
		for _, other := range seen[:i] {
			if bases[l] == bases[other] && !never(l.when, other.when) {
				c.on(l.at, "line %d restores this field as well: one of the two says oneway: in", other.at.line)
				break
			}
		}
	}
}

// nestedKeys asks that the key of what stands in a list in a list begins with the key of the outer one.
func (c *compiler) nestedKeys(p *produced) {
	if p.each == nil {
		return
	}
	deep := 0
	for _, st := range p.each.steps {
		if st.index < 0 {
			deep++
		}
	}
	if deep > 2 {
		c.on(p.at, "lists are at most two deep")
	}
	if deep == 2 && !slices.ContainsFunc(p.keys, func(k key) bool { return k.path.up }) {
		c.on(p.at, "the key of what stands in a list in a list names the outer one too, such as key: [../id, id]")
	}
}
