package search

import (
	"strconv"

	"concord/fhir"
)

// Page sizes.
const (
	defaultCount = 50
	maxCount     = 500
)

// sort reads _sort (FHIR R4 search, Sorting).
func (p *parsing) sort(values []string) {
	if len(values) != 1 {
		p.fault(fhir.Invalid, "_sort may stand once")
		return
	}
	switch values[0] {
	case "_id", "": // the order there is anyway
	case "_lastUpdated", "_lastUpdated,_id":
		p.plan.Sort = ByUpdated
	case "-_lastUpdated", "-_lastUpdated,_id":
		p.plan.Sort = ByUpdatedDesc
	default:
		p.unused("the order of _sort is not offered and was not used: use _lastUpdated, -_lastUpdated or _id")
	}
}

// count reads _count (FHIR R4 search, Page Count): more than this server gives in a page is taken as the most it gives.
func (p *parsing) count(values []string) {
	if len(values) != 1 {
		p.fault(fhir.Invalid, "_count may stand once")
		return
	}
	n, err := strconv.ParseUint(values[0], 10, 31)
	switch {
	case err != nil:
		p.fault(fhir.Value, "_count is a whole number")
	case n == 0:
		p.fault(fhir.NotSupported, "_count=0 is not offered: this server gives no totals")
	default:
		p.plan.Count = min(int(n), maxCount)
	}
}
