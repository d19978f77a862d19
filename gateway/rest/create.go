package rest

import (
	"net/http"

	"concord/fhir"
	"concord/gateway/guard"
)

// create answers POST [base]/[type] (FHIR R4 http.html#create). An id in the body is ignored: the server gives its own.
func create(x *exchange) error {
	if x.gin.GetHeader("If-None-Exist") != "" {
		return fhir.Errorf(fhir.NotSupported, "conditional create is not supported: leave out If-None-Exist")
	}
	resource, err := x.resource(x.ref.Type)
	if err != nil {
		return err
	}
	written, err := x.reading.Commit(x.context(), guard.Write{Do: guard.Create, Resource: resource})
	if err != nil {
		return err
	}
	one := written[0]
	x.gin.Header("Location", x.caller.Base+"/"+one.Ref.String()+"/_history/"+one.Version)
	x.acknowledge(http.StatusCreated, one)
	return nil
}

// acknowledge answers a write: the new version's validators, and the body that Prefer asks for (FHIR R4
// http.html#ops). A caller who may write what they may not see gets no body.
func (x *exchange) acknowledge(status int, w guard.Written) {
	x.validators(`W/"`+w.Version+`"`, w.Updated)
	switch x.prefer.body {
	case "minimal":
		x.head(status)
	case "OperationOutcome":
		x.tell(status, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"stored"}]}`))
	default:
		x.disclose(status, w.Body)
	}
}
