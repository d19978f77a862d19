package rest

import (
	"net/http"
	"slices"
	"strings"

	"concord/fhir"
)

// asked puts the parameters of an operation that came by POST, in Parameters, beside those of the address (FHIR R4
// operations.html#executing): each has a value that is a primitive, and may stand more than once. A body is not needed.
func (x *exchange) asked() error {
	r := x.gin.Request
	if r.Method != http.MethodPost || r.ContentLength == 0 {
		return nil
	}
	body, err := x.resource("Parameters")
	if err != nil {
		return err
	}
	known := strings.Fields(x.takes)
	for p := range body.Root().Get("parameter").Each() {
		name := p.Get("name").Text()
		value := primitiveOf(p)
		switch {
		case !slices.Contains(known, name) && x.takes != "*":
			if x.prefer.strict {
				return faultAt(fhir.NotSupported, p.Path(), "the operation has no such parameter")
			}
		case value == "":
			return faultAt(fhir.Value, p.Path(), "the parameter needs a value that is a primitive, such as valueString")
		default:
			x.query.Add(name, value)
		}
	}
	return nil
}

// primitiveOf is the value of a parameter as it would stand in an address; "" when it has no such value.
func primitiveOf(p fhir.Node) string {
	for name, member := range p.Members() {
		if strings.HasPrefix(name, "value") {
			return member.Text()
		}
	}
	return ""
}

// faultAt is one fault of the body, at its place.
func faultAt(kind fhir.Kind, path, text string) error {
	return &fhir.Error{Kind: kind, Issues: []fhir.Issue{{Code: kind, Expression: path, Diagnostics: text}}}
}
