package rest

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"concord/fhir"
	"concord/gateway"
)

// importLines answers POST [base]/$import: an operator stores a body of one resource a line, each with its id. It
// answers when all is stored or refused, with Parameters; with Prefer: respond-async at once, with the address where
// to ask how it goes (FHIR R4 async.html). What was stored before it was cut off stays, and sent again changes nothing.
func importLines(x *exchange) error {
	if err := x.operatorsOnly(); err != nil {
		return err
	}
	if x.within != nil {
		return noSuchRoute()
	}
	media, _, err := mime.ParseMediaType(x.gin.GetHeader("Content-Type"))
	if err != nil || media != "application/fhir+ndjson" && media != "application/ndjson" && media != "application/x-ndjson" {
		return unsupportedMedia("the body must be application/fhir+ndjson: one resource a line")
	}
	body, err := x.bytes(x.door.Limits.bundle())
	if err != nil {
		return err
	}
	if x.door.Background != nil && wantsAsync(x.gin.Request.Header) {
		return x.importLater(body)
	}
	told, err := gateway.ImportLines(x.context(), x.reading, body, func(gateway.Imported) {})
	if err != nil {
		return err
	}
	return x.send(http.StatusOK, importedParameters(told))
}

func (x *exchange) operatorsOnly() error {
	if !x.caller.Operator || !x.caller.Scopes.Operator() {
		return fhir.Errorf(fhir.Forbidden, "only the operator imports")
	}
	return nil
}

// wantsAsync reads Prefer: respond-async (RFC 7240 4.1).
func wantsAsync(h http.Header) bool {
	for one := range strings.SplitSeq(strings.Join(h.Values("Prefer"), ","), ",") {
		if word, _, _ := strings.Cut(one, ";"); strings.EqualFold(strings.TrimSpace(word), "respond-async") {
			return true
		}
	}
	return false
}

// importedParameters say what became of an import: counts, and of each refused line its number and an outcome.
func importedParameters(told gateway.Imported) []byte {
	type parameter struct {
		Name         string          `json:"name"`
		ValueInteger *int            `json:"valueInteger,omitempty"`
		Resource     json.RawMessage `json:"resource,omitempty"`
		Part         []parameter     `json:"part,omitempty"`
	}
	all := []parameter{{Name: "new", ValueInteger: &told.New}, {Name: "unchanged", ValueInteger: &told.Unchanged}, {Name: "refused", ValueInteger: &told.Refused}}
	for _, r := range told.Refusals {
		all = append(all, parameter{Name: "refusal", Part: []parameter{
			{Name: "line", ValueInteger: &r.Line}, {Name: "outcome", Resource: outcome(r.Err, "")},
		}})
	}
	body, err := json.Marshal(struct {
		ResourceType string      `json:"resourceType"`
		Parameter    []parameter `json:"parameter"`
	}{"Parameters", all})
	if err != nil {
		panic("rest: an import cannot be told: " + err.Error()) // numbers and outcomes of our own
	}
	return body
}
