package rest

import (
	"maps"
	"slices"
	"strings"

	"concord/fhir"
)

// Row is a row of the door, for tests that must know of all.
type Row struct{ Code, Method, Path string }

// Rows are all that the door answers with a token.
func Rows() []Row {
	var rows []Row
	for _, r := range interactions() {
		if !r.open {
			rows = append(rows, Row{r.code, r.method, r.path})
		}
	}
	return rows
}

// RowOf is the row that a method and a path below the base lead to.
func RowOf(method, path string) (Row, bool) {
	all := routes(interactions())
	i := slices.IndexFunc(all, func(r route) bool { return r.method == method && r.fits(strings.Split(path, "/")) })
	if i < 0 {
		return Row{}, false
	}
	return Row{all[i].code, all[i].method, all[i].path}, true
}

// Kinds are those of the errors that are told to callers.
func Kinds() []fhir.Kind { return slices.Collect(maps.Keys(rows)) }
