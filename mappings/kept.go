package mappings

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"

	"concord/fhir"
)

// Kept is what a record said and FHIR does not: fields without a rule, fields that no FHIR value can say, and fields
// that would come back in another spelling. It is patient data, and travels beside the resources. The zero Kept keeps
// nothing.
type Kept struct {
	Fields []KeptField         `json:"fields,omitempty"`
	Order  map[string][]string `json:"order,omitempty"` // HL7 v2: the segments of each group as they stood, by its path
}

// KeptField is one field of a record. Going back restores it if the field is what it would be without this (Instead):
// when somebody has changed it in FHIR since, that is what holds.
type KeptField struct {
	Path    string   `json:"path"`
	Text    string   `json:"text,omitempty"`
	Kind    Kind     `json:"kind,omitempty"`
	Instead string   `json:"instead,omitempty"`
	Absent  bool     `json:"absent,omitempty"` // the record did not have it, and going back takes it away again
	Anchors []Anchor `json:"anchors,omitempty"`
}

// Anchor is how a repeat is found again when others came or went: the longest text in it that comes back exactly.
type Anchor struct {
	Repeat string `json:"repeat"` // path of the repeat as it was
	Path   string `json:"path"`   // from the repeat
	Text   string `json:"text"`
}

// String keeps the fields out of whatever prints them.
func (k Kept) String() string { return "[withheld]" }

// LogValue keeps the fields out of every log.
func (k Kept) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Bytes are the fields as JSON, for storing beside the resources. There are none when nothing was kept.
func (k Kept) Bytes() []byte {
	if len(k.Fields) == 0 && len(k.Order) == 0 {
		return nil
	}
	data, err := json.Marshal(k)
	if err != nil {
		panic("mappings: kept fields cannot be written: " + err.Error()) // they are strings only
	}
	return data
}

// ParseKept reads what Bytes wrote; no bytes are the zero Kept.
func ParseKept(data []byte) (Kept, error) {
	var k Kept
	if len(data) == 0 {
		return k, nil
	}
	if err := json.Unmarshal(data, &k); err != nil {
		return Kept{}, fhir.Errorf(fhir.Structure, "what was kept of the local record cannot be read")
	}
	for _, f := range k.Fields {
		if _, err := ParsePath(f.Path); err != nil {
			return Kept{}, fhir.Errorf(fhir.Structure, "what was kept of the local record names no place of one")
		}
	}
	return k, nil
}

// Kept is what of the record is not in the resources, if the definition keeps; else nothing.
func (r Result) Kept() Kept {
	x := r.run
	if x == nil || !x.d.Keep {
		return Kept{}
	}
	k := Kept{Order: x.tree.order()}
	paths, anchors := x.tree.paths(), map[int32]*Anchor{}
	var without *draft // the record that comes back, with what was kept so far
	for i := range x.tree.nodes {
		n := Node{x.tree, int32(i)}
		how := x.marks[i].state
		if !n.field() || how == exact {
			continue
		}
		if without == nil {
			without = x.without(r.Made)
		}
		f := KeptField{Path: paths[i].path, Text: n.Text(), Kind: n.Kind(), Anchors: x.anchors(x.tree.nodes[n.i].parent, paths, anchors)}
		p, err := ParsePath(f.Path)
		if err != nil {
			continue // a path that Path wrote
		}
		if at, last := f.locate(without, p.steps); at != nil && (how > failed || !last.listed) {
			f.Instead = at.text([]step{last})
		}
		f.put(without, p.steps)
		k.Fields = append(k.Fields, f)
	}
	k.Fields = append(k.Fields, x.added(without, r.Made, paths, anchors)...)
	return k
}

// added are fields that come back and were not in the record: of two rules for one element, one that goes to FHIR only
// wrote it, and the other takes it back.
func (x *run) added(record *draft, made []Made, paths []located, found map[int32]*Anchor) []KeptField {
	if !x.d.adding {
		return nil
	}
	if record == nil {
		record = x.without(made)
	}
	var all []KeptField
	t := record.tree(x.tree.format)
	for _, diff := range Differences(x.tree, t) {
		p, err := ParsePath(diff.Path)
		if err != nil || !diff.Added || x.tree.At(p).Leaf().OK() { // a field that got components is its own first
			continue
		}
		around := x.tree.Root()
		for _, st := range p.steps[:len(p.steps)-1] {
			if next := around.Get(st.name, max(st.index, 0)); next.OK() {
				around = next
			}
		}
		all = append(all, KeptField{Path: diff.Path, Instead: t.Root().find(p.steps).Text(), Absent: true, Anchors: x.anchors(around.i, paths, found)})
	}
	return all
}

// without is the record that comes back when nothing is kept.
func (x *run) without(made []Made) *draft {
	var all []*fhir.Resource
	for _, m := range made {
		if r, err := fhir.Stored(m.JSON); err == nil && m.Name != provenanceName {
			all = append(all, r)
		}
	}
	return x.d.back(all).record
}

// field reports whether the node is a field: anything but a Group with something in it. An empty object and an empty
// text count too: formats make such nodes only where they say something, if only that later repeats are counted on.
func (n Node) field() bool {
	return n.Kind() != Group || n.Len() == 0 && n.i > 0
}

// anchors are those of the repeats from a node outwards, the outermost first.
func (x *run) anchors(from int32, paths []located, found map[int32]*Anchor) []Anchor {
	var all []Anchor
	for up := from; up > 0; up = x.tree.nodes[up].parent {
		if !paths[up].repeated {
			continue
		}
		if _, ok := found[up]; !ok {
			found[up] = x.anchor(up, paths)
		}
		if found[up] != nil {
			all = append(all, *found[up])
		}
	}
	slices.Reverse(all)
	return all
}

// anchor is that of one repeat: what comes back as it was, else what comes back in another spelling; nil when nothing
// of it comes back.
func (x *run) anchor(up int32, paths []located) *Anchor {
	best, text, how := Node{}, "", inexact
	for i := up + 1; int(i) < len(x.tree.nodes) && x.inside(Node{x.tree, i}, Node{x.tree, up}); i++ {
		inner, state := Node{x.tree, i}, x.marks[i].state
		if state < how || state == how && len(inner.Text()) <= len(text) {
			continue
		}
		returns := inner.Text()
		if state == inexact {
			returns = x.respelt(i)
		}
		if returns != "" {
			best, text, how = inner, returns, state
		}
	}
	if !best.OK() {
		return nil
	}
	path := paths[up].path
	return &Anchor{path, strings.TrimLeft(strings.TrimPrefix(paths[best.i].path, path), ".-"), text}
}

// respelt is the text that a field comes back with.
func (x *run) respelt(i int32) string {
	c := x.marks[i].leaf.codec
	if c.encode == nil {
		return ""
	}
	e := encoding{id: x.id}
	if _, err := c.encode(&e, x.tree.nodes[i].Text); err != nil {
		return ""
	}
	n, err := fhir.Walk(e.out)
	if err != nil {
		return ""
	}
	text, _ := c.decode(n)
	return text
}

// order is how the segments of an HL7 v2 message and its groups stand. Other formats say nothing by it.
func (t *Tree) order() map[string][]string {
	if t.format != HL7v2 {
		return nil
	}
	all := map[string][]string{}
	var walk func(n Node)
	walk = func(n Node) {
		var names []string
		for c := range n.Children() {
			if allDigits(c.Name()) {
				return
			}
			names = append(names, c.Name())
			walk(c)
		}
		if len(names) > 0 {
			all[n.Path()] = names
		}
	}
	walk(t.Root())
	return all
}
