package rest

import (
	"encoding/base64"
	"net/http"

	"concord/fhir"
	"concord/mappings"
)

// convertStored answers GET [base]/[type]/[id]/$convert?definition=NAME: a resource as the record of a local system, with
// what else of that record the caller sees. The decision is made for each resource, as in $everything.
func convertStored(x *exchange) error {
	if x.door.Local == nil {
		return noSuchRoute()
	}
	if _, err := x.door.Local.Definition(x.query.Get("definition")); err != nil { // the shape of the question, no data
		return fhir.Errorf(fhir.Value, "definition must name one of the definitions of this server")
	}
	d, media, err := x.door.Local.Convert(x.context(), x.reading, x.ref, x.query.Get("definition"))
	if err != nil {
		return err
	}
	x.gin.Header("Content-Type", media)
	x.gin.Header("Content-Disposition", "attachment") // what somebody sent is never shown as a page of ours
	return x.disclose(http.StatusOK, d)
}

// convert answers POST [base]/$convert: Parameters with the name of a definition and input, which is a text or base64 in its local
// format, and becomes a Bundle; or a resource or Bundle, which becomes local records. Nothing is stored or looked up.
// The second part of the answer is the loss report.
func convert(x *exchange) error {
	if x.door.Local == nil {
		return noSuchRoute()
	}
	r, err := x.resource("Parameters")
	if err != nil {
		return err
	}
	var d *mappings.Definition
	var text, input []byte
	for p := range r.Root().Get("parameter").Each() {
		switch p.Get("name").Text() {
		case "definition":
			if d, err = x.door.Local.Definition(p.Get("valueCode").Text() + p.Get("valueString").Text()); err != nil {
				return fhir.Errorf(fhir.Value, "definition must name one of the definitions of this server")
			}
		case "input":
			text = append(text, p.Get("valueString").Text()...)
			packed, err := base64.StdEncoding.DecodeString(p.Get("valueBase64Binary").Text())
			if err != nil {
				return fhir.Errorf(fhir.Value, "input is no base64")
			}
			text = append(text, packed...)
			input = p.Get("resource").Bytes()
		}
	}
	switch {
	case d == nil:
		return fhir.Errorf(fhir.Required, "definition is needed: the name of a definition of this server")
	case input != nil:
		return x.toLocal(d, input)
	case len(text) > 0:
		return x.fromLocal(d, text)
	default:
		return fhir.Errorf(fhir.Required, "input is needed: valueString or valueBase64Binary in the local format, or a resource")
	}
}

func (x *exchange) fromLocal(d *mappings.Definition, body []byte) error {
	bundle, totals, err := x.door.Local.ToFHIR(d, body)
	if err != nil {
		return err
	}
	return x.send(http.StatusOK, partsJSON([]part{{Name: "output", Resource: bundle}, {Name: "report", ValueString: string(totals.JSON())}}))
}

func (x *exchange) toLocal(d *mappings.Definition, input []byte) error {
	resources, err := resourcesOf(input)
	if err != nil {
		return err
	}
	body, media, totals, err := x.door.Local.FromFHIR(d, resources)
	if err != nil {
		return err
	}
	return x.send(http.StatusOK, partsJSON([]part{
		{Name: "output", ValueBase64: body}, {Name: "contentType", ValueCode: media}, {Name: "report", ValueString: string(totals.JSON())},
	}))
}

// resourcesOf are a resource, or those of a Bundle.
func resourcesOf(body []byte) ([]*fhir.Resource, error) {
	r, err := fhir.DecodeJSON(body)
	if err != nil {
		return nil, err
	}
	if r.Type() != "Bundle" {
		return []*fhir.Resource{r}, nil
	}
	var all []*fhir.Resource
	for entry := range r.Root().Get("entry").Each() {
		one := entry.Get("resource")
		if !one.OK() {
			continue
		}
		decoded, err := fhir.DecodeJSON(one.Bytes())
		if err != nil {
			return nil, err
		}
		all = append(all, decoded)
	}
	return all, nil
}
