package mappings

import (
	"fmt"
	"slices"
	"strings"
)

// get is the value of a field, and whether it is there.
func (s setting) get(name string) (setting, bool) {
	for _, f := range s.fields {
		if f.name == name {
			return f.setting, true
		}
	}
	return setting{}, false
}

// only tells of fields that do not belong here, with the name that was probably meant.
func (f *faults) only(s setting, what string, names ...string) bool {
	if s.kind != mapping {
		f.on(s, "%s is written as fields: %s", what, strings.Join(names, ", "))
		return false
	}
	for _, field := range s.fields {
		if !slices.Contains(names, field.name) {
			f.at(field.line, field.col, "%s%s has no field %q%s", inFile(field.file), what, field.name, hint(field.name, names))
		}
	}
	return true
}

// text is a field of one value; the word says whether it must be there.
func (f *faults) text(s setting, name string) string {
	v, ok := s.get(name)
	if !ok {
		return ""
	}
	if v.kind != scalar {
		f.on(v, "%s is one value, not a list", name)
	}
	return v.text
}

// texts is a field of one value or a list of them.
func (f *faults) texts(s setting, name string) []setting {
	v, ok := s.get(name)
	switch {
	case !ok:
		return nil
	case v.kind == scalar:
		return []setting{v}
	case v.kind == list:
		for _, e := range v.list {
			if e.kind != scalar {
				f.on(e, "%s is a list of plain values", name)
			}
		}
		return v.list
	default:
		f.on(v, "%s is a value or a list of values", name)
		return nil
	}
}

// flag is a field of true or false.
func (f *faults) flag(s setting, name string) bool {
	v, ok := s.get(name)
	switch {
	case !ok || v.text == "false" && v.kind == scalar:
		return false
	case v.text == "true" && v.kind == scalar:
		return true
	default:
		f.on(v, "%s is true or false", name)
		return false
	}
}

// hint guesses which of the names was meant, and lists them when it cannot.
func hint(name string, names []string) string {
	best, distance := "", 3
	for _, candidate := range names {
		if d := apart(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best != "" {
		return fmt.Sprintf(": did you mean %q?", best)
	}
	if len(names) > 20 {
		return ""
	}
	return ": it may have " + strings.Join(names, ", ")
}

// apart is how many letters two words are apart (Levenshtein).
func apart(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
