package gateway

import (
	"net/url"
	"strings"

	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// Condition reads the query of a conditional interaction or reference (FHIR R4, http.html#ccreate): what stands after
// the question mark, or in If-None-Exist. A parameter that is not offered is an error always: leaving it out
// would make the condition fit more.
//
// Errors: Invalid for the query, Required when it asks for nothing.
func Condition(r guard.Reading, t fhir.Type, query string) (*search.Plan, error) {
	if _, after, found := strings.Cut(query, "?"); found {
		query = after
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "the condition cannot be read: check its percent encoding")
	}
	for name := range values {
		if name == "_cursor" || name == "_format" || name == "_pretty" {
			delete(values, name)
		}
	}
	plan, _, err := r.Parse(t, values, true)
	if err != nil {
		return nil, err
	}
	if len(plan.Where) == 0 {
		return nil, fhir.Errorf(fhir.Required, "a condition needs at least one search parameter with a value")
	}
	return &plan, nil
}
