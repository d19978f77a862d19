package rest

import (
	"errors"
	"io"
	"net/http"

	"concord/fhir"
)

// resource reads the body as a resource of the wanted type, strictly.
func (x *exchange) resource(want fhir.Type) (*fhir.Resource, error) {
	if err := readable(x.gin.Request.Header); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(x.gin.Request.Body)
	if err != nil {
		return nil, bodyFault(err)
	}
	resource, err := fhir.DecodeJSON(body)
	if err != nil {
		return nil, err
	}
	if resource.Type() != want {
		return nil, &fhir.Error{Kind: fhir.Invalid, Issues: []fhir.Issue{{
			Code: fhir.Invalid, Expression: string(resource.Type()),
			Diagnostics: "the body must be a resource of type " + string(want),
		}}}
	}
	return resource, nil
}

// bodyFault tells a body that is too long from one that did not arrive whole, which is not a fault of ours.
func bodyFault(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return &fhir.Error{Kind: fhir.Structure, Err: err, Issues: []fhir.Issue{{
		Code: fhir.Structure, Diagnostics: "the body did not arrive whole",
	}}}
}
