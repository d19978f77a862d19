package rest

import (
	"net/http"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
)

// create answers POST [base]/[type] (FHIR R4 http.html#create), and with If-None-Exist only when nothing that the caller may
// see fits (FHIR R4 http.html#ccreate). An id in the body is ignored: the server gives its own.
func create(x *exchange) error {
	w := guard.Write{Do: guard.Create, Ref: fhir.Ref{Type: x.ref.Type}}
	if condition := x.gin.GetHeader("If-None-Exist"); condition != "" {
		if err := x.allowed(x.ref.Type, "s"); err != nil {
			return err
		}
		var err error
		if w.Match, err = gateway.Condition(x.reading, x.ref.Type, condition); err != nil {
			return err
		}
	}
	var err error
	if w.Resource, err = x.content(); err != nil {
		return err
	}
	written, err := x.reading.Commit(x.context(), w)
	if err != nil {
		return err
	}
	return x.acknowledge(written[0])
}

// acknowledge answers a write: where it is, the new version's validators, and the body that Prefer asks for (FHIR R4
// http.html#ops). A caller who may write what they may not see gets no body.
func (x *exchange) acknowledge(w guard.Written) error {
	status := http.StatusOK
	if w.Created {
		status = http.StatusCreated
	}
	if w.Created || w.Unchanged {
		x.gin.Header("Location", x.caller.Base+"/"+w.Ref.String()+"/_history/"+w.Version)
	}
	x.validators(`W/"`+w.Version+`"`, w.Updated)
	body := x.prefer.body
	if body == "" && x.within == nil {
		body = "representation"
	}
	switch body {
	case "representation":
		return x.disclose(status, w.Body)
	case "OperationOutcome":
		x.tell(status, stored)
	default: // minimal, and in a Bundle unless something is said
		x.head(status)
	}
	return nil
}

// stored is the OperationOutcome of a write that was done.
var stored = []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"stored"}]}`)
