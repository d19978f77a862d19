package mappings

import (
	"slices"

	"concord/fhir"
)

// list writes the entries of a list: those that are known by their position first, then the others where they stood, each
// spot's together, and last what is new. Behind a position that is empty now nothing can stay, since it would move up and be
// read as what the record says.
func (t put) list(m *member, prior, made fhir.Node, w place, o others) [][]byte {
	was, is := slices.Collect(prior.Each()), slices.Collect(made.Each())
	if m.constant() {
		return union(was, is, o)
	}
	theirs, ours := m.owners(was), m.owners(is)
	entries, written := make([][][]byte, len(m.spots)), make([]bool, len(m.spots))
	for i, s := range m.spots {
		entries[i] = t.entries(s, owned(was, theirs, i), owned(is, ours, i), w, o)
	}
	var all [][]byte
	gap := false
	for i, s := range m.spots {
		if !s.positional() {
			continue
		}
		written[i] = true
		if gap = gap || len(entries[i]) == 0; !gap {
			all = append(all, entries[i]...)
		}
	}
	for i, e := range was {
		of := theirs[i]
		switch {
		case of < 0 && o == kept && !gap && !t.elsewhere(m.name, e):
			all = append(all, e.Bytes())
		case of >= 0 && !written[of]:
			written[of] = true
			all = append(all, entries[of]...)
		}
	}
	for i := range m.spots {
		if !written[i] && !m.spots[i].positional() {
			all = append(all, entries[i]...)
		}
	}
	return all
}

// entries are those of one spot.
func (t put) entries(s *spot, was, is []fhir.Node, w place, o others) [][]byte {
	if !s.step.every {
		if value := t.value(s, only(was), only(is), w, o); value != nil {
			return [][]byte{value}
		}
		return nil
	}
	if len(is) == 0 {
		if t.x.deniesAll(s, w.at) {
			return nil
		}
		return bytesOf(was)
	}
	next := make([][]byte, len(is))
	used := make([]bool, len(was))
	for i, e := range is {
		next[i] = e.Bytes()
		for j, before := range was {
			if !used[j] && t.agrees(s, before, e) {
				used[j], next[i] = true, before.Bytes()
				break
			}
		}
	}
	if name := nameOf(s); name != nil && t.x.partial() && !s.whole {
		return unite(was, is, next, name)
	}
	return next
}

// nameOf says by what entries are the same name; nil where they are no names.
func nameOf(s *spot) func(fhir.Node) string {
	switch {
	case s.of.Name() == "Identifier":
		return issuer
	case s.refs > 0:
		return func(n fhir.Node) string { return n.Get("reference").Text() }
	default:
		return nil
	}
}

// issuer is who gave out an identifier: its system is a space of names; without one, who assigned it and of which kind it is.
func issuer(n fhir.Node) string {
	if system := n.Get("system").Text(); system != "" {
		return "system " + system
	}
	return "assigner " + canonicalJSON(n.Get("assigner")) + canonicalJSON(n.Get("type"))
}

// unite puts names beside those that are there: those of one issuer in the places of those of it before.
func unite(was, is []fhir.Node, next [][]byte, name func(fhir.Node) string) [][]byte {
	written := make([]bool, len(is))
	var all [][]byte
	for _, before := range was {
		said := false
		for i, e := range is {
			if name(e) != name(before) {
				continue
			}
			said = true
			if !written[i] {
				written[i] = true
				all = append(all, next[i])
				break
			}
		}
		if !said {
			all = append(all, before.Bytes())
		}
	}
	for i := range is {
		if !written[i] {
			all = append(all, next[i])
		}
	}
	return all
}

// constant reports whether a list holds what definitions always say, such as meta.profile: it is a set.
func (m *member) constant() bool {
	return !slices.ContainsFunc(m.spots, func(s *spot) bool {
		return !s.of.Primitive() || slices.ContainsFunc(s.leaves, func(l *leaf) bool { return l.json == nil || len(l.when) > 0 })
	})
}

// union is a set with what is not in it yet.
func union(was, is []fhir.Node, o others) [][]byte {
	all := bytesOf(was)
	if o == left {
		all = nil
	}
	for _, e := range is {
		if !slices.ContainsFunc(all, func(b []byte) bool { return string(b) == string(e.Bytes()) }) {
			all = append(all, e.Bytes())
		}
	}
	return all
}

// elsewhere reports whether only another form of the thing says an element or entry of the resource, and by itself, not of
// a field: a Patient who survives a merge is not replaced by anybody, whoever was made of the record before.
func (t put) elsewhere(name string, entry fhir.Node) bool {
	for _, p := range t.x.d.resources {
		if p == t.p || p.typ != t.p.typ || p.system != t.p.system {
			continue
		}
		for _, m := range p.root.members {
			if m.name != name || m.constant() {
				continue
			}
			if !m.repeated && !m.spots[0].data && !entry.OK() {
				return true
			}
			if slices.ContainsFunc(m.spots, func(s *spot) bool {
				return entry.OK() && !s.data && len(s.step.fixed) > 0 && s.step.holds(entry)
			}) {
				return true
			}
		}
	}
	return false
}
