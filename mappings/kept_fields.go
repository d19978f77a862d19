package mappings

import (
	"slices"

	"concord/fhir"
)

// keptField is one field to be restored. It is restored if the field is what it would be without this (Instead): when
// somebody has changed it in FHIR since, that is what holds.
type keptField struct {
	Path    string   `json:"path"`
	Text    string   `json:"text"`
	Kind    Kind     `json:"kind"`
	Instead string   `json:"instead"`
	Absent  bool     `json:"absent"` // the record did not have it, and going back takes it away again
	Anchors []anchor `json:"anchors"`
}

// settle finds what of the record is to be restored: it sends the record to FHIR again, and looks at what comes back.
func (n *note) settle(d *Definition) {
	if len(n.nodes) == 0 {
		return // nothing was kept, or an earlier version settled it
	}
	t := &Tree{format: d.Format, nodes: n.nodes, spelt: n.spelt}
	result, _ := d.ToFHIR(t, Context{ID: n.idOf(d)}) // of a record that is refused now, nothing comes back
	s := settling{note: n, run: result.run, paths: t.paths(), anchors: map[int32]*anchor{}, spare: map[listOf]int{}}
	s.without(result.Made)
	for i := range t.nodes {
		if n.fates[i] > shortened && (Node{t, int32(i)}).field() {
			s.field(int32(i))
		}
	}
	for i := range t.nodes {
		if spelt := t.spelt[int32(i)]; spelt != "" {
			n.Spelt = append(n.Spelt, keptField{Path: s.paths[i].path, Text: spelt, Instead: t.nodes[i].Text, Anchors: s.around(t.nodes[i].parent)})
		}
	}
	s.added()
	n.Order = t.order()
}

// settling is one record on its way to FHIR and back.
type settling struct {
	*note
	run     *run
	paths   []located
	anchors map[int32]*anchor // of repeats that were asked for
	spare   map[listOf]int    // repeats that came back and have no field that does
	record  *draft            // that comes back, with what is restored so far
}

// without makes the record that comes back when nothing is restored.
func (s *settling) without(made []Made) {
	var all []*fhir.Resource
	for _, m := range made {
		if r, err := fhir.Stored(m.JSON); err == nil {
			all = append(all, r)
		}
	}
	s.record = s.run.d.back(all).record
}

// field finds what would stand instead of a field. One that is a repeat itself, and of which nothing comes back, is put
// beside those that do.
func (s *settling) field(i int32) {
	n, how := Node{s.run.tree, i}, s.run.marks[i].state
	f := keptField{Path: s.paths[i].path, Text: n.Text(), Kind: n.Kind(), Anchors: s.around(s.nodes[i].parent)}
	p, err := ParsePath(f.Path)
	if err != nil {
		return // a path that Path wrote
	}
	if how <= failed && s.paths[i].repeated {
		if a := s.anchorOf(i); a != nil {
			f.Anchors = append(f.Anchors, *a)
		}
	}
	// When the definition has changed since, a field that its rules say now and did not then is in no resource yet.
	said := how > failed && s.fates[i] != untold
	if at, last := f.locate(s.record, p.steps); at != nil && (said || how <= failed && !last.listed) {
		f.Instead = at.text([]step{last})
	}
	f.put(s.record, p.steps)
	s.Fields = append(s.Fields, f)
}

// idOf gives the ids of the note to what has its key nowhere else: those are made first, in the order of the definition.
func (n *note) idOf(d *Definition) func(typ, system, key string) fhir.ID {
	ids := n.ids
	return func(typ, system, key string) fhir.ID {
		if len(ids) > 0 && slices.ContainsFunc(d.resources, func(p *produced) bool {
			return string(p.typ) == typ && p.system == system && !p.identified()
		}) {
			id := ids[0]
			ids = ids[1:]
			return id
		}
		return plainID(typ, system, key)
	}
}

// added finds fields that come back and were not in the record: of two rules for one element, one that goes to FHIR only
// wrote it, and the other takes it back.
func (s *settling) added() {
	if !s.run.d.adding {
		return
	}
	was, is := s.run.tree, s.record.tree(s.run.tree.format)
	for _, diff := range Differences(was, is) {
		p, err := ParsePath(diff.Path)
		if err != nil || !diff.Added || was.At(p).Leaf().OK() { // a field that got components is its own first
			continue
		}
		around := was.Root()
		for _, st := range p.steps[:len(p.steps)-1] {
			if next := around.Get(st.name, max(st.index, 0)); next.OK() {
				around = next
			}
		}
		s.Fields = append(s.Fields, keptField{Path: diff.Path, Instead: is.At(p).Text(), Absent: true, Anchors: s.around(around.i)})
	}
}

// field reports whether the node is a field: anything but a Group with something in it. An empty object and an empty
// text count too: formats make such nodes only where they say something, if only that later repeats are counted on.
func (n Node) field() bool {
	return n.Kind() != Group || n.Len() == 0 && n.i > 0
}
