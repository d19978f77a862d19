package search

import (
	"hash/fnv"
	"io"
	"strings"
	"unicode/utf8"

	"concord/fhir"
)

// Form is one way in which a value is looked for. Each is part of the hash, so that they never meet.
type Form string

// The forms.
const (
	Present    Form = "p" // the parameter has any value at all
	formValue  Form = "v" // token: the code in any system. Reference to another server, canonical, uri: the whole of it
	formCoding Form = "c" // token: system and code
	formID     Form = "i" // reference to a resource here: the id, in any type
)

// KeyOf is a key of Keys.Values and, for Present, of the other two. Nothing rests on its being hard
// to collide: what is found is matched again.
func KeyOf(t fhir.Type, param string, f Form, words ...string) int64 {
	h := fnv.New64a()
	for _, word := range append([]string{string(t), param, string(f)}, words...) {
		_, _ = io.WriteString(h, word)
		_, _ = h.Write([]byte{0})
	}
	return int64(h.Sum64()) //nolint:gosec // only the bits matter
}

// maxKey is how much of a folded string is indexed, in bytes; longer ones are told apart by matching.
const maxKey = 40

// LastRune is after every letter that a folded string has.
const LastRune = "\U0010FFFF"

// TextKey is what a string is looked for by: its parameter, and how it begins.
type TextKey struct {
	Param int64
	Value string
}

// DateKey is what a date is looked for by: its parameter, and where it ends.
type DateKey struct{ Param, High, Low int64 }

// Keys is what the index tables of a store hold of one version, but for person and thing. They narrow a search to
// candidates; Plan.Match says what is found.
type Keys struct {
	Values map[int64]bool
	Texts  map[TextKey]bool
	Dates  map[DateKey]bool
}

// KeysOf makes the rows that the entries of a version have in the index tables: those that some KeysFor or Beginnings asks
// for, and no more, since to write them is half of what a create costs. What has a row already needs no other by
// which it would be found hardly sooner: a system alone is looked for among all that have any code, a string as it stands among
// those that begin so, a reference here by its id, and a code without a system by the code.
//
// Rows may be left out here at any time, for those of older versions are harmless; before one is added, all has to be indexed anew.
func KeysOf(t fhir.Type, entries []Entry) Keys {
	r := Keys{map[int64]bool{}, map[TextKey]bool{}, map[DateKey]bool{}}
	for _, e := range entries {
		if e.Group > 0 { // part of a composite value: they are matched together, and found by there being any
			if e.Param == wholeName(e.Param) {
				r.Values[KeyOf(t, e.Param, Present)] = true
			}
			continue
		}
		if e.Param == plainName(e.Param) {
			r.Values[KeyOf(t, e.Param, Present)] = true
		}
		switch e.Kind {
		case String:
			r.Texts[TextKey{KeyOf(t, e.Param, Present), Shorten(e.Value)}] = true
		case Date:
			r.Dates[DateKey{KeyOf(t, e.Param, Present), e.High, e.Low}] = true
		case Token, Reference, URI:
			if e.Value != "" { // else it is there, and cannot be searched
				r.addValue(t, e)
			}
		case Number, Quantity, Composite: // narrowed by their presence, and by the person; then matched
		}
	}
	return r
}

func (k Keys) addValue(t fhir.Type, e Entry) {
	if e.Kind == Reference && e.System == "" {
		if ref, ok := fhir.ParseRef(e.Value); ok {
			k.Values[KeyOf(t, e.Param, formID, string(ref.ID))] = true
			return
		}
	}
	k.Values[KeyOf(t, e.Param, formValue, e.Value)] = true
	if e.Kind == Token && e.System != "" {
		k.Values[KeyOf(t, e.Param, formCoding, e.System, e.Value)] = true
	}
}

// plainName is the parameter of a name under which more is indexed of it, such as "subject:identifier": what has that has
// a value of the parameter, too.
func plainName(param string) string {
	plain, _, _ := strings.Cut(param, ":")
	return plain
}

// wholeName is the part that says for a composite parameter, or any part of it, that there is a value.
func wholeName(param string) string {
	whole, _, _ := strings.Cut(param, "#")
	return partName(whole, 0)
}

// Shorten is as much of a folded string as its TextKey holds: it cuts between letters.
func Shorten(s string) string {
	if len(s) <= maxKey {
		return s
	}
	n := maxKey
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Minus gives the keys that the others do not have.
func (k Keys) Minus(others Keys) Keys {
	return Keys{less(k.Values, others.Values), less(k.Texts, others.Texts), less(k.Dates, others.Dates)}
}

func less[K comparable](a, b map[K]bool) map[K]bool {
	left := map[K]bool{}
	for k := range a {
		if !b[k] {
			left[k] = true
		}
	}
	return left
}
