package sqlite

import (
	"hash/fnv"
	"io"
	"math"
	"unicode/utf8"

	"concord/fhir"
	"concord/fhir/search"
)

// form is one way in which a value is looked for. Each is part of the hash, so that they never meet.
type form string

const (
	formPresent form = "p" // the parameter has any value at all
	formValue   form = "v" // token: the code in any system. Reference: the whole of it
	formCoding  form = "c" // token: system and code
	formSystem  form = "s" // token: any code of the system
	formID      form = "i" // reference: the id in any type
	formExact   form = "x" // string: as it stands
)

// hashOf is the key of find_value and, for formPresent, of the other tables too. Nothing rests on its being hard
// to collide: what is found is matched again.
func hashOf(t fhir.Type, param string, f form, words ...string) int64 {
	h := fnv.New64a()
	for _, word := range append([]string{string(t), param, string(f)}, words...) {
		_, _ = io.WriteString(h, word)
		_, _ = h.Write([]byte{0})
	}
	return int64(h.Sum64()) //nolint:gosec // only the bits matter
}

// maxText is how much of a folded string is indexed, in bytes; longer ones are told apart by matching.
const maxText = 40

// lastRune is after every letter that a folded string has.
const lastRune = "\U0010FFFF"

type textRow struct {
	param int64
	value string
}

type dateRow struct{ param, high, low int64 }

// rowSet is what the index tables hold of one version, but for person and thing.
type rowSet struct {
	values map[int64]bool
	texts  map[textRow]bool
	dates  map[dateRow]bool
}

// rowsOf makes the rows that the entries of a version have in the index tables.
func rowsOf(t fhir.Type, entries []search.Entry) rowSet {
	r := rowSet{map[int64]bool{}, map[textRow]bool{}, map[dateRow]bool{}}
	for _, e := range entries {
		present := hashOf(t, e.Param, formPresent)
		r.values[present] = true
		switch e.Kind {
		case search.Token:
			r.values[hashOf(t, e.Param, formValue, e.Value)] = true
			r.values[hashOf(t, e.Param, formCoding, e.System, e.Value)] = true
			if e.System != "" {
				r.values[hashOf(t, e.Param, formSystem, e.System)] = true
			}
		case search.Reference:
			r.values[hashOf(t, e.Param, formValue, e.Value)] = true
			if ref, ok := fhir.ParseRef(e.Value); ok && e.System == "" {
				r.values[hashOf(t, e.Param, formID, string(ref.ID))] = true
			}
		case search.String:
			r.values[hashOf(t, e.Param, formExact, e.Exact)] = true
			r.texts[textRow{present, shorten(e.Value)}] = true
		case search.Date:
			r.dates[dateRow{present, e.High, e.Low}] = true
		case search.URI:
			r.values[hashOf(t, e.Param, formValue, e.Value)] = true
		case search.Number, search.Quantity, search.Composite: // narrowed by their presence, and by the person; then matched
		}
	}
	return r
}

// shorten cuts between letters.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// hashesOf are the rows of find_value of which everything that the clause finds has one; none when the clause
// cannot be looked up so.
func hashesOf(t fhir.Type, c search.Clause) []int64 {
	var hashes []int64
	for _, v := range c.Any {
		switch {
		case c.Modifier == "missing" && !v.Missing:
			hashes = append(hashes, hashOf(t, c.Param, formPresent))
		case c.Modifier == "exact" && c.Kind == search.String:
			hashes = append(hashes, hashOf(t, c.Param, formExact, v.Exact))
		case c.Kind == search.Composite:
			hashes = append(hashes, hashOf(t, c.Param+"#0", formPresent))
		case c.Kind == search.Number, c.Kind == search.Quantity, c.Kind == search.URI && c.Modifier != "":
			hashes = append(hashes, hashOf(t, c.Param, formPresent))
		case c.Kind == search.URI:
			hashes = append(hashes, hashOf(t, c.Param, formValue, v.Text))
		case c.Modifier == "contains" && c.Kind == search.String, c.Modifier == "" && c.Kind == search.Date && unbounded(v):
			hashes = append(hashes, hashOf(t, c.Param, formPresent))
		case c.Modifier != "":
			return nil
		case c.Kind == search.Token && v.HasSystem && v.Text == "":
			hashes = append(hashes, hashOf(t, c.Param, formSystem, v.System))
		case c.Kind == search.Token && v.HasSystem:
			hashes = append(hashes, hashOf(t, c.Param, formCoding, v.System, v.Text))
		case c.Kind == search.Token:
			hashes = append(hashes, hashOf(t, c.Param, formValue, v.Text))
		case c.Kind == search.Reference:
			hashes = append(hashes, hashOf(t, c.Param, formValue, v.Text), hashOf(t, c.Param, formID, v.Text))
		default:
			return nil
		}
	}
	return hashes
}

// unbounded reports whether a date's range says nothing about where the entries end.
func unbounded(v search.Value) bool { return v.Prefix == "ne" || v.Prefix == "lt" || v.Prefix == "le" }

// endsOf is where the end of every entry lies that the date finds: first and last, inclusive.
func endsOf(v search.Value) [2]int64 {
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
