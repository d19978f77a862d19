package mappings

import (
	"strings"

	"concord/fhir"
)

// refuse gathers why the record is refused: the place, and what to do. No text of the record is in it.
func (x *run) refuse(n Node, p Path, kind fhir.Kind, err error) {
	if len(x.refused) < mostTold {
		x.refused = append(x.refused, x.placed(n, p, kind, err.Error()))
	}
}

// refusal is the kind of the record's error: that of its first fault.
func (x *run) refusal() fhir.Kind {
	if first := x.refused[0].Code; first != fhir.CodeInvalid {
		return first
	}
	return fhir.Value
}

// placed is a fault at a place. What is missing is told where it should be: in the row, or the group. A place that says
// which field it is stands for its name.
func (x *run) placed(n Node, p Path, kind fhir.Kind, text string) fhir.Issue {
	where := n.Place()
	if n.i == 0 && where.Col == 0 && x.tree.Len() > 1 {
		where = Place{Line: max(where.Line, Node{x.tree, 1}.Place().Line), Col: 1}
	}
	issue := fhir.Issue{Code: kind, Diagnostics: text, Line: int(where.Line), Col: int(where.Col), Expression: x.expression(n, p)}
	if issue.Expression == "" || x.tree.format == XLSX {
		issue.Diagnostics = p.text + ": " + text
	}
	return issue
}

// expression is the place as its format writes it. The node is the field at the path, or what the path begins from when
// there is no such field. A cell of a spreadsheet is "C2", and CSV has line and column alone.
func (x *run) expression(n Node, p Path) string {
	switch x.tree.format {
	case HL7v2:
		return x.inMessage(n, p)
	case JSON, NDJSON:
		return x.inObject(n, p)
	case XLSX:
		return cellName(n.Place())
	default:
		return ""
	}
}

// inObject is the place in a JSON record: "plans[1].goals[0].status".
func (x *run) inObject(n Node, p Path) string {
	var b strings.Builder
	if !p.root || n.Kind() != Group {
		b.WriteString(n.Path())
	}
	if n.Kind() != Group {
		return b.String()
	}
	for _, st := range p.steps {
		writeStep(&b, st.name, false)
		if st.index > 0 {
			b.WriteString("[" + itoa(st.index) + "]")
		}
	}
	return b.String()
}

// cellName is how spreadsheets name a cell: letters for the column, then the row.
func cellName(at Place) string {
	if at.Line <= 0 || at.Col <= 0 {
		return ""
	}
	name := itoa(int(at.Line))
	for col := at.Col; col > 0; col = (col - 1) / 26 {
		name = string('A'+(col-1)%26) + name
	}
	return name
}

// inMessage is the place as HL7 v2 writes it, counted from 1: "NK1(2)-3.1". It goes back to the sender in ERR.
func (x *run) inMessage(n Node, p Path) string {
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
