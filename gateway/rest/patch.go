package rest

import (
	"mime"

	"concord/fhir"
	"concord/fhir/patch"
	"concord/gateway/guard"
)

// patchInstance answers PATCH [base]/[type]/[id] (FHIR R4 http.html#patch) with a JSON Patch, or with a FHIRPath Patch in
// Parameters. What is patched is what the caller sees; the rest stays. What is absent and what is hidden get the same 404.
func patchInstance(x *exchange) error {
	version, err := x.ifMatch()
	if err != nil {
		return err
	}
	p, err := x.patch()
	if err != nil {
		return err
	}
	written, err := x.reading.Commit(x.context(), guard.Write{Do: guard.Patch, Ref: x.ref, Patch: p.Apply, IfMatch: version})
	if err != nil {
		return stale(err, version)
	}
	return x.acknowledge(written[0])
}

// conditionalPatch answers PATCH [base]/[type]?... (FHIR R4 http.html#patch): of the one thing that fits of those the
// caller may see.
func conditionalPatch(x *exchange) error {
	return x.byCondition(guard.Write{Do: guard.Patch}, func(w *guard.Write) error {
		p, err := x.patch()
		if err == nil {
			w.Patch = p.Apply
		}
		return err
	})
}

// patchForms are the media types of a patch, for the Accept-Patch header (RFC 5789 3.1).
const patchForms = "application/json-patch+json, application/fhir+json, application/fhir+xml"

// patch reads the body as a patch of the form that its media type says.
func (x *exchange) patch() (*patch.Patch, error) {
	media, _, err := mime.ParseMediaType(x.gin.GetHeader("Content-Type"))
	switch {
	case err == nil && media == "application/json-patch+json":
		body, err := x.bytes(x.door.Limits.body())
		if err != nil {
			return nil, err
		}
		return patch.JSON(body)
	case err == nil && (media == "application/fhir+json" || media == "application/fhir+xml"):
		parameters, err := x.resource("Parameters")
		if err != nil {
			return nil, err
		}
		return patch.FHIRPath(parameters)
	default:
		x.gin.Header("Accept-Patch", patchForms)
		return nil, unsupportedMedia("a patch must be one of " + patchForms)
	}
}

// patchOf is the patch in an entry of a transaction: a Binary that holds a JSON Patch, or Parameters.
func patchOf(resource fhir.Node) (*patch.Patch, error) {
	r, err := fhir.DecodeJSON(resource.Bytes())
	if err != nil {
		return nil, err
	}
	switch r.Type() {
	case "Parameters":
		return patch.FHIRPath(r)
	case "Binary":
		doc, err := binaryData(r.Root())
		if err != nil {
			return nil, err
		}
		if media := r.Root().Get("contentType").Text(); media != "application/json-patch+json" {
			return nil, fhir.Errorf(fhir.NotSupported, "the Binary of a patch must be application/json-patch+json")
		}
		return patch.JSON(doc)
	default:
		return nil, fhir.Errorf(fhir.Invalid, "the resource of a patch is Parameters, or a Binary that holds a JSON Patch")
	}
}
