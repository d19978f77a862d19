package mappings

import (
	"slices"

	"concord/fhir"
)

// object writes an object: what the rules of its spot govern, and what nobody governs where that is kept, in the order in
// which it stood. It is empty when nothing is in it.
func (t put) object(s *spot, prior, made fhir.Node, w place, o others) []byte {
	out, done := []byte("{"), make([]bool, len(s.members))
	if o == kept {
		for name, value := range prior.Members() {
			i := slices.IndexFunc(s.members, func(m *member) bool { return m.name == name })
			switch {
			case s == t.p.root && t.apart(name, value):
			case i >= 0:
				done[i] = true
				out = t.governed(out, s, i, prior, made, w, o)
			case t.stays(s, name, made):
				out = appendMember(out, name, value.Bytes())
			}
		}
	}
	for i, m := range s.members {
		if !done[i] && (o == left || s != t.p.root || m.name != "meta") {
			out = t.governed(out, s, i, prior, made, w, o)
		}
	}
	if len(out) == 1 {
		return nil
	}
	return append(out, '}')
}

// governed writes one member that rules govern. What stands beside a primitive is about its value, and stays with it.
func (t put) governed(out []byte, s *spot, i int, prior, made fhir.Node, w place, o others) []byte {
	m := s.members[i]
	if t.chosen(s, m, prior, made, w) {
		return out
	}
	was, is := prior.Get(m.name), made.Get(m.name)
	var value []byte
	if m.repeated {
		value = array(t.list(m, was, is, w, o))
	} else {
		value = t.value(m.spots[0], was, is, w, o)
	}
	if value != nil {
		out = appendMember(out, m.name, value)
	}
	if beside := prior.Get("_" + m.name); beside.OK() && o == kept && canonicalJSON(was) == canonicalJSON(walked(value)) {
		out = appendMember(out, "_"+m.name, beside.Bytes())
	}
	return out
}

// chosen reports whether another type of a choice stands in the place of a member (FHIR R4, formats.html#choice): the one
// that was made, or, where what was made only stands in for one, the one that is there.
func (t put) chosen(s *spot, m *member, prior, made fhir.Node, w place) bool {
	if m.of.Base == m.name {
		return false
	}
	is := made.Get(m.name)
	for name := range s.choices(m.of.Base) {
		if name == m.name {
			continue
		}
		if !is.OK() && made.Get(name).OK() || is.OK() && prior.Get(name).OK() && t.x.yields(m.spots[0], w.at) {
			return true
		}
	}
	return false
}

// choices are the members that stand for one element.
func (s *spot) choices(base string) map[string]bool {
	all := map[string]bool{}
	for name, e := range s.of.Elements() {
		if e.Base == base {
			all[name] = true
		}
	}
	return all
}

// stays reports whether a member that no rule governs stays beside what was made: not the other type of a choice, nor what
// stands beside a primitive that a rule governs, nor what only words the rest of a data type, which has changed, nor what
// another form of the thing says of itself.
func (t put) stays(s *spot, name string, made fhir.Node) bool {
	if name[0] == '_' {
		primitive := name[1:]
		if slices.ContainsFunc(s.members, func(m *member) bool { return m.name == primitive }) {
			return false // governed writes it
		}
		name = primitive
	}
	if name == "text" && !s.part() && s != t.p.root {
		return false
	}
	if e, ok := s.of.Element(name); ok && e.Base != name {
		for other := range s.choices(e.Base) {
			if other != name && made.Get(other).OK() {
				return false
			}
		}
	}
	if s.of.Name() == "Meta" && ofVersion(name) {
		return false
	}
	return s != t.p.root || !t.elsewhere(name, fhir.Node{})
}
