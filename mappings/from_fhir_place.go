package mappings

import "slices"

// wanted is a text that a repeat has by its key: in the first of these places that has one.
type wanted struct {
	places [][]step
	text   string
}

// place is the repeat of the record that a resource is written into. What other resources made of the same repeat
// finds it by its key.
func (b *back) place(p *produced, root *spotBack, key string) *spotBack {
	parts, nth, ok := splitKey(key, len(p.keys))
	at := root
	var way []step
	for i, st := range p.each.steps {
		way = append(way, st)
		if st.index >= 0 {
			continue
		}
		outer := i < len(p.each.steps)-1
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
		if !same {
			continue
		}
		if nth--; nth == 0 {
			return c
		}
	}
	made := parent.append(last)
	made.keyed = want // the fields themselves are written by rules, or later
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
