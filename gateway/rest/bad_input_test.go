package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// Every body that is not what it should be gets an OperationOutcome that says where, and nothing is stored. Not
// parallel: what is stored is looked at after all of them.
func TestBadBodies(t *testing.T) {
	h := newHouse(t)
	h.bring(t, `{"resourceType":"Patient","id":"p1"}`)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	create := func(body string) request { return request{method: http.MethodPost, path: "Patient", body: body} }
	as := func(q request, header, value string) request {
		q.header = map[string]string{header: value}
		return q
	}
	const good = `{"resourceType":"Patient","gender":"female"}`
	tests := []struct {
		name       string
		ask        request
		status     int
		expression string // of the first issue; empty: not looked at
	}{
		{"no body", as(create(""), "Content-Type", "application/fhir+json"), 400, ""},
		{"malformed JSON", create(`{"resourceType":"Patient",`), 400, ""},
		{"bytes after the end", create(good + good), 400, ""},
		{"a duplicate key", create(`{"resourceType":"Patient","gender":"male","gender":"female"}`), 400, "Patient.gender"},
		{"a name in the wrong case", create(`{"resourceType":"Patient","Gender":"male"}`), 400, ""},
		{"a code in the wrong case", create(`{"resourceType":"Patient","gender":"Male"}`), 400, "Patient.gender"},
		{"a wrong type", create(`{"resourceType":"Patient","active":"yes"}`), 400, "Patient.active"},
		{"an unknown field", create(`{"resourceType":"Patient","favourite":"tea"}`), 400, ""},
		{"an unknown field in a contained resource", create(`{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"c","favourite":"tea"}]}`), 400, ""},
		{"not a resource", create(`[]`), 400, ""},
		{"no type", create(`{"active":true}`), 400, ""},
		{"another type than the address says", create(`{"resourceType":"Observation","status":"final","code":{"text":"x"}}`), 400, "Observation"},
		{"10 MB of nesting", create(strings.Repeat("[", 10<<20)), 413, ""},
		{"3 MB of nesting in a field", create(`{"resourceType":"Patient","name":` + strings.Repeat("[", 3<<20)), 413, ""},
		{"a long body", create(`{"resourceType":"Patient","name":[{"family":"` + strings.Repeat("a", 5<<20) + `"}]}`), 413, ""},
		{"xml without its namespace", as(create(`<Patient/>`), "Content-Type", "application/fhir+xml"), 400, ""},
		{"xml that is not well-formed", as(create(`<Patient xmlns="http://hl7.org/fhir">`), "Content-Type", "application/fhir+xml"), 400, ""},
		{"another form", as(create(good), "Content-Type", "text/turtle"), 415, ""},
		{"no content type", as(create(good), "Content-Type", ""), 415, ""},
		{"another character set", as(create(good), "Content-Type", "application/fhir+json; charset=latin1"), 415, ""},
		{"another release", as(create(good), "Content-Type", "application/fhir+json; fhirVersion=5.0"), 415, ""},
		{"gzip that is none", as(create(good), "Content-Encoding", "gzip"), 400, ""},
		{"packed in another way", as(create(good), "Content-Encoding", "br"), 415, ""},
		{"a condition on nothing", as(create(good), "If-None-Exist", "_format=json"), 400, ""},
		{"a condition that is not offered", as(create(good), "If-None-Exist", "shoe=42"), 400, ""},
		{"a condition that cannot be read", as(create(good), "If-None-Exist", "identifier=%zz"), 400, ""},
		{"an update without an id in the body", request{method: http.MethodPut, path: "Patient/p1", body: good}, 400, "Patient.id"},
		{"an update with another id in the body", request{method: http.MethodPut, path: "Patient/p1", body: `{"resourceType":"Patient","id":"p2"}`}, 400, "Patient.id"},
		{"an update of another type", request{method: http.MethodPut, path: "Observation/p1", body: `{"resourceType":"Patient","id":"p1"}`}, 400, "Patient"},
		{"an If-Match that is no ETag", as(request{method: http.MethodPut, path: "Patient/p1", body: `{"resourceType":"Patient","id":"p1"}`}, "If-Match", "7"), 400, ""},
		{"an If-Match of two versions", as(request{method: http.MethodDelete, path: "Patient/p1"}, "If-Match", `W/"1", W/"2"`), 400, ""},
		{"a search form that is JSON", request{method: http.MethodPost, path: "Patient/_search", body: `{}`}, 415, ""},
		{"a search form that is not encoded", request{method: http.MethodPost, path: "Patient/_search", body: "name=%zz", header: form}, 400, ""},
		{"a long search form", request{method: http.MethodPost, path: "Patient/_search", body: strings.Repeat("a", 5<<20), header: form}, 413, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := h.ask(t, test.ask)
			_, text, expression := issue(t, w)
			if w.Code != test.status {
				t.Errorf("got %d (%s), want %d", w.Code, text, test.status)
			}
			if test.expression != "" && (len(expression) == 0 || expression[0] != test.expression) {
				t.Errorf("expression %v, want %s", expression, test.expression)
			}
			if text == "" || strings.Contains(w.Body.String(), "favourite\":") {
				t.Errorf("diagnostics %q in %s", text, w.Body)
			}
		})
	}
	w := h.ask(t, request{path: "Patient", token: "operator"})
	if got := strings.Count(w.Body.String(), `"fullUrl"`); got != 1 {
		t.Errorf("%d Patients are stored, want the one that was there: %s", got, w.Body)
	}
}

