package fhir

import (
	"fmt"
	"slices"
	"strings"
)

// maxIssues bounds the faults told of one body.
const maxIssues = 50

// checker holds a tree against the shapes of FHIR and gathers what is wrong with it.
type checker struct {
	tree   *tree
	issues []Issue
}

// check gives the faults of the strict pass, in the order of the bytes.
func check(t *tree) []Issue {
	c := &checker{tree: t}
	c.resource(0, false)
	slices.SortStableFunc(c.issues, func(a, b Issue) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return c.issues
}

func (c *checker) report(i int32, code Kind, format string, args ...any) {
	if len(c.issues) >= maxIssues {
		return
	}
	issue := Issue{Code: code, Diagnostics: fmt.Sprintf(format, args...), Expression: expression(Node{c.tree, i})}
	n := &c.tree.nodes[i]
	at := n.start
	if n.key >= 0 {
		at = n.key
	}
	issue.Line, issue.Col = place(c.tree.data, int(at))
	c.issues = append(c.issues, issue)
}

// resource checks one resource: the whole body, an entry of a Bundle, or a contained one.
func (c *checker) resource(i int32, contained bool) {
	n := Node{c.tree, i}
	if n.Kind() != Object {
		c.report(i, Structure, "a resource is a JSON object")
		return
	}
	typ := n.Get("resourceType")
	switch {
	case !typ.OK():
		c.report(i, Structure, "resourceType is missing: name the type of the resource")
		return
	case typ.Kind() != String:
		c.report(typ.i, Structure, "resourceType is a string")
		return
	case !KnownType(Type(typ.Text())):
		c.report(typ.i, Structure, "this is not a resource type of FHIR R4; names are case-sensitive")
		return
	}
	s := resourceShape(Type(typ.Text()))
	if inner := n.Get("contained"); contained && inner.OK() {
		c.report(inner.i, Invalid, "a contained resource cannot contain others (dom-2)")
		return
	}
	c.object(i, s, s)
}

// object checks the members of an object of shape s. resource is s itself when it is a resource, else nil.
func (c *checker) object(i int32, s, resource *shape) {
	n := Node{c.tree, i}
	if n.Kind() != Object {
		c.report(i, Structure, "%s is a JSON object", kindWord(s))
		return
	}
	if n.Len() == 0 {
		c.report(i, Structure, "an object cannot be empty: leave the element out")
		return
	}
	elements := s.elements()
	if c.duplicates(n) {
		return // which of them holds is not known, nor what they make of the others
	}
	for m := range n.children() {
		name := c.tree.nodes[m].name
		if name == "resourceType" && resource != nil {
			continue
		}
		plain, beside := strings.CutPrefix(name, "_")
		e := elements[plain]
		if e == nil || beside && !e.of.primitive {
			c.unknown(m, s)
			continue
		}
		if beside && resource == nil && plainOnly(s, plain, e) {
			c.report(m, Structure, "FHIR has no extensions on %s here: it is its value alone", plain)
			continue
		}
		c.choice(n, m, plain, e, elements)
		c.value(n, m, e, beside)
	}
	for _, base := range s.required {
		if !present(n, base, elements) {
			c.report(i, Required, "%s is required here and missing", base)
		}
	}
}

// plainOnly reports whether an element has no object beside it: the id of an element, the url of an Extension and the
// div of a narrative are strings of the format, without extensions (FHIR R4, element.html, extensibility.html,
// narrative.html).
func plainOnly(s *shape, plain string, e *element) bool {
	return plain == "id" || (s.name == "Extension" && plain == "url") || e.of.name == "Xhtml"
}

func (c *checker) unknown(m int32, s *shape) {
	name := c.tree.nodes[m].name
	if right, ok := s.folded[strings.ToLower(strings.TrimPrefix(name, "_"))]; ok && right != strings.TrimPrefix(name, "_") {
		c.report(m, Structure, "there is no such element: names are case-sensitive, write %s", right)
		return
	}
	c.report(m, Structure, "there is no such element in %s", s.name)
}

// value checks one member. beside says that it is the object beside a primitive, "_birthDate".
func (c *checker) value(parent Node, m int32, e *element, beside bool) {
	n := Node{c.tree, m}
	if !e.repeated {
		c.single(m, e.of, beside)
		return
	}
	if n.Kind() != Array {
		c.report(m, Structure, "the element may be repeated, so it is a JSON array")
		return
	}
	if n.Len() == 0 {
		c.report(m, Structure, "an array cannot be empty: leave the element out")
		return
	}
	if e.of.primitive {
		c.aligned(parent, n, beside)
	}
	for entry := range n.children() {
		if e.of.primitive && c.tree.nodes[entry].kind == Null {
			continue // aligned has seen to it
		}
		c.single(entry, e.of, beside)
	}
}

// single checks one value of a shape.
func (c *checker) single(i int32, s *shape, beside bool) {
	switch kind := c.tree.nodes[i].kind; {
	case kind == Null:
		c.report(i, Structure, "null says nothing: leave the element out")
	case kind == Array:
		c.report(i, Structure, "the element does not repeat here, so it is no JSON array")
	case s.anything:
		c.resource(i, s.md.Name() == "Any")
	case s.primitive && !beside:
		c.primitive(i, s)
	default:
		c.object(i, s, nil)
	}
}
