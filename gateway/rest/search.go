package rest

import (
	"mime"
	"net/http"
	"net/url"

	"concord/fhir"
	"concord/gateway/guard"
)

// searchType answers GET [base]/[type]?... and POST [base]/[type]/_search (FHIR R4 http.html#search). The form's parameters
// and those of the address are one query.
func searchType(x *exchange) error {
	values, err := x.searchParameters()
	if err != nil {
		return err
	}
	found, err := x.reading.Search(x.context(), guard.Query{Type: x.ref.Type, Values: values, Strict: x.prefer.strict})
	if err != nil {
		return err
	}
	return x.show(found)
}

// searchCompartment answers GET [base]/[compartment]/[id]/[type]?... (FHIR R4 http.html#vsearch): what is in the
// compartment and may be seen. Nothing is said of whether there is such a compartment.
func searchCompartment(x *exchange) error {
	values, err := x.searchParameters()
	if err != nil {
		return err
	}
	found, err := x.reading.Search(x.context(), guard.Query{
		Type: x.ref.Type, Values: values, Strict: x.prefer.strict, Within: fhir.Ref{Type: x.compartment, ID: x.ref.ID},
	})
	if err != nil {
		return err
	}
	return x.show(found)
}

// searchParameters are those of the address and of the form.
func (x *exchange) searchParameters() (url.Values, error) {
	r := x.gin.Request
	if r.Method != http.MethodPost {
		return x.query, nil
	}
	body, err := x.bytes(x.door.Limits.body())
	if err != nil {
		return nil, err
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if len(body) > 0 && (err != nil || media != "application/x-www-form-urlencoded") {
		return nil, unsupportedMedia("the parameters of a _search must be application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "the form of the _search cannot be read: check its percent encoding")
	}
	for name, more := range form {
		x.query[name] = append(x.query[name], more...)
	}
	return x.query, nil
}
