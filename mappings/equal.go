package mappings

import "slices"

// Difference is one leaf that two records do not have in common.
type Difference struct {
	Path        string
	Left, Right string // the texts; patient data, so never for a log
	Added       bool   // only the right one has the field
}

// Differences are the fields in which two records differ, by path, sorted. The order of fields says nothing, the
// order of repeats does. No differences: the records say the same.
func Differences(left, right *Tree) []Difference {
	a, b := leaves(left), leaves(right)
	var all []Difference
	for path, text := range a {
		if b[path] != text {
			all = append(all, Difference{path, text.text, b[path].text, false})
		}
	}
	for path, text := range b {
		if _, ok := a[path]; !ok {
			all = append(all, Difference{path, "", text.text, true})
		}
	}
	slices.SortFunc(all, func(x, y Difference) int { return slices.Compare([]string{x.Path}, []string{y.Path}) })
	return all
}

type said struct {
	text string
	kind Kind
	is   bool // an empty text is not the same as none
}

// leaves are the fields by their paths. Only JSON tells a number from a text: in a table "7" is "7".
func leaves(t *Tree) map[string]said {
	all := make(map[string]said, t.Len())
	paths := t.paths()
	for i := range t.nodes {
		n := Node{t, int32(i)}
		if n.field() {
			kind := n.Kind()
			if !t.typed() && (kind == Number || kind == Bool) {
				kind = Text
			}
			all[paths[i].path] = said{n.Text(), kind, true}
		}
	}
	return all
}
