package mappings

import "concord/fhir"

// Untouched is a thing that the record made and that was left as it is where it was stored.
type Untouched struct {
	Ref   fhir.Ref
	Why   string         // "the Patient is there already"
	There *fhir.Resource // what is there, as the sender of the record sees it; nil: nothing of the record is looked for in it
}

// ReportWith is the report of a record of which some things were not stored. What they would have said is lost, but for
// fields that say what is there already.
func (r Result) ReportWith(untouched []Untouched) *Report {
	report := r.Report()
	x := r.run
	if x == nil || len(untouched) == 0 {
		return report
	}
	there := map[fhir.Ref]Untouched{}
	records := map[fhir.Ref]*Tree{}
	for _, u := range untouched {
		there[u.Ref] = u
		records[u.Ref] = &Tree{}
		if u.There != nil {
			records[u.Ref] = x.d.back([]*fhir.Resource{u.There}).record.tree(x.tree.format)
		}
	}
	at := 0
	for i := range x.tree.nodes {
		n, m := Node{x.tree, int32(i)}, x.marks[i]
		if !n.field() {
			continue
		}
		line := &report.Fields[at]
		at++
		if m.by == nil || m.state <= failed || m.leaf.key {
			continue
		}
		ref := fhir.Ref{Type: m.by.p.typ, ID: m.by.id}
		if u, ok := there[ref]; ok && !records[ref].has(line.Path, n.Text()) {
			line.Outcome, line.Back, line.Why = Lost, Lost, "not taken: "+u.Why
		}
	}
	return report
}

// has reports whether a text stands at a path.
func (t *Tree) has(path, text string) bool {
	p, err := ParsePath(path)
	return err == nil && t.At(p).Leaf().Text() == text
}
