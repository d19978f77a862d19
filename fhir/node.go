package fhir

import (
	"iter"
	"strconv"
)

// NodeKind is what a JSON value is.
type NodeKind uint8

// The kinds of node. Missing is the kind of the zero Node, which is what an absent member gives.
const (
	Missing NodeKind = iota
	Object
	Array
	String
	Number
	Bool
	Null
)

// Node is one value in the JSON of a resource. It is a small value, cheap to copy; the zero Node is missing
// and answers every question with nothing, so that paths can be walked without checks.
type Node struct {
	t *tree
	i int32
}

// tree is the JSON in document order: a node's first child follows it, next is its next sibling.
type tree struct {
	data  []byte
	nodes []node
}

type node struct {
	kind       NodeKind
	start, end int32  // the value's bytes
	key        int32  // start of the member's name, for a member of an object; else -1
	name       string // the member's name, unescaped; "" in an array
	next       int32  // next sibling, or -1
	parent     int32  // or -1
	text       string // strings: unescaped
	index      int32  // position in its array or object
	count      int32  // children
}

// Kind says what the value is.
func (n Node) Kind() NodeKind {
	if n.t == nil {
		return Missing
	}
	return n.t.nodes[n.i].kind
}

// OK reports whether there is a value at all.
func (n Node) OK() bool { return n.t != nil }

// Get gives the member of an object with this name.
func (n Node) Get(name string) Node {
	if n.Kind() != Object {
		return Node{}
	}
	for c := range n.children() {
		if n.t.nodes[c].name == name {
			return Node{n.t, c}
		}
	}
	return Node{}
}

// At walks the names from here, taking the first entry of each array on the way.
func (n Node) At(names ...string) Node {
	for _, name := range names {
		n = n.First().Get(name)
	}
	return n.First()
}

// First is the first entry of an array, or the value itself when it is not one.
func (n Node) First() Node {
	if n.Kind() != Array {
		return n
	}
	for c := range n.children() {
		return Node{n.t, c}
	}
	return Node{}
}

// Each gives the entries of an array; a value that is not an array is given itself, a missing one gives none.
func (n Node) Each() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		switch n.Kind() {
		case Missing:
		case Array:
			for c := range n.children() {
				if !yield(Node{n.t, c}) {
					return
				}
			}
		default:
			yield(n)
		}
	}
}

// Members gives the members of an object, or nothing.
func (n Node) Members() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		if n.Kind() != Object {
			return
		}
		for c := range n.children() {
			if !yield(n.t.nodes[c].name, Node{n.t, c}) {
				return
			}
		}
	}
}

// All gives every entry reached by walking the names, through every entry of every array on the way.
func (n Node) All(names ...string) iter.Seq[Node] {
	return func(yield func(Node) bool) { n.walk(names, yield) }
}

func (n Node) walk(names []string, yield func(Node) bool) bool {
	for e := range n.Each() {
		if len(names) == 0 {
			if !yield(e) {
				return false
			}
			continue
		}
		if !e.Get(names[0]).walk(names[1:], yield) {
			return false
		}
	}
	return true
}

// Text is the value of a string without its escapes, the digits of a number as they stand, "true" or "false".
// For anything else it is empty.
func (n Node) Text() string {
	switch n.Kind() {
	case String:
		return n.t.nodes[n.i].text
	case Number, Bool:
		return string(n.Bytes())
	default:
		return ""
	}
}

// Bytes is the JSON of the value as it came. The caller must not change it.
func (n Node) Bytes() []byte {
	if n.t == nil {
		return nil
	}
	return n.t.data[n.t.nodes[n.i].start:n.t.nodes[n.i].end]
}

// Name is the member's name in its object; empty for the root and for entries of arrays.
func (n Node) Name() string {
	if n.t == nil {
		return ""
	}
	return n.t.nodes[n.i].name
}

// Parent is the object or array that holds the value.
func (n Node) Parent() Node {
	if n.t == nil || n.t.nodes[n.i].parent < 0 {
		return Node{}
	}
	return Node{n.t, n.t.nodes[n.i].parent}
}

// Len is the number of entries or members.
func (n Node) Len() int {
	if n.t == nil {
		return 0
	}
	return int(n.t.nodes[n.i].count)
}

// Path is the FHIRPath of the value from its resource, such as "CarePlan.activity[0].detail".
func (n Node) Path() string {
	if n.t == nil {
		return ""
	}
	self := n.t.nodes[n.i]
	if self.parent < 0 {
		if t := n.Get("resourceType"); t.Kind() == String && KnownType(Type(t.Text())) {
			return t.Text()
		}
		return "Resource"
	}
	parent := n.Parent()
	if self.key < 0 {
		return parent.Path() + "[" + strconv.Itoa(int(self.index)) + "]"
	}
	return parent.Path() + "." + self.name
}

func (n Node) children() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		if n.t.nodes[n.i].count == 0 {
			return
		}
		for c := n.i + 1; c >= 0; c = n.t.nodes[c].next {
			if !yield(c) {
				return
			}
		}
	}
}
