package mappings

import (
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

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
	report, paths := x.d.newReport(), x.tree.paths()
	moved := x.moved()
	for i := range x.tree.nodes {
		n := Node{x.tree, int32(i)} //nolint:gosec // an index of nodes
		if n.field() {
			report.Fields = append(report.Fields, x.line(n, paths[i].path, moved[i]))
		}
	}
	for _, u := range x.unmapped {
		report.count(UnmappedLine{u.t.name, u.text, 1})
	}
	return report
}

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
		returns[i] = returns[i] || x.marks[i].state >= inexact
		returns[nodes[i].parent] = returns[nodes[i].parent] || returns[i]
	}
	for i := range nodes {
		gone := map[string]bool{}
		for c := range (Node{x.tree, int32(i)}).Children() { //nolint:gosec // an index of nodes
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

// reportBack is the account of the way back: it makes the resources again from the record that they became, and what
// is not in them has no home there. So the report is what would be lost, by its definition.
func (d *Definition) reportBack(resources []*fhir.Resource, t *Tree, b *back, dropped []KeptField) (*Report, error) {
	report := d.newReport()
	again := newRun(d, t, Context{ID: b.ids(resources)})
	root := &cursor{node: t.Root()}
	for i, p := range d.resources {
		again.produce(i, p, root)
	}
	made := map[fhir.Ref]fhir.Node{}
	for i := range again.made {
		m := &again.made[i]
		again.current = m
		start := len(again.out)
		again.resource(m)
		n, err := fhir.Walk(again.out[start:len(again.out):len(again.out)])
		if err != nil {
			return nil, err
		}
		made[fhir.Ref{Type: m.p.typ, ID: m.id}] = n
	}
	for _, r := range resources {
		claim, ok := b.claimed[r]
		switch {
		case ok:
			c := comparison{report: report, p: claim.p}
			c.object(r.Root(), made[r.Ref()])
		case r.Type() != "Provenance":
			report.Elements = append(report.Elements, ElementLine{string(r.Type()), "the definition makes no such resource, or has one already"})
		}
	}
	for _, f := range dropped {
		report.Fields = append(report.Fields, FieldLine{Path: f.Path, Outcome: Lost, Why: "it was kept, and what it belongs to has changed in FHIR since"})
	}
	return report, nil
}

// ids finds again the ids that the resources have, and those that they point at without a key.
func (b *back) ids(resources []*fhir.Resource) func(typ, system, key string) fhir.ID {
	known := map[string]fhir.ID{}
	for r, c := range b.claimed {
		known[string(c.p.typ)+"\x00"+c.p.system+"\x00"+c.key] = r.Ref().ID
	}
	return func(typ, system, key string) fhir.ID {
		if id, ok := known[typ+"\x00"+system+"\x00"+key]; ok {
			return id
		}
		return plainID(typ, system, key)
	}
}

// comparison tells what of a resource is not in the one made again.
type comparison struct {
	report *Report
	p      *produced
}

// unsaid are elements of the exchange itself, which no record has.
var unsaid = map[string]bool{"id": true, "resourceType": true, "meta.versionId": true, "meta.lastUpdated": true, "meta.source": true}

func (c comparison) object(n, again fhir.Node) {
	for name, value := range n.Members() {
		path := strings.TrimPrefix(n.Path()+"."+name, string(c.p.typ)+".")
		if unsaid[path] {
			continue
		}
		c.value(value, again.Get(name))
	}
}

func (c comparison) value(n, again fhir.Node) {
	switch {
	case !again.OK():
		c.tell(n)
	case n.Kind() == fhir.Object && again.Kind() == fhir.Object:
		c.pointer(n, again)
	case n.Kind() == fhir.Array && again.Kind() == fhir.Array:
		c.list(n, again)
	case n.Kind() != again.Kind() || n.Text() != again.Text():
		c.tell(n)
	}
}

// pointer compares objects. A reference with a key is at home by its key, wherever the resource has its id.
func (c comparison) pointer(n, again fhir.Node) {
	if key := n.Get("identifier").Get("value").Text(); n.Get("reference").OK() && key != "" &&
		again.Get("identifier").Get("value").Text() == key {
		for name, value := range n.Members() {
			if name != "reference" {
				c.value(value, again.Get(name))
			}
		}
		return
	}
	c.object(n, again)
}

// list compares each entry with the one that is equal, else with the next that is left.
func (c comparison) list(n, again fhir.Node) {
	made := map[string]int{}
	for e := range again.Each() {
		made[canonicalJSON(e)]++
	}
	var rest []fhir.Node
	for e := range n.Each() {
		if text := canonicalJSON(e); made[text] > 0 {
			made[text]--
			continue
		}
		rest = append(rest, e)
	}
	var left []fhir.Node
	for e := range again.Each() {
		if text := canonicalJSON(e); made[text] > 0 {
			made[text]--
			left = append(left, e)
		}
	}
	for i, e := range rest {
		other := fhir.Node{}
		if i < len(left) {
			other = left[i]
		}
		c.value(e, other)
	}
}

// canonicalJSON is the same text for values that say the same: members are in the order of their names.
func canonicalJSON(n fhir.Node) string {
	var b strings.Builder
	switch n.Kind() {
	case fhir.Object:
		var all []string
		for name, value := range n.Members() {
			all = append(all, strconv.Quote(name)+":"+canonicalJSON(value))
		}
		slices.Sort(all)
		b.WriteString("{" + strings.Join(all, ",") + "}")
	case fhir.Array:
		b.WriteByte('[')
		for e := range n.Each() {
			b.WriteString(canonicalJSON(e) + ",")
		}
		b.WriteByte(']')
	case fhir.String:
		b.WriteString(strconv.Quote(n.Text()))
	default:
		b.Write(n.Bytes())
	}
	return b.String()
}

func (c comparison) tell(n fhir.Node) {
	why := "no rule takes it"
	if c.p.root.covers(n) {
		why = "its rule does not take this value, or the record has no more room for it"
	}
	c.report.Elements = append(c.report.Elements, ElementLine{n.Path(), why})
}

// covers reports whether a rule stands at, above or below an element.
func (s *spot) covers(n fhir.Node) bool {
	var names []string
	for ; n.OK(); n = n.Parent() {
		if n.Name() != "" {
			names = append(names, n.Name())
		}
	}
	all := []*spot{s}
	for i := len(names) - 1; i >= 0; i-- {
		var next []*spot
		for _, at := range all {
			if len(at.leaves) > 0 {
				return true
			}
			for _, m := range at.members {
				if m.name == names[i] {
					next = append(next, m.spots...)
				}
			}
		}
		all = next
	}
	return len(all) > 0
}
