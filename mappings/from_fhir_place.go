package mappings

import (
	"iter"
	"slices"
	"strings"

	"concord/fhir"
)

// wanted is a text that a repeat has by its key: in the first of these places that has one.
type wanted struct {
	places [][]step
	text   string
}

// placed is where a resource went: a repeat of a path.
type placed struct {
	each string
	at   *spotBack
}

// keep remembers where a resource went, and from where it points at others.
func (b *back) keep(r *fhir.Resource, at placed) {
	b.places[r.Ref()] = at
	for ref := range references(r.Root()) {
		if _, ok := b.points[ref]; !ok {
			b.points[ref] = at
		}
	}
}

// beside is the repeat of what a resource points at, when both are made of one; nil when there is none such.
func (b *back) beside(p *produced, r *fhir.Resource) *spotBack {
	for ref := range references(r.Root()) {
		if b.places[ref].each == p.each.text {
			return b.places[ref].at
		}
	}
	return nil
}

// references are the resources that a value points at.
func references(n fhir.Node) iter.Seq[fhir.Ref] {
	return func(yield func(fhir.Ref) bool) {
		var walk func(n fhir.Node) bool
		walk = func(n fhir.Node) bool {
			for e := range n.Each() {
				for name, value := range e.Members() {
					if name != "reference" {
						if !walk(value) {
							return false
						}
						continue
					}
					if ref, ok := fhir.ParseRef(value.Text()); ok && !yield(ref) {
						return false
					}
				}
			}
			return true
		}
		walk(n)
	}
}

// place is the repeat of the record that a resource is written into. What other resources made of the same repeat
// finds it by its key. What stands in a repeat in a repeat is in that of what points at it.
func (b *back) place(p *produced, root *spotBack, key string, ref fhir.Ref) *spotBack {
	parts, nth, ok := splitKey(key, len(p.keys))
	at := root
	var way []step
	for i, st := range p.each.steps {
		way = append(way, st)
		if st.index >= 0 {
			continue
		}
		outer := i < len(p.each.steps)-1
		if from := b.points[ref]; outer && from.at != nil && strings.HasPrefix(p.each.text, from.each+".") {
			at, way = from.at, nil
			continue
		}
		var want []wanted
		for k := range p.keys {
			if path := p.keys[k].path; ok && !path.count && !path.root && path.up == outer {
				want = append(want, p.keys[k].wants(parts[k]))
			}
		}
		which := nth
		if outer {
			which = 1
		}
		at = &spotBack{up: at, at: at.at.repeat(way, want, which)}
		way = nil
	}
	return at
}

// wants is what a field of a key says of a repeat.
func (k key) wants(text string) wanted {
	w := wanted{places: [][]step{k.path.steps}, text: text}
	for _, other := range k.others {
		w.places = append(w.places, other.steps)
	}
	return w
}

// repeat is the nth of the repeats that have these texts, or a new one with them.
func (d *draft) repeat(way []step, want []wanted, nth int) *draft {
	parent, last := d.reach(way[:len(way)-1]), way[len(way)-1]
	for _, c := range parent.children {
		if c.Name != last.name || len(want) == 0 {
			continue
		}
		same := true
		for _, w := range want {
			same = same && c.has(w)
		}
		if same && max(c.which, 1) == nth {
			return c
		}
	}
	made := parent.append(last)
	made.keyed, made.which = want, nth // the fields themselves are written by rules, or later
	return made
}

// has reports whether a repeat has the text: by the key of what was written into it first, else by its fields.
func (d *draft) has(w wanted) bool {
	for _, k := range d.keyed {
		if slices.EqualFunc(w.places, k.places, slices.Equal[[]step]) {
			return w.text == k.text
		}
	}
	for _, steps := range w.places {
		if text := d.text(steps); text != "" {
			return text == w.text
		}
	}
	return w.text == ""
}
