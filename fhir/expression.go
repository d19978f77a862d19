package fhir

import (
	"strconv"
	"strings"
)

// expression is the FHIRPath of a value, such as "Observation.value" for valueQuantity: the name of the
// element, not that of the member. A name that is no element is told only if it looks like one, since it
// could be anything.
func expression(n Node) string {
	var up []Node // from n to the root
	for ; n.OK(); n = n.Parent() {
		up = append(up, n)
	}
	root := up[len(up)-1]
	var b strings.Builder
	b.WriteString(root.Path())
	s := resourceShape(Type(root.Get("resourceType").Text()))
	for i := len(up) - 2; i >= 0; i-- {
		step := up[i]
		if step.t.nodes[step.i].key < 0 {
			b.WriteString("[" + strconv.Itoa(int(step.t.nodes[step.i].index)) + "]")
			s = within(s, step)
			continue
		}
		name := strings.TrimPrefix(step.Name(), "_")
		e := lookup(s, name)
		switch {
		case e != nil:
			b.WriteString("." + e.base)
			s = within(e.of, step)
		case elementLike(name):
			b.WriteString("." + name)
			s = nil
		default:
			return b.String()
		}
	}
	return b.String()
}

// shapeAt is the shape of a value, or nil where FHIR knows none.
func shapeAt(n Node) *shape {
	if n.t.nodes[n.i].parent < 0 {
		return resourceShape(Type(n.Get("resourceType").Text()))
	}
	parent := n.Parent()
	s := shapeAt(parent)
	if n.t.nodes[n.i].key < 0 {
		return within(s, n)
	}
	if e := lookup(s, strings.TrimPrefix(n.Name(), "_")); e != nil {
		return within(e.of, n)
	}
	return nil
}

func lookup(s *shape, name string) *element {
	if s == nil || s.anything {
		return nil
	}
	return s.elements()[name]
}

// within is the shape of the value, which is that of its resourceType where any resource may stand.
func within(s *shape, n Node) *shape {
	if s == nil || !s.anything || n.Kind() != Object {
		return s
	}
	return resourceShape(Type(n.Get("resourceType").Text()))
}

func elementLike(name string) bool {
	if name == "" || len(name) > 40 {
		return false
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}
