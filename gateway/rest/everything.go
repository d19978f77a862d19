package rest

import (
	"net/url"
	"strings"

	"concord/fhir"
	"concord/gateway/guard"
)

// everythingTakes are the parameters of $everything (FHIR R4 patient-operation-everything.html).
const everythingTakes = "_since _type _count start end _cursor"

// everything answers [base]/Patient/[id]/$everything by GET and POST: all of the record that the caller may see, page by
// page.
func everything(x *exchange) error {
	extent, err := x.extent()
	if err != nil {
		return err
	}
	seen, err := x.reading.Everything(x.context(), x.ref, extent)
	if err != nil {
		return err
	}
	return x.show(seen)
}

// everythingOfAll answers [base]/Patient/$everything by GET and POST: the same of every Patient that the caller may see,
// one after another.
func everythingOfAll(x *exchange) error {
	extent, err := x.extent()
	if err != nil {
		return err
	}
	seen, err := x.reading.EverythingOfAll(x.context(), extent)
	if err != nil {
		return err
	}
	return x.show(seen)
}

// extent reads the parameters of $everything.
func (x *exchange) extent() (guard.Extent, error) {
	if err := x.asked(); err != nil {
		return guard.Extent{}, err
	}
	used := url.Values{}
	extent := guard.Extent{Cursor: x.query.Get("_cursor")}
	var err error
	if extent.Count, err = x.page(used); err != nil {
		return extent, err
	}
	if extent.Since, err = x.instant("_since", used); err != nil {
		return extent, err
	}
	start, err := x.instants("start", used)
	if err != nil {
		return extent, err
	}
	end, err := x.instants("end", used)
	if err != nil {
		return extent, err
	}
	extent.Care = guard.Instants{From: start.From, To: end.To}
	for _, list := range x.query["_type"] {
		for name := range strings.SplitSeq(list, ",") {
			if !offered(fhir.Type(name)) {
				return extent, fhir.Errorf(fhir.Value, "_type must name resource types of FHIR R4, with commas between them")
			}
			extent.Types = append(extent.Types, fhir.Type(name))
		}
		used.Add("_type", list)
	}
	extent.Query = used.Encode()
	return extent, nil
}
