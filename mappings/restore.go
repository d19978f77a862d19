package mappings

import (
	"slices"
	"strings"
)

// restore writes what was kept into a record that came from FHIR. It gives the fields that it did not restore,
// because what they belonged to has changed or gone.
func (k Kept) restore(record *draft) []KeptField {
	var dropped []KeptField
	for _, f := range k.Fields {
		p, err := ParsePath(f.Path)
		if err != nil || len(p.steps) == 0 || !f.put(record, p.steps) {
			dropped = append(dropped, f)
		}
	}
	for path, names := range k.Order {
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
	return dropped
}

// locate is the draft that the field stands in, and its last step; nil when the repeat that it stood in is gone.
func (f KeptField) locate(record *draft, steps []step) (*draft, step) {
	at, last := record, steps[len(steps)-1]
	for i, st := range steps[:len(steps)-1] {
		if anchor, ok := f.anchor(Path{steps: steps[:i+1]}.canonical()); ok {
			if at = at.anchored(st, anchor); at == nil {
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
func (f KeptField) put(record *draft, steps []step) bool {
	at, last := f.locate(record, steps)
	if at == nil {
		return false
	}
	found := at.find([]step{last})
	if f.Absent {
		if found == nil || at.text([]step{last}) != f.Instead {
			return false
		}
		found.Kind, found.Text, found.children, found.last = Group, "", nil, hinted{}
		return true
	}
	if found != nil && last.listed && f.Instead == "" && (found.Kind != Group || f.Kind == Group) {
		at.insertAt(last).take(f)
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

// anchor is the anchor for the repeat at a path, if it had one.
func (f KeptField) anchor(walked string) (Anchor, bool) {
	for _, a := range f.Anchors {
		if p, err := ParsePath(a.Repeat); err == nil && p.canonical() == walked {
			return a, true
		}
	}
	return Anchor{}, false
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
func (d *draft) anchored(st step, a Anchor) *draft {
	if c, ok := d.found[a]; ok {
		return c
	}
	var steps []step
	if p, err := ParsePath(a.Path); err == nil {
		steps = p.steps
	}
	is := d.find([]step{st})
	if is == nil || !is.says(steps, a.Text) {
		is = nil
		if i := slices.IndexFunc(d.children, func(c *draft) bool { return c.Name == st.name && c.says(steps, a.Text) }); i >= 0 {
			is = d.children[i]
		}
	}
	if d.found == nil {
		d.found = map[Anchor]*draft{}
	}
	d.found[a] = is
	return is
}

// says reports whether a text stands at a path, in any repeat on the way.
func (d *draft) says(steps []step, text string) bool {
	if len(steps) == 0 {
		return d.text(nil) == text
	}
	return slices.ContainsFunc(d.children, func(c *draft) bool {
		return c.Name == steps[0].name && c.says(steps[1:], text)
	}) || steps[0].name == "1" && d.Kind != Group && d.says(steps[1:], text)
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
func (d *draft) take(f KeptField) { d.Text, d.Kind, d.restored = f.Text, f.Kind, true }

// arrange puts children into the order that they had; new ones come behind the last of their name, or at the end.
func (d *draft) arrange(names []string) {
	var ordered []*draft
	rest := slices.Clone(d.children)
	take := func(name string) bool {
		i := slices.IndexFunc(rest, func(c *draft) bool { return c.Name == name })
		if i >= 0 {
			ordered = append(ordered, rest[i])
			rest = slices.Delete(rest, i, i+1)
		}
		return i >= 0
	}
	for i, name := range names {
		take(name)
		if !slices.Contains(names[i+1:], name) {
			for take(name) { //nolint:revive // all that are left of the name
			}
		}
	}
	d.children, d.last = append(ordered, rest...), hinted{}
}
