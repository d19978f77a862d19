package fhir

import "slices"

// Equal reports whether two resources say the same: as JSON values, where the order of members is nothing and
// numbers go by their digits (1.0 is not 1.00, FHIR R4, datatypes.html). What a server puts into meta is not looked at:
// versionId, lastUpdated, source and security, and meta itself when it holds no more (CONSENT.md 15.7). What is
// not JSON equals nothing.
func Equal(a, b []byte) bool {
	x, err := Walk(a)
	if err != nil {
		return false
	}
	y, err := Walk(b)
	return err == nil && same(x, y)
}

func same(x, y Node) bool {
	if x.Kind() != y.Kind() {
		return false
	}
	switch x.Kind() {
	case Object:
		return sameMembers(x, y)
	case Array:
		return x.Len() == y.Len() && slices.EqualFunc(entries(x), entries(y), same)
	default:
		return x.Text() == y.Text()
	}
}

func entries(n Node) []Node { return slices.AppendSeq(make([]Node, 0, n.Len()), n.Each()) }

func sameMembers(x, y Node) bool {
	count := 0
	for name, m := range x.Members() {
		if apart(m) {
			continue
		}
		count++
		other := y.Get(name)
		if !other.OK() || !same(m, other) {
			return false
		}
	}
	for _, m := range y.Members() {
		if !apart(m) {
			count--
		}
	}
	return count == 0
}

// apart reports whether a member is one that the server writes, or a meta that holds nothing else.
func apart(m Node) bool {
	parent := m.Parent()
	if !parent.Parent().OK() {
		return m.Name() == "meta" && emptied(m)
	}
	if parent.Name() != "meta" || parent.Parent().Parent().OK() {
		return false
	}
	switch m.Name() {
	case "versionId", "lastUpdated", "source", "security", "_versionId", "_lastUpdated", "_source":
		return true
	default:
		return false
	}
}

func emptied(meta Node) bool {
	for _, m := range meta.Members() {
		if !apart(m) {
			return false
		}
	}
	return meta.Kind() == Object
}
