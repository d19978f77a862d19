package rest

import (
	"net/http"

	"concord/fhir"
	"concord/gateway"
)

// validate answers POST [base]/[type]/$validate and POST [base]/[type]/[id]/$validate (FHIR R4 resource-operation-validate.html):
// 200 with every fault of the structure, in JSON or XML. The resource is the body, or the parameter resource of
// Parameters. Profiles are not looked at yet, so naming one is refused rather than passed over.
func validate(x *exchange) error {
	xml, err := readable(x.gin.Request.Header)
	if err != nil {
		return err
	}
	body, err := x.bytes(x.door.Limits.Body)
	if err != nil {
		return err
	}
	if xml {
		resource, err := fhir.DecodeXML(body)
		if err != nil {
			x.tell(http.StatusOK, outcome(err, x.id))
			return nil // what is wrong with the resource is the answer
		}
		body = resource.JSON()
	}
	mode, profile := x.query.Get("mode"), x.query.Get("profile")
	if root, err := fhir.Walk(body); err == nil && root.Get("resourceType").Text() == "Parameters" && x.ref.Type != "Parameters" {
		body = nil
		for p := range root.Get("parameter").Each() {
			switch p.Get("name").Text() {
			case "resource":
				body = p.Get("resource").Bytes()
			case "mode":
				mode = p.Get("valueCode").Text()
			case "profile":
				profile = p.Get("valueUri").Text() + p.Get("valueCanonical").Text()
			}
		}
	}
	switch {
	case profile != "":
		return fhir.Errorf(fhir.NotSupported, "resources are not validated against profiles here yet: leave profile out")
	case mode != "" && mode != "create" && mode != "update":
		return fhir.Errorf(fhir.NotSupported, "mode may be create or update here")
	case body == nil:
		return fhir.Errorf(fhir.Required, "there is no resource to validate: send it as the body, or as the parameter resource")
	}
	want := x.ref
	if mode == "create" {
		want.ID = ""
	}
	x.tell(http.StatusOK, gateway.Validate(body, want))
	return nil
}
