package rest

import (
	"errors"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
)

// update answers PUT [base]/[type]/[id] (FHIR R4 http.html#update), resting on a version when If-Match names one. What
// is absent and what is hidden get the same 405: ids are given by the server.
func update(x *exchange) error {
	version, err := x.ifMatch()
	if err != nil {
		return err
	}
	resource, err := x.content()
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
	return x.acknowledge(written[0])
}

// conditionalUpdate answers PUT [base]/[type]?... (FHIR R4 http.html#cond-update): it updates the one thing that fits of
// those the caller may see, and creates when none does.
func conditionalUpdate(x *exchange) error {
	return x.byCondition(guard.Write{Do: guard.Update}, func(w *guard.Write) error {
		var err error
		w.Resource, err = x.content()
		return err
	})
}

// byCondition does a write to what the query of the address fits.
func (x *exchange) byCondition(w guard.Write, read func(*guard.Write) error) error {
	var err error
	if w.IfMatch, err = x.ifMatch(); err != nil {
		return err
	}
	w.Ref.Type = x.ref.Type
	if w.Match, err = gateway.Condition(x.reading, x.ref.Type, x.gin.Request.URL.RawQuery); err != nil {
		return err
	}
	if err := read(&w); err != nil {
		return err
	}
	written, err := x.reading.Commit(x.context(), w)
	if err != nil {
		return stale(err, w.IfMatch)
	}
	if w.Do == guard.Delete {
		x.deleted()
		return nil
	}
	return x.acknowledge(written[0])
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
