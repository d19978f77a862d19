package mappings

import (
	"slices"
	"strconv"
)

// draft is a record while it is made: what FromFHIR and Generate write into, and Tree is printed from.
type draft struct {
	Entry
	children []*draft
	restored bool              // made for kept fields
	spelt    string            // how the text was written: Node.Spelt
	keyed    []wanted          // by the key of what is written into it
	which    int               // of several with the same key, from 1; 0 of what no key made
	found    map[anchor]*draft // repeats by their anchors, which may be restored themselves
	last     hinted
}

// hinted is where a repeat was found last.
type hinted struct {
	name    string
	nth, at int
}

// nth is where among the children a repeat of a name stands, or -1; and how many there are up to it. It goes on from
// where it was last, since long lists are walked in their order.
func (d *draft) nth(name string, index int) (int, int) {
	seen, from := 0, 0
	if h := d.last; h.name == name && h.nth <= index && h.at < len(d.children) && d.children[h.at].Name == name {
		seen, from = h.nth, h.at
	}
	for i := from; i < len(d.children); i++ {
		if d.children[i].Name != name {
			continue
		}
		d.last = hinted{name, seen, i}
		if seen == index {
			return i, seen
		}
		seen++
	}
	return -1, seen
}

// child is the index-th repeat of a name, made when it is not there, with those before it. A leaf that gets components
// is the first of them.
func (d *draft) child(st step) *draft {
	if d.Kind != Group {
		d.children, d.last = []*draft{{Entry: Entry{Name: "1", Text: d.Text, Kind: d.Kind}, spelt: d.spelt}}, hinted{}
		d.Kind, d.Text, d.spelt = Group, "", ""
	}
	at, seen := d.nth(st.name, max(st.index, 0))
	if at >= 0 {
		return d.children[at]
	}
	var c *draft
	for ; seen <= max(st.index, 0); seen++ {
		c = d.append(st)
	}
	return c
}

// append makes one more repeat, behind the last one of its name.
func (d *draft) append(st step) *draft {
	c := &draft{Entry: Entry{Name: st.name, Listed: st.listed}}
	at := len(d.children)
	if at == 0 || d.children[at-1].Name == st.name {
		d.children = append(d.children, c)
		return c
	}
	for i, other := range d.children {
		if other.Name == st.name {
			at = i + 1
		}
	}
	d.insert(at, c)
	return c
}

// insert puts a child in front of another.
func (d *draft) insert(at int, c *draft) {
	d.children = slices.Insert(d.children, at, c)
	d.last = hinted{}
}

// reach is the node at a path, made when it is not there.
func (d *draft) reach(steps []step) *draft {
	for _, st := range steps {
		d = d.child(st)
	}
	return d
}

// find is the node at a path, or nil.
func (d *draft) find(steps []step) *draft {
	for _, st := range steps {
		at, _ := d.nth(st.name, max(st.index, 0))
		switch {
		case at >= 0:
			d = d.children[at]
		case st.name == "1" && len(d.children) == 0 && d.Kind != Group: // a leaf is its own first component
		default:
			return nil
		}
	}
	return d
}

// put writes a leaf. Where components hang below already it becomes the first of them.
func (d *draft) put(steps []step, text string, kind Kind) {
	n := d
	for _, st := range steps {
		n = n.child(st)
	}
	for len(n.children) > 0 {
		n = n.child(step{name: "1"})
	}
	n.Text, n.Kind = text, kind
}

// text is the text of the leaf at a path, or nothing.
func (d *draft) text(steps []step) string {
	n := d.find(steps)
	for n != nil && len(n.children) > 0 {
		n = n.find([]step{{name: "1"}})
	}
	if n == nil {
		return ""
	}
	return n.Text
}

// tree is the record as it stands. Groups in which nothing was put are left out, and an HL7 v2 field of one
// component is a leaf, as the parser has it.
func (d *draft) tree(format string) *Tree {
	b := NewBuilder(format, 64)
	for _, c := range d.settled(format) {
		c.build(b, format)
	}
	return b.Tree()
}

// build writes the draft into the tree, in the shape that the format's own reader would give it.
func (d *draft) build(b *Builder, format string) {
	if format != JSON && format != NDJSON {
		d.Listed = false // the others have repeats, not lists
	}
	children := d.settled(format)
	switch {
	case d.Kind != Group:
		d.leaf(b, d.Name)
	case format == HL7v2 && len(d.Name) != 3 && d.lone(children) != nil:
		d.lone(children).leaf(b, d.Name)
	default:
		b.Open(d.Entry)
		for _, c := range children {
			c.build(b, format)
		}
		b.Close()
	}
}

// leaf writes a leaf into the tree, under the name of the field that it is all of.
func (d *draft) leaf(b *Builder, name string) {
	e := d.Entry
	e.Name = name
	b.Add(e)
	if d.spelt != "" {
		b.Spell(d.spelt)
	}
}

// lone is the leaf that is all of a field: the first component of the first component; nil when there is more.
func (d *draft) lone(children []*draft) *draft {
	for len(children) == 1 && children[0].Name == "1" {
		if d = children[0]; d.Kind != Group {
			return d
		}
		children = d.settled(HL7v2)
	}
	return nil
}

// settled is the children with something in them. HL7 v2 counts fields and components, so they stand in the order
// of their numbers, whatever the order of the rules.
func (d *draft) settled(format string) []*draft {
	children := make([]*draft, 0, len(d.children))
	later := map[string]bool{} // names of which a later repeat holds something, so that the earlier ones keep its index
	for _, c := range slices.Backward(d.children) {
		if c.holds() {
			later[c.Name] = true
		}
		if later[c.Name] {
			children = append(children, c)
		}
	}
	slices.Reverse(children)
	if format != HL7v2 {
		return children
	}
	slices.SortStableFunc(children, func(a, b *draft) int {
		x, errX := strconv.Atoi(a.Name)
		y, errY := strconv.Atoi(b.Name)
		if errX != nil || errY != nil {
			return 0
		}
		return x - y
	})
	return children
}

// holds reports whether there is a field in it.
func (d *draft) holds() bool {
	return d.restored || d.Kind != Group || slices.ContainsFunc(d.children, (*draft).holds)
}

// drop takes a child out.
func (d *draft) drop(c *draft) {
	d.children = slices.DeleteFunc(d.children, func(other *draft) bool { return other == c })
	d.last = hinted{}
}
