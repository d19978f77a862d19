package mappings

import (
	"slices"
	"strings"

	"concord/fhir"
)

// members reads the elements of an object, each by the spots that write it.
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
			where.put(steps, strings.Join(pieces, s.split), Text)
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
		b.conditions(slices.Concat(l.when, s.when), at)
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
