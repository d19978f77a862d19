package mappings

import (
	"concord/fhir"
)

// FromFHIR makes the local record that the resources say, with what was kept when they were made from one. Resources
// and elements that have no place in it are in the report, each with why. The resources of one record are given
// together: Records sorts many. The error is a fault of the resources' own JSON.
func (d *Definition) FromFHIR(resources []*fhir.Resource, kept Kept) (*Tree, *Report, error) {
	b := d.back(resources)
	dropped := kept.restore(b.record)
	t := b.record.tree(d.Format)
	report, err := d.reportBack(resources, t, b, dropped)
	return t, report, err
}

// back is one way from FHIR.
type back struct {
	d       *Definition
	record  *draft
	later   []later
	claimed map[*fhir.Resource]claim
}

// claim says that a resource is one of the definition's, and by which key.
type claim struct {
	p   *produced
	key string
}

// later is a field that is written when no rule has written it: one that a key or a condition says.
type later struct {
	at   *draft
	path []step
	text string
}

// spotBack is the repeat of the record that rules write into.
type spotBack struct {
	up *spotBack
	at *draft
}

func (d *Definition) back(resources []*fhir.Resource) *back {
	b := &back{d: d, record: &draft{}, claimed: map[*fhir.Resource]claim{}}
	root := &spotBack{at: b.record}
	for _, p := range d.resources {
		repeats := map[string]*spotBack{}
		for _, r := range resources {
			if _, taken := b.claimed[r]; taken || r.Type() != p.typ || !b.is(p, r) {
				continue
			}
			key := keyOf(p, r)
			b.claimed[r] = claim{p, key}
			at := root
			if p.each != nil {
				if at = repeats[key]; at == nil || key == "" {
					at = b.place(p, root, key)
					repeats[key] = at
				}
			}
			b.resource(p, r, at, key)
			if p.each == nil {
				break
			}
		}
	}
	for _, l := range b.later {
		if l.at.text(l.path) == "" {
			l.at.put(l.path, l.text, Text)
		}
	}
	return b
}

// is reports whether a resource is one that this part of the definition makes.
func (b *back) is(p *produced, r *fhir.Resource) bool {
	if !p.step.holds(r.Root()) {
		return false
	}
	for _, other := range b.d.resources { // where only the key tells them apart, the key must be there
		if other != p && other.typ == p.typ && !p.step.apartFrom(other.step) {
			_, ok := keyIn(p, r)
			return ok
		}
	}
	return true
}

// keyOf is the key of a resource: the identifier of the local system, or, for what comes from elsewhere, its id.
func keyOf(p *produced, r *fhir.Resource) string {
	if key, ok := keyIn(p, r); ok {
		return key
	}
	if len(p.keys) == 1 && !p.keys[0].nhs {
		return string(r.Ref().ID)
	}
	return ""
}

func keyIn(p *produced, r *fhir.Resource) (string, bool) {
	for i := range r.Root().Get("identifier").Each() {
		if i.Get("system").Text() == p.system && i.Get("value").OK() {
			return i.Get("value").Text(), true
		}
	}
	return "", false
}

// place is the repeat of the record that a resource is written into. What other resources made of the same repeat
// finds it by its key.
func (b *back) place(p *produced, root *spotBack, key string) *spotBack {
	parts, ok := splitKey(key, len(p.keys))
	at := root
	var way []step
	for i, st := range p.each.steps {
		way = append(way, st)
		if st.index >= 0 {
			continue
		}
		var want []later
		for k := range p.keys {
			outer := i < len(p.each.steps)-1
			if path := p.keys[k].path; ok && parts[k] != "" && !path.count && !path.root && path.up == outer {
				want = append(want, later{path: path.steps, text: parts[k]})
			}
		}
		at = &spotBack{up: at, at: at.at.repeat(way, want)}
		way = nil
	}
	return at
}

// repeat is the repeat that has these texts, or a new one with them.
func (d *draft) repeat(way []step, want []later) *draft {
	parent, last := d.reach(way[:len(way)-1]), way[len(way)-1]
	for _, c := range parent.children {
		if c.Name != last.name || len(want) == 0 {
			continue
		}
		same := true
		for _, w := range want {
			same = same && c.text(w.path) == w.text
		}
		if same {
			return c
		}
	}
	made := parent.append(last)
	for _, w := range want {
		made.put(w.path, w.text, Text)
	}
	return made
}

