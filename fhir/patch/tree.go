package patch

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
)

// value is a JSON value that can be changed. Members keep their order, and numbers their digits.
type value struct {
	kind    fhir.NodeKind
	raw     []byte // of what is neither object nor array, as it came
	members []member
	entries []*value
	emptied bool // something was taken out: left empty, it goes too, since FHIR has no empty values
}

type member struct {
	name  string
	value *value
}

// grow makes a value of a tree that was read.
func grow(n fhir.Node) *value {
	v := &value{kind: n.Kind()}
	switch n.Kind() {
	case fhir.Object:
		for name, m := range n.Members() {
			v.members = append(v.members, member{name, grow(m)})
		}
	case fhir.Array:
		for e := range n.Each() {
			v.entries = append(v.entries, grow(e))
		}
	default:
		v.raw = n.Bytes()
	}
	return v
}

// clone is a copy that shares nothing that can be changed.
func (v *value) clone() *value {
	c := &value{kind: v.kind, raw: v.raw, emptied: v.emptied}
	for _, m := range v.members {
		c.members = append(c.members, member{m.name, m.value.clone()})
	}
	for _, e := range v.entries {
		c.entries = append(c.entries, e.clone())
	}
	return c
}

// find is the place of a member, or -1.
func (v *value) find(name string) int {
	return slices.IndexFunc(v.members, func(m member) bool { return m.name == name })
}

// get is a member of an object, or nil.
func (v *value) get(name string) *value {
	if v == nil {
		return nil
	}
	if i := v.find(name); i >= 0 {
		return v.members[i].value
	}
	return nil
}

// set gives an object a member, in the place of the one of that name.
func (v *value) set(name string, to *value) {
	if i := v.find(name); i >= 0 {
		v.members[i].value = to
		return
	}
	v.members = append(v.members, member{name, to})
}

// size is about how many bytes the value takes.
func (v *value) size() int {
	n := len(v.raw) + 2
	for _, m := range v.members {
		n += len(m.name) + 4 + m.value.size()
	}
	for _, e := range v.entries {
		n += 1 + e.size()
	}
	return n
}

// prune takes away what is empty because of the patch, and reports whether v itself is.
func (v *value) prune() bool {
	members, entries := len(v.members), len(v.entries)
	v.members = slices.DeleteFunc(v.members, func(m member) bool { return m.value.prune() })
	v.entries = slices.DeleteFunc(v.entries, (*value).prune)
	v.emptied = v.emptied || len(v.members) < members || len(v.entries) < entries
	switch v.kind {
	case fhir.Object:
		return v.emptied && len(v.members) == 0
	case fhir.Array:
		return v.emptied && len(v.entries) == 0
	default:
		return false
	}
}

// append writes the value as JSON.
func (v *value) append(out []byte) []byte {
	switch v.kind {
	case fhir.Object:
		out = append(out, '{')
		for i, m := range v.members {
			if i > 0 {
				out = append(out, ',')
			}
			out, _ = jsontext.AppendQuote(out, m.name) // it was read as UTF-8
			out = append(out, ':')
			out = m.value.append(out)
		}
		return append(out, '}')
	case fhir.Array:
		out = append(out, '[')
		for i, e := range v.entries {
			if i > 0 {
				out = append(out, ',')
			}
			out = e.append(out)
		}
		return append(out, ']')
	default:
		return append(out, v.raw...)
	}
}

// text is the value of a string without quotes and escapes.
func (v *value) text() string {
	if v.kind != fhir.String {
		return ""
	}
	plain, err := jsontext.AppendUnquote(nil, v.raw)
	if err != nil {
		return ""
	}
	return string(plain)
}

// textOr is text for a value that may be missing.
func (v *value) textOr() string {
	if v == nil {
		return ""
	}
	return v.text()
}

// equal compares as RFC 6902 4.6 does: the order of members is nothing, and numbers go by their value.
func equal(a, b *value) bool {
	if a.kind != b.kind || len(a.members) != len(b.members) || len(a.entries) != len(b.entries) {
		return false
	}
	for _, m := range a.members {
		other := b.get(m.name)
		if other == nil || !equal(m.value, other) {
			return false
		}
	}
	for i := range a.entries {
		if !equal(a.entries[i], b.entries[i]) {
			return false
		}
	}
	switch a.kind {
	case fhir.String:
		return a.text() == b.text()
	case fhir.Number:
		x, errX := strconv.ParseFloat(string(a.raw), 64)
		y, errY := strconv.ParseFloat(string(b.raw), 64)
		return string(a.raw) == string(b.raw) || (errX == nil && errY == nil && x == y)
	default:
		return string(a.raw) == string(b.raw)
	}
}
