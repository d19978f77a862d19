package mappings

import (
	"slices"
	"strings"

	"concord/fhir"
)

// agrees reports whether two values say the same as far as the rules of a spot govern them.
func (t put) agrees(s *spot, a, b fhir.Node) bool {
	if len(s.leaves) > 0 {
		if a.Kind() != fhir.Object && a.Kind() != fhir.Array {
			return a.Kind() == b.Kind() && a.Text() == b.Text()
		}
		return s.words(a) == s.words(b)
	}
	for _, m := range s.members {
		was, is := a.Get(m.name), b.Get(m.name)
		if !m.repeated {
			if !t.agrees(m.spots[0], was, is) {
				return false
			}
			continue
		}
		x, y := slices.Collect(was.Each()), slices.Collect(is.Each())
		if m.constant() {
			if len(union(x, y, kept)) != len(x) {
				return false
			}
			continue
		}
		theirs, ours := m.owners(x), m.owners(y)
		for i, inner := range m.spots {
			if !slices.EqualFunc(owned(x, theirs, i), owned(y, ours, i), func(p, q fhir.Node) bool { return t.agrees(inner, p, q) }) {
				return false
			}
		}
	}
	return true
}

// words is what a value says that rules move as a whole, without what others may have added to it. A reference says what
// it points at.
func (s *spot) words(n fhir.Node) string {
	if slices.ContainsFunc(s.leaves, func(l *leaf) bool { return l.ref > 0 }) {
		return n.Get("reference").Text()
	}
	if n.Kind() != fhir.Object {
		return canonicalJSON(n)
	}
	var all []string
	for name, value := range n.Members() {
		if name != "id" && name != "extension" && name[0] != '_' {
			all = append(all, name+canonicalJSON(value))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// owners says of each entry of a list which spot it belongs to, as on the way back; -1: no rule governs it.
func (m *member) owners(entries []fhir.Node) []int {
	of := make([]int, len(entries))
	for i := range of {
		of[i] = -1
	}
	for i, s := range m.spots {
		if s.positional() {
			if s.step.index < len(of) && of[s.step.index] < 0 {
				of[s.step.index] = i
			}
			continue
		}
		for j, e := range entries {
			if of[j] >= 0 || !s.step.holds(e) {
				continue
			}
			of[j] = i
			if !s.step.every {
				break
			}
		}
	}
	return of
}

// positional reports whether the entry is known by its position.
func (s *spot) positional() bool { return !s.step.every && len(s.step.fixed) == 0 }

// owned are the entries of one spot.
func owned(entries []fhir.Node, of []int, i int) []fhir.Node {
	var all []fhir.Node
	for j, e := range entries {
		if of[j] == i {
			all = append(all, e)
		}
	}
	return all
}

// only is the one entry, if there is one.
func only(entries []fhir.Node) fhir.Node {
	if len(entries) == 0 {
		return fhir.Node{}
	}
	return entries[0]
}

// walked is JSON that was written here as a value; nothing is the missing one.
func walked(data []byte) fhir.Node {
	if len(data) == 0 {
		return fhir.Node{}
	}
	n, err := fhir.Walk(data)
	if err != nil {
		panic("mappings: what was put together is not JSON: " + err.Error()) // a fault in put
	}
	return n
}

// array writes a list; without entries there is none.
func array(entries [][]byte) []byte {
	if len(entries) == 0 {
		return nil
	}
	out := []byte("[")
	for i, e := range entries {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, e...)
	}
	return append(out, ']')
}

// appendMember writes a member of an object that is open.
func appendMember(out []byte, name string, value []byte) []byte {
	if len(value) == 0 {
		return out
	}
	if len(out) > 0 && out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	return append(append(append(append(out, '"'), name...), `":`...), value...)
}

func bytesOf(all []fhir.Node) [][]byte {
	out := make([][]byte, 0, len(all))
	for _, n := range all {
		out = append(out, n.Bytes())
	}
	return out
}
