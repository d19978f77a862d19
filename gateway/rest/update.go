package rest

import (
	"errors"
	"net/http"

	"concord/fhir"
	"concord/gateway/guard"
)

// update answers PUT [base]/[type]/[id] (FHIR R4 http.html#update), resting on a version when If-Match names one. What
// is absent and what is hidden get the same 405: ids are given by the server.
func update(x *exchange) error {
	version, err := x.ifMatch()
	if err != nil {
		return err
	}
	resource, err := x.resource(x.ref.Type)
	if err != nil {
		return err
	}
	if resource.Ref() != x.ref {
		return &fhir.Error{Kind: fhir.Invalid, Issues: []fhir.Issue{{
			Code: fhir.Invalid, Expression: string(x.ref.Type) + ".id", Diagnostics: "the id in the body must be that of the address",
		}}}
	}
	written, err := x.reading.Commit(x.context(), guard.Write{Do: guard.Update, Ref: x.ref, Resource: resource, IfMatch: version})
	if err != nil {
		return refusedUpdate(err, version)
	}
	x.acknowledge(http.StatusOK, written[0])
	return nil
}

// refusedUpdate says that there is nothing to update, in one way for what is absent and what is hidden.
func refusedUpdate(err error, version string) error {
	if kind := fault(err).Kind; kind == fhir.NotFound || kind == fhir.NotSupported {
		return noUpdateAsCreate()
	}
	return stale(err, version)
}

// stale says what a refusal means to a write that named a version with If-Match: a conflict is a failed
// precondition then.
func stale(err error, version string) error {
	var told *fhir.Error
	if version != "" && errors.As(err, &told) && told.Kind == fhir.Conflict {
		return preconditionFailed(told)
	}
	return err
}
