package mappings

import (
	"slices"
	"strings"
)

// restore writes what was kept into a record that came from FHIR. It gives the fields that it did not restore,
// because what they belonged to has changed or gone.
func (k Kept) restore(d *Definition, record *draft) ([]keptField, error) {
	n, err := readNote(k.note)
	if err != nil {
		return nil, err
	}
	n.settle(d)
	var dropped []keptField
	for _, f := range n.Fields {
		p, err := ParsePath(f.Path)
		if err != nil || len(p.steps) == 0 || !f.put(record, p.steps) {
			dropped = append(dropped, f)
		}
	}
	for _, f := range n.Spelt {
		f.spell(record)
	}
	for path, names := range n.Order {
		at := record
		if path != "" {
			p, err := ParsePath(path)
			if err != nil {
				continue
			}
			at = record.find(p.steps)
		}
		if at != nil {
			at.arrange(names)
		}
	}
	return dropped, nil
}

// locate is the draft that the field stands in, and its last step; nil when the repeat that it stood in is gone.
func (f keptField) locate(record *draft, steps []step) (*draft, step) {
	at, last := record, steps[len(steps)-1]
	for i, st := range steps[:len(steps)-1] {
		if a, ok := f.anchor(Path{steps: steps[:i+1]}.canonical()); ok {
			if at = at.anchored(st, a); at == nil {
				return nil, last
			}
			continue
		}
		if st.listed {
			at = at.vanished(st)
			continue
		}
		at = at.child(st)
	}
	return at, last
}

// put writes one field, and reports whether it could.
func (f keptField) put(record *draft, steps []step) bool {
	at, last := f.locate(record, steps)
	if at == nil {
		return false
	}
	if a, ok := f.anchor(Path{steps: steps}.canonical()); ok {
		return f.into(at.anchored(last, a))
	}
	found := at.find([]step{last})
	if f.Absent {
		if found == nil || at.text([]step{last}) != f.Instead {
			return false
		}
		found.Kind, found.Text, found.children, found.last = Group, "", nil, hinted{}
		return true
	}
	if found != nil && last.listed && f.Instead == "" && found.holds() {
		at.insertAt(last).take(f) // the field is a repeat of its own, and FHIR knows nothing of it
		return true
	}
	if f.Kind == Group {
		at.child(last).restored = true
		return true
	}
	if text := at.text([]step{last}); text != f.Instead {
		return false // it was changed in FHIR since
	}
	at.put([]step{last}, f.Text, f.Kind)
	return true
}

// into writes a field that is a repeat itself, in which another field comes back.
func (f keptField) into(repeat *draft) bool {
	switch {
	case repeat == nil:
		return false
	case f.Kind == Group:
		repeat.restored = true
	default:
		repeat.put(nil, f.Text, f.Kind)
	}
	return true
}

// spell says of a text that came back how it was spelt. One that was changed in FHIR has a spelling of its own.
func (f keptField) spell(record *draft) {
	p, err := ParsePath(f.Path)
	if err != nil {
		return
	}
	at, last := f.locate(record, p.steps)
	if at == nil {
		return
	}
	leaf := at.find([]step{last})
	for leaf != nil && len(leaf.children) > 0 {
		leaf = leaf.find([]step{{name: "1"}})
	}
	if leaf != nil && leaf.Text == f.Instead {
		leaf.spelt = f.Text
	}
}

// anchor is the anchor for the repeat at a path, if it had one.
func (f keptField) anchor(walked string) (anchor, bool) {
	for _, a := range f.Anchors {
		if p, err := ParsePath(a.Repeat); err == nil && p.canonical() == walked {
			return a, true
		}
	}
	return anchor{}, false
}

// canonical is the path with every index, to compare by.
func (p Path) canonical() string {
	var b strings.Builder
	for _, st := range p.steps {
		b.WriteString(st.name + "[" + itoa(st.index) + "]")
	}
	return b.String()
}

// anchored is the repeat with the anchor in it: the one in its old place if it has it, else the first that has.
func (d *draft) anchored(st step, a anchor) *draft {
	if c, ok := d.found[a]; ok {
		return c
	}
	var steps []step
	if p, err := ParsePath(a.Path); err == nil {
		steps = p.steps
	}
	is := d.find([]step{st})
	if is == nil || !is.says(steps, a) {
		is = nil
		if i := slices.IndexFunc(d.children, func(c *draft) bool { return c.Name == st.name && c.says(steps, a) }); i >= 0 {
			is = d.children[i]
		}
	}
	if d.found == nil {
		d.found = map[anchor]*draft{}
	}
	d.found[a] = is
	return is
}

// says reports whether the text of an anchor stands at a path, in any repeat on the way.
func (d *draft) says(steps []step, a anchor) bool {
	if len(steps) == 0 {
		text := d.text(nil)
		return text == a.Text || a.short && strings.HasPrefix(text, a.Text)
	}
	return slices.ContainsFunc(d.children, func(c *draft) bool {
		return c.Name == steps[0].name && c.says(steps[1:], a)
	}) || steps[0].name == "1" && d.Kind != Group && d.says(steps[1:], a)
}

// vanished is a repeat of which FHIR knows nothing: one in its place that was made for kept fields, or a new one there.
func (d *draft) vanished(st step) *draft {
	if old := d.find([]step{st}); old != nil && (old.restored || !old.holds()) {
		old.restored = true
		return old
	}
	c := d.insertAt(st)
	c.restored = true
	return c
}

// insertAt makes a repeat at its index, before those that follow.
func (d *draft) insertAt(st step) *draft {
	c := &draft{Entry: Entry{Name: st.name, Listed: st.listed}}
	at, _ := d.nth(st.name, st.index)
	if at < 0 {
		return d.child(st)
	}
	d.insert(at, c)
	d.last = hinted{st.name, st.index, at}
	return c
}

// take is the field as it was.
func (d *draft) take(f keptField) { d.Text, d.Kind, d.restored = f.Text, f.Kind, true }
