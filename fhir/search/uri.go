package search

import (
	"slices"
	"strings"

	"concord/fhir"
)

// readURI keeps the whole address: there is one way to write it (FHIR R4, search.html#uri).
func readURI(x *extraction, n fhir.Node, _ fhir.Type) {
	if s := n.Text(); s != "" && len(s) <= maxText {
		x.add(Entry{Value: s})
	}
}

// readProfile is for canonicals, which are found with and without their version.
func readProfile(x *extraction, n fhir.Node, target fhir.Type) {
	readURI(x, n, target)
	if url, _, versioned := strings.Cut(n.Text(), "|"); versioned && url != "" && len(url) <= maxText {
		x.add(Entry{Value: url})
	}
}

// matchesURI compares whole addresses. :below finds those that begin with the value, at the end of a part of the
// path; :above finds those below which the value stands.
func (v Value) matchesURI(modifier string, e Entry) bool {
	switch modifier {
	case "below":
		return within(v.Text, e.Value)
	case "above":
		return slices.Contains(v.Above(), e.Value)
	default:
		return v.Text != "" && v.Text == e.Value
	}
}

// within reports whether one address is the other or stands below it.
func within(above, below string) bool {
	rest, ok := strings.CutPrefix(below, above)
	return ok && above != "" && (rest == "" || rest[0] == '/' || above[len(above)-1] == '/')
}

// Above gives every address that a value with the modifier above finds: itself, and what it stands below, as far as
// the host. A store can look each up.
func (v Value) Above() []string {
	all := []string{v.Text}
	host := strings.Index(v.Text, "://") + len("://")
	for i := len(v.Text) - 1; i > host; i-- {
		if v.Text[i] != '/' {
			continue
		}
		if i < len(v.Text)-1 {
			all = append(all, v.Text[:i+1])
		}
		all = append(all, v.Text[:i])
	}
	return all
}
