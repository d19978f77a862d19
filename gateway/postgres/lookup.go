package postgres

import (
	"concord/fhir"
	"concord/fhir/search"
)

// lookedUp is how a clause finds candidates: a fragment, and the same bound to a list of persons, which is then the
// last parameter; "" when it has none.
type lookedUp struct {
	fragment

	ofPeople string
}

// lookUp turns a clause into a fragment; false when no table answers it. This, with rowsOf and hashesOf, is where
// the kinds of search parameters become SQL.
func lookUp(t fhir.Type, c search.Clause) (lookedUp, bool) {
	param := search.KeyOf(t, c.Param, search.Present)
	hashes, starts := search.KeysFor(t, c), search.Beginnings(c)
	switch {
	case c.Param == "_id":
		ids := make([]string, 0, len(c.Any))
		for _, v := range c.Any {
			ids = append(ids, v.Text)
		}
		return lookedUp{fragment{byID, []any{ids, string(t)}}, ""}, true
	case c.Param == "_lastUpdated":
		return lookedUp{}, false
	case len(starts) > 0:
		var params []int64
		var low, high [][]byte
		for _, start := range starts {
			params, low, high = append(params, param), append(low, []byte(start)), append(high, []byte(start+search.LastRune))
		}
		return lookedUp{fragment{byText, []any{params, low, high}}, byTextOfPeople}, true
	case len(hashes) > 0:
		return lookedUp{fragment{byValue, []any{hashes}}, byValueOfPeople}, true
	case c.Modifier == "" && c.Kind == search.Date:
		var params, low, high []int64
		for _, v := range c.Any {
			ends := search.Ends(v)
			params, low, high = append(params, param), append(low, ends[0]), append(high, ends[1])
		}
		return lookedUp{fragment{byDate, []any{params, low, high}}, byDateOfPeople}, true
	default:
		return lookedUp{}, false
	}
}
