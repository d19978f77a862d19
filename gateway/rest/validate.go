package rest

import (
	"bytes"
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
	body, err := x.bytes(x.door.Limits.body())
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
	if err := validatable(mode, profile); err != nil {
		return err
	}
	if body == nil {
		return fhir.Errorf(fhir.Required, "there is no resource to validate: send it as the body, or as the parameter resource")
	}
	want := x.ref
	if mode == "create" {
		want.ID = ""
	}
	x.tell(http.StatusOK, gateway.Validate(body, want))
	return nil
}

// validatable refuses what validation here does not do.
func validatable(mode, profile string) error {
	switch {
	case profile != "":
		return fhir.Errorf(fhir.NotSupported, "resources are not validated against profiles here yet: leave profile out")
	case mode != "" && mode != "create" && mode != "update":
		return fhir.Errorf(fhir.NotSupported, "mode may be create or update here")
	default:
		return nil
	}
}

// validateStored answers GET [base]/[type]/[id]/$validate: the same of what is stored, as the caller sees it.
func validateStored(x *exchange) error {
	if err := validatable(x.query.Get("mode"), x.query.Get("profile")); err != nil {
		return err
	}
	seen, err := x.reading.Resource(x.context(), x.ref)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	_, _ = seen.WriteTo(&b) // a buffer takes everything
	x.tell(http.StatusOK, gateway.Validate(b.Bytes(), x.ref))
	return nil
}
