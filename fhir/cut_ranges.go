package fhir

import (
	"maps"
	"slices"
)

// emit turns the marks and all that holds them into cuts.
func (f *finder) emit() []Cut {
	nodes := f.tree.nodes
	held := map[int32]bool{}
	for i := range f.marks {
		for ; i > 0 && !held[i]; i = nodes[i].parent {
			held[i] = true
		}
	}
	before := f.before()
	at := make(map[int32]int32, len(held)) // node to cut
	cuts := make([]Cut, 0, len(held))
	for _, i := range slices.Sorted(maps.Keys(held)) {
		n := nodes[i]
		c := Cut{Kind: CutContainer, Required: f.must[i], Start: n.start, End: n.end, Prev: before[i], Next: -1, Up: -1, Count: n.count, Path: f.node(i).Path()}
		if n.key >= 0 {
			c.Start = n.key
		}
		if n.next >= 0 {
			c.Next = nodes[n.next].start
			if nodes[n.next].key >= 0 {
				c.Next = nodes[n.next].key
			}
		}
		if n.parent > 0 {
			c.Up = at[n.parent]
		}
		at[i] = int32(len(cuts)) //nolint:gosec // as bounded as the tree
		if len(f.marks[i]) == 0 {
			cuts = append(cuts, c)
		}
		for _, m := range f.marks[i] {
			c.Required = c.Required || m.required
		}
		for _, m := range f.marks[i] {
			c.Kind, c.Target = m.kind, m.target
			cuts = append(cuts, c)
			c.Up, c.Count = at[i], 0 // what follows is the same range for another reason
		}
	}
	return cuts
}

// before gives the end of the sibling before each value, or -1.
func (f *finder) before() []int32 {
	nodes := f.tree.nodes
	before := make([]int32, len(nodes))
	for i := range before {
		before[i] = -1
	}
	for _, n := range nodes {
		if n.next >= 0 {
			before[n.next] = n.end
		}
	}
	return before
}
