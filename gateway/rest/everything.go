package rest

import (
	"net/url"
	"strings"

	"concord/fhir"
	"concord/gateway/guard"
)

// everythingTakes are the parameters of $everything that are used here (FHIR R4 patient-operation-everything.html).
const everythingTakes = "_since _type _count start end _cursor"

// everything answers GET [base]/Patient/[id]/$everything: all of the record that the caller may see, page by page.
func everything(x *exchange) error {
	used := url.Values{}
	extent := guard.Extent{Cursor: x.query.Get("_cursor")}
	var err error
	if extent.Count, err = x.page(used); err != nil {
		return err
	}
	if extent.Since, err = x.instant("_since", used); err != nil {
		return err
	}
	start, err := x.instants("start", used)
	if err != nil {
		return err
	}
	end, err := x.instants("end", used)
	if err != nil {
		return err
	}
	extent.Care = guard.Instants{From: start.From, To: end.To}
	for _, list := range x.query["_type"] {
		for name := range strings.SplitSeq(list, ",") {
			if !offered(fhir.Type(name)) {
				return fhir.Errorf(fhir.Value, "_type must name resource types of FHIR R4, with commas between them")
			}
			extent.Types = append(extent.Types, fhir.Type(name))
		}
		used.Add("_type", list)
	}
	extent.Query = used.Encode()
	seen, err := x.reading.Everything(x.context(), x.ref, extent)
	if err != nil {
		return err
	}
	return x.show(seen)
}
