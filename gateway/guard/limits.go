package guard

import (
	"cmp"
	"net/url"

	"concord/fhir"
	"concord/fhir/search"
)

// Limits bound what one search, or one operation that is like a search, may ask of a store. A zero field takes its
// default. What goes beyond is refused, and the refusal names the limit as the operator sets it.
type Limits struct {
	Query    search.Limits // of the query as it is written
	Reached  int           // resources at one end of a chain, or codes of a value set; 5,000
	Included int           // resources that come with one page; 1,000
	Rounds   int           // rounds of :iterate; 5
	Looked   int           // resources that one $lastn or $meta looks through; 5,000
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Query: l.Query.WithDefaults(), Reached: cmp.Or(l.Reached, 5_000), Included: cmp.Or(l.Included, 1_000),
		Rounds: cmp.Or(l.Rounds, 5), Looked: cmp.Or(l.Looked, 5_000),
	}
}

// Parse reads a query within the limits, as search.Parse does.
func (r Reading) Parse(t fhir.Type, values url.Values, strict bool) (search.Plan, []fhir.Issue, error) {
	return r.g.Limits.Query.Parse(t, values, r.c.Base, strict)
}
