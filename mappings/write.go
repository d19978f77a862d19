package mappings

import (
	"errors"
	"strings"

	"concord/fhir"
)

// resource writes one resource: its type and id, then the elements in the order of their rules.
func (x *run) resource(m *making) {
	x.raw(`{"resourceType":"`)
	x.raw(string(m.p.typ))
	x.raw(`","id":"`)
	x.raw(string(m.id))
	x.raw(`"`)
	refused := len(x.refused)
	_, missing := x.members(m.p.root, m.at)
	x.raw("}")
	if missing != "" && len(x.refused) == refused { // else it is missing because of what was refused
		x.refuse(m.at.node, Path{text: m.p.name}, fhir.Required, errors.New("FHIR requires "+missing+", and the record does not say it"))
	}
	for _, l := range m.p.says {
		if n, text := x.text(m.at, l.local); text == l.text && n.OK() && x.holds(l.when, m.at) {
			x.mark(n, l, exact)
		}
	}
}

// elements writes one member with its entries, and reports whether something of the record is in it. A member
// without entries is not written.
func (x *run) elements(m *member, at *cursor) bool {
	start := len(x.out)
	if x.out[start-1] != '{' {
		x.raw(",")
	}
	x.raw(`"`)
	x.raw(m.name)
	x.raw(`":`)
	if m.repeated {
		x.raw("[")
	}
	first, data, gap := len(x.out), false, false
	for _, s := range m.spots {
		before, journal := len(x.out), len(x.journal)
		moved := x.entries(s, at, first)
		switch written := len(x.out) > before; {
		case !written && !s.step.every && len(s.step.fixed) == 0:
			gap = true
		case written && gap && s.step.index > 0:
			// An entry is known by its position: without the one before it, it would come back as that one.
			x.out = x.out[:before]
			x.undo(journal, "there is no entry before it in "+m.name)
		default:
			data = data || moved
		}
	}
	if len(x.out) == first {
		x.out = x.out[:start]
		return false
	}
	if m.repeated {
		x.raw("]")
	}
	return data
}

// entries writes a spot: once, or for each repeat, piece or resource.
func (x *run) entries(s *spot, at *cursor, first int) bool {
	switch {
	case s.refs > 0:
		data := false
		for i := range x.made {
			if x.made[i].number == s.refs && x.near(&x.made[i], at) && x.holds(s.leaves[0].when, at) {
				x.comma(first)
				x.reference(&x.made[i])
			}
		}
		return data
	case s.split != "":
		return x.pieces(s, at, first)
	case s.each != nil:
		data := false
		base := at
		if s.each.root {
			base = &cursor{up: at, node: x.tree.Root()}
		}
		x.repeats(base, s.each.steps, func(inner *cursor) {
			inner.up = at
			data = x.once(s, inner, first) || data
		})
		return data
	default:
		return x.once(s, at, first)
	}
}

// pieces writes an entry for each piece of a split text. The text comes back exactly if each of its pieces does.
func (x *run) pieces(s *spot, at *cursor, first int) bool {
	n, text := x.text(at, *s.each)
	if text == "" {
		return false
	}
	worst, data, nth := exact, false, 0
	for piece := range strings.SplitSeq(text, s.split) {
		nth++
		inner := &cursor{up: at, node: n, nth: nth, piece: &piece, worst: &worst}
		if strings.TrimSpace(piece) != piece || piece == "" {
			worst = min(worst, inexact)
		}
		if piece = strings.TrimSpace(piece); piece != "" {
			data = x.once(s, inner, first) || data
		}
	}
	if l := firstLeaf(s); data && l != nil {
		x.mark(n, l, worst)
	}
	return data
}

// firstLeaf is a rule to name in the report for a text that several pieces were made of.
func firstLeaf(s *spot) *leaf {
	for _, l := range s.leaves {
		if l.here {
			return l
		}
	}
	for _, m := range s.members {
		for _, inner := range m.spots {
			if l := firstLeaf(inner); l != nil {
				return l
			}
		}
	}
	return nil
}

// comma separates from the entry before, if there is one.
func (x *run) comma(first int) {
	if len(x.out) > first {
		x.raw(",")
	}
}

// once writes one value. An object of which nothing remains but constants is not written, if its rules are about
// more than constants.
func (x *run) once(s *spot, at *cursor, first int) bool {
	if !x.holds(s.when, at) {
		return false
	}
	start := len(x.out)
	x.comma(first)
	if len(s.leaves) > 0 {
		moved := x.whole(s, at)
		if !moved.written {
			x.out = x.out[:start]
		}
		return moved.data
	}
	x.raw("{")
	empty, journal := len(x.out), len(x.journal)
	data, missing := x.members(s, at)
	data = data || len(s.when) > 0
	switch {
	case len(x.out) == empty || s.data && !data:
		x.out = x.out[:start]
		return false
	case missing != "":
		x.out = x.out[:start]
		x.undo(journal, "FHIR requires "+missing+" beside it, and the record does not say it")
		return false
	}
	x.raw("}")
	return data
}

// members writes what is in an object. It reports whether something of the record is in it, and which element that
// FHIR requires is missing.
func (x *run) members(s *spot, at *cursor) (bool, string) {
	data, have := false, 0
	for _, m := range s.members {
		before := len(x.out)
		data = x.elements(m, at) || data
		if m.of.Required && len(x.out) > before {
			have++
		}
	}
	if have >= len(s.needs) {
		return data, ""
	}
	return data, strings.Join(s.needs, " and ")
}

type written struct{ written, data bool }

// whole writes a value by the first of its rules that holds. The fixed values of its entry go in front of what the
// codec writes into the object.
func (x *run) whole(s *spot, at *cursor) written {
	if len(s.members) > 0 {
		x.raw("{")
		for _, m := range s.members {
			x.elements(m, at)
		}
	}
	for _, l := range s.leaves {
		before := len(x.out)
		data := x.leaf(l, at)
		if len(x.out) == before {
			continue
		}
		if len(s.members) > 0 {
			x.out[before] = ',' // the codec's own {
		}
		return written{true, data}
	}
	return written{}
}
