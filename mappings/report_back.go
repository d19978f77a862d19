package mappings

import (
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

// reportBack is the account of the way back: it makes the resources again from the record that they became, and what
// is not in them has no home there. So the report is what would be lost, by its definition.
func (d *Definition) reportBack(resources []*fhir.Resource, t *Tree, b *back, dropped []keptField) (*Report, error) {
	report := d.newReport()
	again := newRun(d, t, Context{ID: b.ids()})
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

// ids finds again the ids that the resources have.
func (b *back) ids() func(typ, system, key string) fhir.ID {
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

// object compares members; what the other one has besides is no loss.
func (c comparison) object(n, again fhir.Node) {
	for name, value := range n.Members() {
		path := strings.TrimPrefix(n.Path()+"."+name, string(c.p.typ)+".")
		if unsaid[path] {
			continue
		}
		c.value(value, again.Get(name))
	}
}

// value compares two values of one place.
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

// tell notes an element that has no home. One line stands for all that is in it.
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
	for _, name := range slices.Backward(names) {
		var next []*spot
		for _, at := range all {
			if len(at.leaves) > 0 {
				return true
			}
			for _, m := range at.members {
				if m.name == name {
					next = append(next, m.spots...)
				}
			}
		}
		all = next
	}
	return len(all) > 0
}
