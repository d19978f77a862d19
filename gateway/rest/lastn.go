package rest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

// resultParameters are those of a search that say how its result is laid out (FHIR R4 search.html#Summary).
var resultParameters = []string{"_cursor", "_count", "_sort", "_include", "_revinclude", "_total", "_summary", "_elements", "_contained", "_containedType"}

// lastN answers [base]/Observation/$lastn by GET and POST (FHIR R4 observation-operation-lastn.html): the most recent Observations of
// each code, of those that fit the search parameters and that the caller may see.
func lastN(x *exchange) error {
	if err := x.asked(); err != nil {
		return err
	}
	values := maps.Clone(x.query)
	most := 1
	if text := values.Get("max"); text != "" {
		var err error
		if most, err = strconv.Atoi(text); err != nil || most < 1 || most > x.door.Limits.LastN {
			return fhir.Errorf(fhir.Value, "max must be a number from 1 to %d (limit last-n)", x.door.Limits.LastN)
		}
	}
	delete(values, "max")
	for name := range values {
		if shapes, _, _ := strings.Cut(name, ":"); slices.Contains(resultParameters, shapes) {
			if x.prefer.strict {
				return fhir.Errorf(fhir.NotSupported, "$lastn takes max and parameters that say which Observations, and none that say how a search is laid out")
			}
			delete(values, name)
		}
	}
	if !values.Has("patient") && !values.Has("subject") {
		return fhir.Errorf(fhir.Required, "patient or subject is needed: whose Observations are asked for")
	}
	plan, _, err := x.reading.Parse("Observation", values, x.prefer.strict)
	if err != nil {
		return err
	}
	seen, err := x.reading.LastN(x.context(), plan, most)
	if err != nil {
		return err
	}
	return x.show(seen)
}
