package rest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"concord/fhir"
	"concord/gateway"
)

// mostKey bounds the Idempotency-Key of a request.
const mostKey = 200

// ingest answers POST /ingest/{definition}: a body in the local format of the definition, of one record or many. Each is
// taken in by itself, as the token's caller. The answer says what became of each; with Accept: text/html, text/plain or
// application/vnd.concord.report+json it is the loss report instead. With an Idempotency-Key the same body again changes nothing.
func ingest(x *exchange) error {
	if x.within != nil { // a Bundle holds FHIR
		return noSuchRoute()
	}
	d, err := x.door.Local.Definition(x.definition)
	if err != nil {
		return noSuchDefinition()
	}
	f, err := x.door.Local.Format(d)
	if err != nil {
		return err
	}
	media, _, err := mime.ParseMediaType(x.gin.GetHeader("Content-Type"))
	if err != nil || media != f.Media && !slices.Contains(f.Also, media) {
		return unsupportedMedia("this definition takes " + strings.Join(append([]string{f.Media}, f.Also...), ", "))
	}
	key := x.gin.GetHeader("Idempotency-Key")
	if len(key) > mostKey {
		return fhir.Errorf(fhir.TooLong, "an Idempotency-Key has at most %d characters", mostKey)
	}
	body, err := x.sent()
	if err != nil {
		return err
	}
	defer body.leave()
	whole := gateway.Body{Definition: d.Name, Bytes: body.bytes, Key: key, Name: key}
	if body.tooLong != nil {
		return x.door.Local.Refuse(x.context(), x.reading, whole, body.tooLong)
	}
	outcomes, err := x.door.Local.Take(x.context(), x.reading, whole)
	if err != nil {
		return err
	}
	if report, media, ok := x.report(d.Name, outcomes); ok {
		x.gin.Header("Content-Type", media)
		return x.send(ingestStatus(outcomes), report)
	}
	return x.send(ingestStatus(outcomes), ingestedParameters(outcomes))
}

// noSuchDefinition: the address depends on no data.
func noSuchDefinition() error {
	return &refusal{told: fhir.Errorf(fhir.NotFound, "no such definition"), status: http.StatusNotFound}
}

// ingestStatus is 200 when anything was taken in, else that of the first refusal.
func ingestStatus(outcomes []gateway.Outcome) int {
	for _, o := range outcomes {
		if o.Err == nil {
			return http.StatusOK
		}
	}
	if len(outcomes) == 0 {
		return http.StatusOK
	}
	if status := Status(outcomes[0].Err); status != http.StatusNotFound {
		return status
	}
	return http.StatusUnprocessableEntity // the address was found; what the record asks for was not
}

// report is the loss report, where the caller accepts that rather than FHIR.
func (x *exchange) report(definition string, outcomes []gateway.Outcome) ([]byte, string, bool) {
	accept := strings.Join(x.gin.Request.Header.Values("Accept"), ",")
	totals := x.door.Local.Totals(definition, outcomes)
	switch {
	case strings.Contains(accept, "application/vnd.concord.report+json"):
		return totals.JSON(), "application/vnd.concord.report+json", true
	case strings.Contains(accept, "text/html"):
		page, err := totals.HTML()
		return page, "text/html; charset=utf-8", err == nil
	case strings.HasPrefix(accept, "text/plain"):
		return []byte(totals.Text()), "text/plain; charset=utf-8", true
	default:
		return nil, "", false
	}
}

// speaksLocal reports whether the answer may be in a form that is not FHIR's.
func (x *exchange) speaksLocal() bool {
	return x.interaction != nil && (x.code == "ingest" || x.code == "$convert")
}

// part is a parameter of the answers of this file.
type part struct {
	Name           string          `json:"name"`
	ValueInteger   *int            `json:"valueInteger,omitempty"`
	ValueCode      string          `json:"valueCode,omitempty"`
	ValueString    string          `json:"valueString,omitempty"`
	ValueBase64    []byte          `json:"valueBase64Binary,omitempty"`
	ValueReference *reference      `json:"valueReference,omitempty"`
	Resource       json.RawMessage `json:"resource,omitempty"`
	Part           []part          `json:"part,omitempty"`
}

type reference struct {
	Reference string `json:"reference"`
}

// ingestedParameters say what became of each record.
func ingestedParameters(outcomes []gateway.Outcome) []byte {
	taken, refused := 0, 0
	var records []part
	for _, o := range outcomes {
		one := part{Name: "record", Part: []part{{Name: "number", ValueInteger: &o.Number}}}
		if o.Err != nil {
			refused++
			one.Part = append(one.Part, part{Name: "status", ValueCode: "refused"}, part{Name: "outcome", Resource: outcome(o.Err, "")})
			records = append(records, one)
			continue
		}
		taken++
		one.Part = append(one.Part, part{Name: "status", ValueCode: "taken"})
		for _, ref := range o.Refs {
			one.Part = append(one.Part, part{Name: "made", ValueReference: &reference{ref.String()}})
		}
		if len(o.Warnings) > 0 {
			one.Part = append(one.Part, part{Name: "outcome", Resource: warnings(o)})
		}
		records = append(records, one)
	}
	return partsJSON(append([]part{{Name: "taken", ValueInteger: &taken}, {Name: "refused", ValueInteger: &refused}}, records...))
}

// warnings are what the sender of a record that was taken should look at.
func warnings(o gateway.Outcome) []byte {
	told := fhir.Error{Issues: slices.Clone(o.Warnings)}
	if o.More > 0 {
		told.Issues = append(told.Issues, fhir.Issue{Code: fhir.Value, Warning: true, Diagnostics: fmt.Sprintf("and %d more: the loss report has all", o.More)})
	}
	return told.Outcome()
}

func partsJSON(parts []part) []byte {
	body, err := json.Marshal(struct {
		ResourceType string `json:"resourceType"`
		Parameter    []part `json:"parameter"`
	}{"Parameters", parts})
	if err != nil {
		panic("rest: Parameters cannot be written: " + err.Error()) // texts, numbers and resources of our own
	}
	return body
}

// replay answers POST [base]/Task/[id]/$replay: the operator has a dead letter taken in again, as it was kept or with the body in its place.
func replay(x *exchange) error {
	if err := x.operatorsOnly(); err != nil {
		return err
	}
	if x.door.Local == nil || x.within != nil {
		return noSuchRoute()
	}
	mended, err := x.sent() // what is mended may be as long as what was kept
	if err != nil {
		return err
	}
	defer mended.leave()
	outcomes, err := x.door.Local.Replay(x.context(), x.door.Guard, x.caller, x.ref, mended.bytes)
	if err != nil {
		return err
	}
	return x.send(ingestStatus(outcomes), ingestedParameters(outcomes))
}

// retract answers POST [base]/Provenance/[id]/$retract: what a wrong message alone made is entered in error.
func retract(x *exchange) error {
	done, err := gateway.Retract(x.context(), x.reading, x.ref)
	if err != nil {
		return err
	}
	parts := make([]part, 0, len(done))
	for _, one := range done {
		parts = append(parts, part{Name: "thing", Part: []part{
			{Name: "reference", ValueReference: &reference{one.Ref.String()}}, {Name: "status", ValueCode: string(one.What)},
		}})
	}
	return x.send(http.StatusOK, partsJSON(parts))
}