func TestBadParameters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const (
		who    = `{"name":"identifier","valueIdentifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}`
		birth  = `{"name":"birthDate","valueDate":"1980-05-17"}`
		reason = `{"name":"reason","valueCoding":{"system":"http://snomed.info/sct","code":"29857009"}}`
	)
	body := func(parameters ...string) string {
		return `{"resourceType":"Parameters","parameter":[` + strings.Join(parameters, ",") + `]}`
	}
	strict := map[string]string{"Prefer": "handling=strict"}
	const whole, start = "Patient/$whole-person", "Patient/$start-care"
	tests := []struct {
		name       string
		ask        request
		status     int
		expression string
	}{
		{"another resource than Parameters", request{path: whole, body: `{"resourceType":"Patient"}`}, 400, "Patient"},
		{"no identifier", request{path: whole, body: body(birth)}, 400, "Parameters.parameter.where(name='identifier')"},
		{"an identifier without a system", request{path: whole, body: body(`{"name":"identifier","valueIdentifier":{"value":"9990000018"}}`, birth)}, 400, "Parameters.parameter.where(name='identifier')"},
		{"an identifier that is a string", request{path: whole, body: body(`{"name":"identifier","valueString":"9990000018"}`, birth)}, 400, "Parameters.parameter.where(name='identifier')"},
		{"no birth date", request{path: start, body: body(who, reason)}, 400, "Parameters.parameter.where(name='birthDate')"},
		{"a birth date without its day", request{path: start, body: body(who, reason, `{"name":"birthDate","valueDate":"1980-05"}`)}, 400, "Parameters.parameter.where(name='birthDate')"},
		{"a birth date that is none", request{path: start, body: body(who, reason, `{"name":"birthDate","valueDate":"1980-13-40"}`)}, 400, ""},
		{"the same parameter twice", request{path: start, body: body(who, who, birth, reason)}, 400, "Parameters.parameter[1]"},
		{"no reason", request{path: start, body: body(who, birth)}, 400, "Parameters.parameter.where(name='reason')"},
		{"a setting without a code", request{path: start, body: body(who, birth, reason, `{"name":"setting","valueCodeableConcept":{"text":"ward"}}`)}, 400, "Parameters.parameter.where(name='setting')"},
		{"an unknown parameter, strictly", request{path: whole, header: strict, body: body(who, birth, `{"name":"shoe","valueString":"left"}`)}, 400, "Parameters.parameter[2]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.ask.method = http.MethodPost
			w := h.ask(t, test.ask)
			_, text, expression := issue(t, w)
			if w.Code != test.status {
				t.Errorf("got %d (%s), want %d", w.Code, text, test.status)
			}
			if test.expression != "" && (len(expression) == 0 || expression[0] != test.expression) {
				t.Errorf("expression %v, want %s", expression, test.expression)
			}
		})
	}
}

// FuzzRequest sends requests of every kind: whatever comes, the door answers, and never with a fault of ours.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/fhir/Patient/p1", "application/fhir+json", `W/"1"`, "")
	f.Add("POST", "/fhir/Patient/_search?name=a&birthdate=ge1980", "application/x-www-form-urlencoded", "", "gender=male&_count=2")
	f.Add("PUT", "/fhir/Patient/p1", "application/json; charset=utf-8", `"x"`, `{"resourceType":"Patient","id":"p1"}`)
	f.Add("POST", "/fhir/Patient/$start-care", "application/fhir+json", "*", `{"resourceType":"Parameters","parameter":[{"name":"birthDate","valueDate":"1980"}]}`)
	f.Add("HEAD", "/fhir/metadata?_format=json", "", "", "")
	f.Add("GET", "/fhir/Patient/_history?_since=2026-01-01T00:00:00Z&_at=2026-03&_count=2&_cursor=AAAA", "application/fhir+xml", "", "")
	f.Add("PATCH", "/fhir/Patient?identifier=x", "application/json-patch+json", "", `[{"op":"remove","path":"/name"}]`)
	f.Add("GET", "/fhir/Patient/p1/$everything?_type=Goal&start=2025&_cursor=x", "*/*", "", "")
	f.Add("POST", "/fhir", "application/fhir+xml", "", `<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/></Bundle>`)
	f.Add("POST", "/fhir/Binary", "text/plain", "", "x")
	f.Add("POST", "/fhir/Patient/$everything?_count=1", "application/fhir+json", "", `{"resourceType":"Parameters","parameter":[{"name":"_type","valueCode":"Goal"}]}`)
	f.Add("POST", "/fhir/Patient/p1/$meta-add", "application/fhir+json", "", `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}`)
	f.Add("GET", "/fhir/Observation?_list=x&code:in=ValueSet/y&subject._list=z", "", "", "")
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, method, target, media, tag, body string) {
		r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		if err != nil || !strings.HasPrefix(target, "/") || r.URL.Host != "" {
			t.Skip()
		}
		w := h.ask(t, request{method: method, path: target, body: body, header: map[string]string{
			"Content-Type": media, "Accept": media, "Prefer": media, "If-Match": tag, "If-None-Match": tag, "X-Request-Id": tag,
		}})
		if w.Code >= 500 || w.Code == 0 {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
	})
}
