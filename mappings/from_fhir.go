package mappings

import (
	"concord/fhir"
)

// FromFHIR makes the local record that the resources say, with what was kept when they were made from one. Resources
// and elements that have no place in it are in the report, each with why. The resources of one record are given
// together: Records sorts many. The error is a fault of the resources' own JSON.
func (d *Definition) FromFHIR(resources []*fhir.Resource, kept Kept) (*Tree, *Report, error) {
	b := d.back(resources)
	dropped, err := kept.restore(d, b.record)
	if err != nil {
		return nil, nil, err
	}
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
	places  map[fhir.Ref]placed // of what is made for each repeat
	points  map[fhir.Ref]placed // of what points at a resource
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

// back writes all that the resources say. It goes through the definition, not through the resources, so that their
// order matters only within a list.
func (d *Definition) back(resources []*fhir.Resource) *back {
	b := &back{d: d, record: &draft{}, claimed: map[*fhir.Resource]claim{}, places: map[fhir.Ref]placed{}, points: map[fhir.Ref]placed{}}
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
					if at = b.beside(p, r); at == nil {
						at = b.place(p, root, key, r.Ref())
					}
					repeats[key] = at
				}
				b.keep(r, placed{p.each.text, at})
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

// keyIn is the identifier of the local system, which only what this source made has.
func keyIn(p *produced, r *fhir.Resource) (string, bool) {
	for i := range r.Root().Get("identifier").Each() {
		if i.Get("system").Text() == p.system && i.Get("value").OK() {
			return i.Get("value").Text(), true
		}
	}
	return "", false
}

// resource writes one resource. What its key says is written last, where no rule has a better word for it.
func (b *back) resource(p *produced, r *fhir.Resource, at *spotBack, key string) {
	if parts, _, ok := splitKey(key, len(p.keys)); ok && key != "" {
		for i, k := range p.keys {
			if !k.path.count && len(k.others) == 0 && parts[i] != "" {
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
