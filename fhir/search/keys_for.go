package search

import (
	"math"

	"concord/fhir"
)

// KeysFor are the values of Keys.Values of which everything that the clause finds has one; none when the clause
// cannot be looked up so.
func KeysFor(t fhir.Type, c Clause) []int64 {
	present := KeyOf(t, plainName(c.Param), Present)
	if c.Kind == Composite {
		present = KeyOf(t, wholeName(c.Param), Present)
	}
	var hashes []int64
	for _, v := range c.Any {
		switch {
		case c.Modifier == "missing" && v.Missing, c.Modifier == "not":
			return nil
		case c.Modifier != "", c.Kind == Composite, c.Kind == Number, c.Kind == Quantity:
			hashes = append(hashes, present)
		case c.Kind == Date && unbounded(v), c.Kind == Token && v.Text == "":
			hashes = append(hashes, present)
		case c.Kind == Token && v.System != "":
			hashes = append(hashes, KeyOf(t, c.Param, formCoding, v.System, v.Text))
		case c.Kind == Token, c.Kind == URI:
			hashes = append(hashes, KeyOf(t, c.Param, formValue, v.Text))
		case c.Kind == Reference:
			hashes = append(hashes, referenceKeys(t, c.Param, v.Text)...)
		default:
			return nil
		}
	}
	return hashes
}

func referenceKeys(t fhir.Type, param, text string) []int64 {
	if ref, ok := fhir.ParseRef(text); ok {
		return []int64{KeyOf(t, param, formID, string(ref.ID))}
	}
	if fhir.ID(text).Valid() {
		return []int64{KeyOf(t, param, formID, text)}
	}
	return []int64{KeyOf(t, param, formValue, text)}
}

// Beginnings are the beginnings of which everything that the clause finds has one in Keys.Texts; none when the clause is not
// looked up so.
func Beginnings(c Clause) []string {
	if c.Kind != String || c.Modifier != "" && c.Modifier != "exact" {
		return nil
	}
	starts := make([]string, 0, len(c.Any))
	for _, v := range c.Any {
		if c.Modifier == "exact" {
			v.Text = Fold(v.Exact)
		}
		starts = append(starts, Shorten(v.Text))
	}
	return starts
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
