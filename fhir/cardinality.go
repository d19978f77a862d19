package fhir

import (
	"slices"
	"strings"
)

// duplicates reports names that stand twice. It compares each with each in the usual small object.
func (c *checker) duplicates(n Node) bool {
	found := false
	twice := func(m int32) {
		found = true
		c.report(m, Structure, "the element stands twice in its object: write it once")
	}
	if n.Len() > 12 {
		seen := make(map[string]struct{}, n.Len())
		for m := range n.children() {
			name := c.tree.nodes[m].name
			if _, ok := seen[name]; ok {
				twice(m)
			}
			seen[name] = struct{}{}
		}
		return found
	}
	for b := range n.children() {
		for a := range n.children() {
			if a >= b {
				break
			}
			if c.tree.nodes[a].name == c.tree.nodes[b].name {
				twice(b)
				break
			}
		}
	}
	return found
}

// choice reports a second type of the same choice (FHIR R4, datatypes.html): value[x] has one.
func (c *checker) choice(n Node, m int32, plain string, e *element, elements map[string]*element) {
	if e.base == plain {
		return
	}
	for other := range n.children() {
		if other >= m {
			return
		}
		name := strings.TrimPrefix(c.tree.nodes[other].name, "_")
		if o := elements[name]; o != nil && o.base == e.base && name != plain {
			c.report(m, Structure, "%s[x] has one type: choose one", e.base)
			return
		}
	}
}

func present(n Node, base string, elements map[string]*element) bool {
	for name := range n.Members() {
		if name == base {
			return true
		}
		if e := elements[strings.TrimPrefix(name, "_")]; e != nil && e.base == base {
			return true
		}
	}
	return false
}

// aligned checks the nulls of an array of primitives: name and _name go in step, and in each place at least
// one of the two says something (FHIR R4, json.html#primitive).
func (c *checker) aligned(parent, n Node, beside bool) {
	name := n.Name()
	partner := parent.Get("_" + name)
	if beside {
		partner = parent.Get(name[1:])
	}
	if partner.OK() && (partner.Kind() != Array || partner.Len() != n.Len()) {
		if beside {
			c.report(n.i, Structure, "the array does not have the length of the one that it accompanies")
		}
		return
	}
	var others []int32
	if partner.OK() {
		others = slices.Collect(partner.children())
	}
	k := 0
	for entry := range n.children() {
		alone := others == nil || c.tree.nodes[others[k]].kind == Null
		if c.tree.nodes[entry].kind == Null && alone && (others == nil || !beside) {
			c.report(entry, Structure, "null stands only where the accompanying array has something")
		}
		k++
	}
}