func (b *back) resource(p *produced, r *fhir.Resource, at *spotBack, key string) {
	if parts, ok := splitKey(key, len(p.keys)); ok && key != "" {
		for i, k := range p.keys {
			if !k.path.count {
				b.implied(at, k.path, parts[i])
			}
		}
	}
	for _, l := range p.says {
		if l.way != wayIn {
			b.implied(at, l.local, l.text)
		}
	}
	b.members(p.root, r.Root(), at)
}

// implied writes a field when nothing else does.
func (b *back) implied(at *spotBack, p Path, text string) {
	where, steps := b.field(at, p)
	b.later = append(b.later, later{where, steps, text})
}

// field is the draft that a path begins from, and its steps.
func (b *back) field(at *spotBack, p Path) (*draft, []step) {
	switch {
	case p.root:
		return b.record, p.steps
	case p.up && at.up != nil:
		return at.up.at, p.steps
	default:
		return at.at, p.steps
	}
}

func (b *back) members(s *spot, n fhir.Node, at *spotBack) {
	for _, m := range s.members {
		value := n.Get(m.name)
		if !value.OK() {
			continue
		}
		if !m.repeated {
			for _, inner := range m.spots {
				b.value(inner, value, at)
			}
			continue
		}
		b.list(m, value, at)
	}
}

// list gives each entry to the spot that it belongs to: by its fixed values, else by its position.
func (b *back) list(m *member, value fhir.Node, at *spotBack) {
	var entries []fhir.Node
	for e := range value.Each() {
		entries = append(entries, e)
	}
	taken := make([]bool, len(entries))
	for _, s := range m.spots {
		if !s.step.every && len(s.step.fixed) == 0 {
			if s.step.index < len(entries) {
				b.value(s, entries[s.step.index], at)
			}
			continue
		}
		var pieces []string
		for i, e := range entries {
			if taken[i] || !s.step.holds(e) {
				continue
			}
			taken[i] = true
			if !s.step.every {
				b.value(s, e, at)
				break
			}
			b.entry(s, e, at, &pieces)
		}
		if len(pieces) > 0 {
			where, steps := b.field(at, *s.each)
			where.put(steps, join(pieces, s.split), Text)
		}
	}
}

// entry writes one entry of a list into a repeat of its own, or as one piece of a text.
func (b *back) entry(s *spot, e fhir.Node, at *spotBack, pieces *[]string) {
	if s.each == nil {
		return // references to what the definition made
	}
	if s.split != "" {
		inner := &draft{}
		b.value(s, e, &spotBack{up: at, at: inner})
		if text := inner.text(nil); text != "" {
			*pieces = append(*pieces, text)
		}
		return
	}
	where, steps := b.field(at, *s.each)
	parent, last := where.reach(steps[:len(steps)-1]), steps[len(steps)-1]
	inner := parent.append(last)
	b.value(s, e, &spotBack{up: at, at: inner})
	if !inner.holds() {
		parent.drop(inner)
	}
}

func join(pieces []string, with string) string {
	out := pieces[0]
	for _, p := range pieces[1:] {
		out += with + p
	}
	return out
}

// value reads one FHIR value by the first rule that can.
func (b *back) value(s *spot, n fhir.Node, at *spotBack) {
	if len(s.leaves) == 0 {
		b.members(s, n, at)
		b.conditions(s.when, at)
		return
	}
	for _, l := range s.leaves {
		switch {
		case l.way == wayIn || l.ref > 0 || l.key:
			continue
		case l.json != nil:
			if n.Text() == l.text {
				b.conditions(l.when, at)
				return
			}
			continue
		}
		text, ok := l.codec.decode(n)
		if !ok || text == "" {
			continue
		}
		if text != l.missing {
			where, steps := b.field(at, l.local)
			where.put(steps, text, l.codec.kind)
		}
		b.conditions(append(l.when[:len(l.when):len(l.when)], s.when...), at)
		return
	}
}

// conditions writes what the conditions of a rule that found its value say.
func (b *back) conditions(all []condition, at *spotBack) {
	for _, c := range all {
		if !c.not && len(c.values) == 1 {
			b.implied(at, c.path, c.values[0])
		}
	}
}
