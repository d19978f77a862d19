package rest

import (
	"concord/fhir"
	"concord/gateway"
)

// previewConsent answers POST [base]/Patient/[id]/$preview-consent with Parameters consent (a draft Consent; with an id, a
// new version of that one) and replaces (a reference to another): what the choice would change, were it written. The
// draft is checked as the write checks it, and refused with the same issues.
func previewConsent(x *exchange) error {
	in, err := x.parameters("consent", "replaces")
	if err != nil {
		return err
	}
	draft := gateway.Draft{Patient: x.ref}
	resource := in.named["consent"].Get("resource")
	if !resource.OK() {
		in.complain(fhir.Required, expression("consent"), "a draft Consent is needed")
	}
	if in.has("replaces") {
		draft.Replaces = in.reference("replaces")
	}
	if err := in.fault(); err != nil {
		return err
	}
	if draft.Consent, err = fhir.DecodeJSON(resource.Bytes()); err != nil {
		return err
	}
	seen, err := gateway.PreviewConsent(x.context(), x.reading, draft)
	if err != nil {
		return err
	}
	return x.show(seen)
}
