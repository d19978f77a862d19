package mappings

import (
	"strings"

	"concord/fhir"
)

// refuse gathers why the record is refused: the place, and what to do. No text of the record is in it.
func (x *run) refuse(n Node, p Path, kind fhir.Kind, err error) {
	where := n.Place()
	x.refused = append(x.refused, fhir.Issue{
		Code: kind, Diagnostics: p.text + ": " + err.Error(), Line: int(where.Line), Col: int(where.Col), Expression: x.expression(n, p),
	})
}

// expression is the place as HL7 v2 writes it, counted from 1: "NK1(2)-3.1". It goes back to the sender in ERR. The node
// is the field at the path, or what the path begins from when there is no such field. Other formats have line and column.
func (x *run) expression(n Node, p Path) string {
	if x.tree.format != HL7v2 {
		return ""
	}
	var steps []step
	if !p.root || n.Kind() != Group {
		steps = n.steps()
	}
	if n.Kind() == Group {
		steps = append(steps, p.steps...)
		if len(p.steps) == 0 && n.i > 0 && n.Len() > 0 && len(n.Name()) > segmentName {
			n = Node{n.t, n.i + 1} // what a group as a whole lacks is told at its head
			steps = append(steps, step{name: n.Name()})
		}
	}
	for len(steps) > 0 && len(steps[0].name) != segmentName { // groups are not places in a message
		steps = steps[1:]
	}
	if len(steps) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(steps[0].name)
	if nth := x.occurrence(n, steps[0]); nth > 1 {
		b.WriteString("(" + itoa(nth) + ")")
	}
	for i, st := range steps[1:] {
		if i == 0 {
			b.WriteString("-" + st.name)
			if st.index > 0 {
				b.WriteString("(" + itoa(st.index+1) + ")")
			}
			continue
		}
		b.WriteString("." + st.name)
	}
	return b.String()
}

// segmentName is how long the name of a segment is; groups have longer ones.
const segmentName = 3

// steps are the way to a node from the root.
func (n Node) steps() []step {
	if n.t == nil || n.i == 0 {
		return nil
	}
	parent := Node{n.t, n.t.nodes[n.i].parent}
	st := step{name: n.Name()}
	for c := range parent.Children() {
		if c.i < n.i && c.Name() == st.name {
			st.index++
		}
	}
	return append(parent.steps(), st)
}

// occurrence is which of the segments of its name in the whole message is meant.
func (x *run) occurrence(n Node, st step) int {
	segment := n
	for segment.i > 0 && (len(segment.Name()) != segmentName || segment.Name() != st.name) {
		segment = Node{x.tree, x.tree.nodes[segment.i].parent}
	}
	if segment.i == 0 {
		return st.index + 1
	}
	nth := 0
	for i := range x.tree.nodes[:segment.i+1] {
		if x.tree.nodes[i].Name == st.name && x.tree.nodes[i].Kind == Group {
			nth++
		}
	}
	return nth
}
