package search

import (
	"hash/fnv"
	"io"
	"math"
	"unicode/utf8"

	"concord/fhir"
)

// Form is one way in which a value is looked for. Each is part of the hash, so that they never meet.
type Form string

// The forms.
const (
	Present    Form = "p" // the parameter has any value at all
	formValue  Form = "v" // token: the code in any system. Reference: the whole of it
	formCoding Form = "c" // token: system and code
	formSystem Form = "s" // token: any code of the system
	formID     Form = "i" // reference: the id in any type
	formExact  Form = "x" // string: as it stands
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

// KeysOf makes the rows that the entries of a version have in the index tables.
func KeysOf(t fhir.Type, entries []Entry) Keys {
	r := Keys{map[int64]bool{}, map[TextKey]bool{}, map[DateKey]bool{}}
	for _, e := range entries {
		present := KeyOf(t, e.Param, Present)
		r.Values[present] = true
		switch e.Kind {
		case Token:
			r.Values[KeyOf(t, e.Param, formValue, e.Value)] = true
			r.Values[KeyOf(t, e.Param, formCoding, e.System, e.Value)] = true
			if e.System != "" {
				r.Values[KeyOf(t, e.Param, formSystem, e.System)] = true
			}
		case Reference:
			r.Values[KeyOf(t, e.Param, formValue, e.Value)] = true
			if ref, ok := fhir.ParseRef(e.Value); ok && e.System == "" {
				r.Values[KeyOf(t, e.Param, formID, string(ref.ID))] = true
			}
		case String:
			r.Values[KeyOf(t, e.Param, formExact, e.Exact)] = true
			r.Texts[TextKey{present, Shorten(e.Value)}] = true
		case Date:
			r.Dates[DateKey{present, e.High, e.Low}] = true
		case URI:
			r.Values[KeyOf(t, e.Param, formValue, e.Value)] = true
		case Number, Quantity, Composite: // narrowed by their presence, and by the person; then matched
		}
	}
	return r
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

// KeysFor are the values of Keys.Values of which everything that the clause finds has one; none when the clause
// cannot be looked up so.
func KeysFor(t fhir.Type, c Clause) []int64 {
	var hashes []int64
	for _, v := range c.Any {
		switch {
		case c.Modifier == "missing" && !v.Missing:
			hashes = append(hashes, KeyOf(t, c.Param, Present))
		case c.Modifier == "exact" && c.Kind == String:
			hashes = append(hashes, KeyOf(t, c.Param, formExact, v.Exact))
		case c.Kind == Composite:
			hashes = append(hashes, KeyOf(t, c.Param+"#0", Present))
		case c.Kind == Number, c.Kind == Quantity, c.Modifier != "" && (c.Kind == URI || c.Kind == Reference && c.Modifier != "missing"):
			hashes = append(hashes, KeyOf(t, c.Param, Present))
		case c.Kind == URI:
			hashes = append(hashes, KeyOf(t, c.Param, formValue, v.Text))
		case c.Modifier == "contains" && c.Kind == String, c.Modifier == "" && c.Kind == Date && unbounded(v):
			hashes = append(hashes, KeyOf(t, c.Param, Present))
		case c.Modifier != "":
			return nil
		case c.Kind == Token && v.HasSystem && v.Text == "":
			hashes = append(hashes, KeyOf(t, c.Param, formSystem, v.System))
		case c.Kind == Token && v.HasSystem:
			hashes = append(hashes, KeyOf(t, c.Param, formCoding, v.System, v.Text))
		case c.Kind == Token:
			hashes = append(hashes, KeyOf(t, c.Param, formValue, v.Text))
		case c.Kind == Reference:
			hashes = append(hashes, KeyOf(t, c.Param, formValue, v.Text), KeyOf(t, c.Param, formID, v.Text))
		default:
			return nil
		}
	}
	return hashes
}

// unbounded reports whether a date's range says nothing about where the entries end.
func unbounded(v Value) bool { return v.Prefix == "ne" || v.Prefix == "lt" || v.Prefix == "le" }

// Ends is where the end of every entry lies that the date finds: first and last, inclusive.
func Ends(v Value) [2]int64 {
	switch v.Prefix {
	case "eq":
		return [2]int64{v.Low, v.High}
	case "eb":
		return [2]int64{math.MinInt64, v.Low}
	case "gt", "sa":
		return [2]int64{v.High, math.MaxInt64}
	case "ge", "ap":
		return [2]int64{v.Low, math.MaxInt64}
	default:
		return [2]int64{math.MinInt64, math.MaxInt64}
	}
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
