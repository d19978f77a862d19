package rest

import (
	"concord/fhir"
)

// resource reads the body as a resource of the wanted type, strictly.
func (x *exchange) resource(want fhir.Type) (*fhir.Resource, error) {
	body, err := x.document(x.door.Limits.body())
	if err != nil {
		return nil, err
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

// document reads the body of a resource as JSON, whichever form it came in. XML is read strictly on the way; JSON is not
// read yet.
func (x *exchange) document(limit bound) ([]byte, error) {
	xml, err := readable(x.gin.Request.Header)
	if err != nil {
		return nil, err
	}
	body, err := x.bytes(limit)
	if err != nil {
		return nil, err
	}
	if xml {
		resource, err := fhir.DecodeXML(body)
		if err != nil {
			return nil, x.tooDeep(err)
		}
		return resource.JSON(), shallow(resource.JSON(), x.door.Limits.Depth)
	}
	return body, shallow(body, x.door.Limits.Depth)
}
