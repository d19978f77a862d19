package mappings

// Outcome is where something went.
type Outcome string

// The three outcomes. Everything has one of them.
const (
	Mapped Outcome = "mapped" // it is on the other side
	Held   Outcome = "kept"   // it is not, and Kept has it
	Lost   Outcome = "lost"   // it is not, and would be gone
)

// Report is where each field of one record went on the way to FHIR, or each element of its resources on the way back.
// It names places and never quotes a record, except the texts that a table has no code for.
type Report struct {
	Definition string         `json:"definition"`
	Version    string         `json:"version"`
	Format     string         `json:"format"`
	Fields     []FieldLine    `json:"fields,omitempty"`
	Elements   []ElementLine  `json:"elements,omitempty"`
	Unmapped   []UnmappedLine `json:"unmapped,omitempty"`
}

// FieldLine is where one local field went. Back is empty when going back gives the same text, "kept" when it does so
// by what was kept, and "lost" when it gives another text or none.
type FieldLine struct {
	Path    string  `json:"path"`
	Line    int     `json:"line,omitempty"`
	Col     int     `json:"column,omitempty"`
	Outcome Outcome `json:"outcome"`
	Element string  `json:"element,omitempty"` // FHIR path of the rule that took it
	Back    Outcome `json:"back,omitempty"`
	Why     string  `json:"why,omitempty"`
}

// ElementLine is one FHIR element that has no home in the local record.
type ElementLine struct {
	Expression string `json:"expression"`
	Why        string `json:"why"`
}

// maxUnmapped is how many different texts a report counts.
const maxUnmapped = 1000

// UnmappedLine is a local text that a table has no row for, and how often it came.
type UnmappedLine struct {
	Table string `json:"table"`
	Text  string `json:"text"`
	Count int    `json:"count"`
}

// Report is where each field of the record went. It may be asked of a refused record too.
func (r Result) Report() *Report {
	x := r.run
	if x == nil {
		return &Report{}
	}
	report, paths := x.d.newReport(), x.tree.paths()
	moved := x.moved()
	for i := range x.tree.nodes {
		n := Node{x.tree, int32(i)}
		if n.field() {
			report.Fields = append(report.Fields, x.line(n, paths[i].path, moved[i]))
		}
	}
	for _, u := range x.unmapped {
		report.count(UnmappedLine{u.t.name, u.text, 1})
	}
	return report
}

// newReport is a report without lines.
func (d *Definition) newReport() *Report {
	return &Report{Definition: d.Name, Version: d.Version, Format: d.Format}
}

// line is the account of one field.
func (x *run) line(n Node, path string, moved bool) FieldLine {
	m, at := x.marks[n.i], n.Place()
	line := FieldLine{Path: path, Line: int(at.Line), Col: int(at.Col), Outcome: Mapped}
	kept := Lost
	if x.d.Keep {
		kept = Held
	}
	if m.leaf != nil {
		line.Element = m.leaf.element
	}
	switch m.state {
	case exact:
		if kept == Lost && moved {
			line.Back, line.Why = Lost, "a repeat before it does not come back, so that it comes back in another place"
		}
		return line
	case inexact:
		line.Back, line.Why = kept, "it comes back in another spelling"
	case oneWay:
		line.Back, line.Why = kept, "its rule goes to FHIR only"
	case failed:
		line.Outcome, line.Back, line.Why = kept, kept, x.why[n.i]
	default:
		line.Outcome, line.Back, line.Why = kept, kept, "no rule takes it"
		if n.Text() == "" {
			line.Why = "it is empty"
		}
		if n.Kind() == Null || n.Kind() == Empty {
			line.Why = "it says that there is nothing, which has no place in FHIR"
		}
	}
	return line
}

// moved says of each node whether it comes back in another place, because a repeat before it, or before one that it
// stands in, does not come back.
func (x *run) moved() []bool {
	nodes := x.tree.nodes
	returns, moved := make([]bool, len(nodes)), make([]bool, len(nodes))
	for i := len(nodes) - 1; i > 0; i-- { // children stand behind their parents
		m := x.marks[i]
		returns[i] = returns[i] || m.state >= inexact || m.state == oneWay && m.leaf.adds
		returns[nodes[i].parent] = returns[nodes[i].parent] || returns[i]
	}
	for i := range nodes {
		gone := map[string]bool{}
		for c := range (Node{x.tree, int32(i)}).Children() {
			moved[c.i] = moved[i] || gone[c.Name()]
			if !returns[c.i] {
				gone[c.Name()] = true
			}
		}
	}
	return moved
}

// count adds to the line of the same text.
func (r *Report) count(u UnmappedLine) {
	for i := range r.Unmapped {
		if r.Unmapped[i].Table == u.Table && r.Unmapped[i].Text == u.Text {
			r.Unmapped[i].Count += u.Count
			return
		}
	}
	if len(r.Unmapped) < maxUnmapped {
		r.Unmapped = append(r.Unmapped, u)
	}
}
