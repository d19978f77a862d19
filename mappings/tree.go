package mappings

import (
	"iter"
	"log/slog"
	"strconv"
	"strings"
)

// Kind says what a format made of a value, so that it can be printed as it was read.
type Kind uint8

// The kinds of node. Group is the zero Kind.
const (
	Group  Kind = iota // has children and no text: an object, a segment, a field of several components
	Text               // a string, a cell, a component
	Number             // JSON only: the digits as they stand
	Bool               // JSON only: "true" or "false"
	Null               // the sender says that there is nothing: JSON null, "" of HL7 v2. It is never mapped
	Empty              // JSON only: an array without entries
)

// Place is where in the bytes a node came from, from 1: line and column, or row and column of a table. The zero
// Place is that of a node that was made here.
type Place struct{ Line, Col int32 }

// Entry is what a Builder is told of one node.
type Entry struct {
	Name   string // of the field; nodes of one parent with the same name are its repeats, in their order
	Text   string // empty for a Group
	Kind   Kind
	Listed bool // stands in a JSON array, alone or not
	Place  Place
}

// Tree is one local record, immutable. Builder makes it. The zero Tree has a root without children.
type Tree struct {
	format string
	nodes  []node           // in document order: a node's first child follows it
	spelt  map[int32]string // how leaves were written that their format would write otherwise
}

type node struct {
	Entry
	next   int32 // next sibling, or -1
	parent int32 // or -1
	count  int32 // children
}

// Format is the word of the definition's format: "csv", "xlsx", "json", "ndjson", "hl7v2".
func (t *Tree) Format() string { return t.format }

// Root is the record itself, a Group without a name.
func (t *Tree) Root() Node {
	if len(t.nodes) == 0 {
		return Node{}
	}
	return Node{t, 0}
}

// Len is the number of nodes, the root among them.
func (t *Tree) Len() int { return len(t.nodes) }

// String keeps the record out of whatever prints it.
func (t *Tree) String() string { return "[withheld]" }

// LogValue keeps the record out of every log.
func (t *Tree) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Node is one node of a Tree: a small comparable value. The zero Node answers every question with nothing.
type Node struct {
	t *Tree
	i int32
}

// OK reports whether there is a node at all.
func (n Node) OK() bool { return n.t != nil }

func (n Node) entry() Entry {
	if n.t == nil {
		return Entry{}
	}
	return n.t.nodes[n.i].Entry
}

// Name is the name of the field.
func (n Node) Name() string { return n.entry().Name }

// Kind says what the value is.
func (n Node) Kind() Kind { return n.entry().Kind }

// Text is the value; a Group, Null and Empty have none.
func (n Node) Text() string { return n.entry().Text }

// Listed reports whether the node stands in a JSON array.
func (n Node) Listed() bool { return n.entry().Listed }

// Spelt is how the text was written, where its format would write it otherwise: with an escape that nothing asked for,
// or with one that says nothing in text. Else it is empty.
func (n Node) Spelt() string {
	if n.t == nil {
		return ""
	}
	return n.t.spelt[n.i]
}

// Place is where the node came from.
func (n Node) Place() Place { return n.entry().Place }

// Len is the number of children.
func (n Node) Len() int {
	if n.t == nil {
		return 0
	}
	return int(n.t.nodes[n.i].count)
}

// Children gives the children in their order.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.Len() == 0 {
			return
		}
		for c := n.i + 1; c >= 0; c = n.t.nodes[c].next {
			if !yield(Node{n.t, c}) {
				return
			}
		}
	}
}

// Get is the child of this name with this index among its repeats, from 0. A leaf is its own first component: "1"
// of a node without children is the node, since HL7 v2 leaves the separators of a lone component out (HL7 v2.5.3).
func (n Node) Get(name string, index int) Node {
	if n.t == nil {
		return Node{}
	}
	nodes := n.t.nodes
	if nodes[n.i].count == 0 {
		if name == "1" && index == 0 && nodes[n.i].Kind != Group {
			return n
		}
		return Node{}
	}
	for c := n.i + 1; c >= 0; c = nodes[c].next {
		if nodes[c].Name != name {
			continue
		}
		if index == 0 {
			return Node{n.t, c}
		}
		index--
	}
	return Node{}
}

// Leaf is the node itself, or its first component where it has several: the first child named "1", and so on down.
func (n Node) Leaf() Node {
	for n.Kind() == Group && n.OK() {
		n = n.Get("1", 0)
	}
	return n
}

// Path is the node's place from the root, with indices where a name repeats: "PID-5[1].1".
func (n Node) Path() string {
	var b strings.Builder
	n.path(&b)
	return b.String()
}

func (n Node) path(b *strings.Builder) {
	if n.t == nil || n.t.nodes[n.i].parent < 0 {
		return
	}
	self := n.t.nodes[n.i]
	parent := Node{n.t, self.parent}
	parent.path(b)
	before, after := 0, self.Listed
	for c := range parent.Children() {
		switch {
		case c.i < n.i && c.Name() == self.Name:
			before++
		case c.i > n.i && c.Name() == self.Name:
			after = true
		}
	}
	writeStep(b, self.Name, isSegment(parent))
	if before > 0 || after {
		b.WriteString("[" + strconv.Itoa(before) + "]")
	}
}

// located is a node's path, and whether it is one of several of its name or stands in a list.
type located struct {
	path     string
	repeated bool
}

// paths are the paths of all nodes, by their number: what Path gives, in one pass.
func (t *Tree) paths() []located {
	all := make([]located, len(t.nodes))
	for i := range t.nodes {
		parent := Node{t, int32(i)}
		if parent.Len() == 0 {
			continue
		}
		total := make(map[string]int, 8)
		for c := range parent.Children() {
			total[c.Name()]++
		}
		seen := make(map[string]int, 8)
		for c := range parent.Children() {
			var b strings.Builder
			b.WriteString(all[i].path)
			writeStep(&b, c.Name(), isSegment(parent))
			nth := seen[c.Name()]
			seen[c.Name()]++
			several := total[c.Name()] > 1 || c.Listed()
			if several {
				b.WriteString("[" + strconv.Itoa(nth) + "]")
			}
			all[c.i] = located{b.String(), several}
		}
	}
	return all
}

// isSegment reports whether the children are the fields of an HL7 v2 segment, whose numbers follow a hyphen.
func isSegment(n Node) bool {
	return n.t.format == HL7v2 && n.t.nodes[n.i].parent >= 0 && len(n.Name()) == 3
}
