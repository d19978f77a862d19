package rest_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// patient makes a Patient of the clinician's, and gives its id.
func (h *house) patient(t testing.TB) string {
	t.Helper()
	return decode(t, h.must(t, 201, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient","gender":"female"}`})).ID
}

// measured is the body of one about a patient.
func measured(patient, status, code string) string {
	return `{"resourceType":"Observation","status":"` + status + `","code":{"coding":[{"system":"http://loinc.org","code":"` + code +
		`"}]},"subject":{"reference":"Patient/` + patient + `"}}`
}

func TestConditionalCreate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	ask := request{method: "POST", path: "Observation", body: measured(p, "final", "1-1"), header: map[string]string{"If-None-Exist": "patient=" + p + "&code=1-1"}}
	first := h.must(t, 201, ask)
	again := h.must(t, 200, ask)
	if again.Header().Get("Location") != first.Header().Get("Location") || decode(t, again).ID != decode(t, first).ID {
		t.Errorf("it was made again: %s and %s", first.Header().Get("Location"), again.Header().Get("Location"))
	}
	h.must(t, 201, request{method: "POST", path: "Observation", body: ask.body})
	several := h.must(t, 412, ask)
	if code, _, _ := issue(t, several); code != "multiple-matches" {
		t.Errorf("several that fit give %s", code)
	}
	ask.token = "writer"
	h.must(t, 403, ask) // a condition is a search, for which the token has no scope
}

func TestConditionalUpdateAndDelete(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	path := "Observation?patient=" + p + "&code=2-2"
	h.must(t, 204, request{method: "DELETE", path: path})
	made := h.must(t, 201, request{method: "PUT", path: path, body: measured(p, "preliminary", "2-2")})
	changed := h.must(t, 200, request{method: "PUT", path: path, body: measured(p, "final", "2-2"), header: map[string]string{"If-Match": made.Header().Get("ETag")}})
	if got := decode(t, changed); got.ID != decode(t, made).ID || got.Status != "final" {
		t.Errorf("it was not updated: %s", changed.Body)
	}
	h.must(t, 412, request{method: "PUT", path: path, body: measured(p, "final", "2-2"), header: map[string]string{"If-Match": made.Header().Get("ETag")}})
	h.must(t, 400, request{method: "PUT", path: "Observation?patient=" + p + "&code=3-3", body: strings.Replace(measured(p, "final", "3-3"), `"status"`, `"id":"mine","status"`, 1)})
	h.must(t, 422, request{method: "PUT", path: path, body: strings.Replace(measured(p, "final", "2-2"), `"status"`, `"id":"mine","status"`, 1)})
	h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "final", "2-2")})
	for _, method := range []string{"PUT", "DELETE"} {
		h.must(t, 412, request{method: method, path: path, body: measured(p, "final", "2-2")})
	}
	for _, query := range []string{"Observation", "Observation?_format=json", "Observation?shoe=42"} {
		h.must(t, 400, request{method: "DELETE", path: query}) // nothing may be read as everything
	}
	h.must(t, 204, request{method: "DELETE", path: "Observation?_id=" + decode(t, made).ID})
	h.must(t, 410, request{path: "Observation/" + decode(t, made).ID})
}

// What is hidden does not fit a condition: it neither stops a create nor is changed.
func TestConditionsDoNotFitWhatIsHidden(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const nhs = "https://fhir.nhs.uk/Id/nhs-number"
	body := `{"resourceType":"Patient","birthDate":"1980-05-17","identifier":[{"system":"` + nhs + `","value":"9990000018"}]}`
	h.bring(t, strings.Replace(body, `"birthDate"`, `"id":"hidden","birthDate"`, 1))
	condition := "identifier=" + nhs + "|9990000018"
	h.must(t, 204, request{method: "DELETE", path: "Patient?" + condition})
	h.must(t, 404, request{method: "PATCH", path: "Patient?" + condition, body: `[]`, header: map[string]string{"Content-Type": "application/json-patch+json"}})
	made := h.must(t, 201, request{method: "POST", path: "Patient", body: body, header: map[string]string{"If-None-Exist": condition}})
	if decode(t, made).ID == "hidden" {
		t.Error("the hidden Patient was found")
	}
	h.must(t, 200, request{path: "Patient/hidden", token: "operator"})
}

func TestPatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	made := h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "preliminary", "4-4")})
	path := "Observation/" + decode(t, made).ID
	jsonPatch := func(doc string) request {
		return request{method: "PATCH", path: path, body: doc, header: map[string]string{"Content-Type": "application/json-patch+json"}}
	}
	final := h.must(t, 200, jsonPatch(`[{"op":"test","path":"/status","value":"preliminary"},{"op":"replace","path":"/status","value":"final"}]`))
	if decode(t, final).Status != "final" || final.Header().Get("ETag") == made.Header().Get("ETag") {
		t.Errorf("it was not patched: %s", final.Body)
	}
	amended := h.must(t, 200, request{method: "PATCH", path: path, header: map[string]string{"If-Match": final.Header().Get("ETag")}, body: `{"resourceType":"Parameters","parameter":[` +
		`{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Observation.status"},{"name":"value","valueCode":"amended"}]}]}`})
	if decode(t, amended).Status != "amended" {
		t.Errorf("it was not patched: %s", amended.Body)
	}
	byCondition := jsonPatch(`[{"op":"replace","path":"/status","value":"corrected"}]`)
	byCondition.path = "Observation?patient=" + p + "&code=4-4"
	if got := decode(t, h.must(t, 200, byCondition)); got.Status != "corrected" {
		t.Errorf("it was not patched by a condition: %v", got)
	}
	stale := jsonPatch(`[]`)
	stale.header["If-Match"] = made.Header().Get("ETag")
	tests := []struct {
		name   string
		ask    request
		status int
	}{
		{"a stale version", stale, 412},
		{"a test that fails", jsonPatch(`[{"op":"test","path":"/status","value":"final"}]`), 422},
		{"a result that is no resource", jsonPatch(`[{"op":"remove","path":"/code"}]`), 422},
		{"another id", jsonPatch(`[{"op":"replace","path":"/id","value":"mine"}]`), 422},
		{"no patch at all", jsonPatch(`{}`), 400},
		{"what is not there", request{method: "PATCH", path: "Observation/none", body: `[]`, header: map[string]string{"Content-Type": "application/json-patch+json"}}, 404},
		{"a form that is none", request{method: "PATCH", path: path, body: `<diff/>`, header: map[string]string{"Content-Type": "application/xml-patch+xml"}}, 415},
		{"Parameters that are none", request{method: "PATCH", path: path, body: `{"resourceType":"Patient"}`}, 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			issue(t, h.must(t, test.status, test.ask))
		})
	}
}

// Of many conditional creates at once one makes the thing, and the others find it.
func TestConditionalCreatesAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	for name, ask := range map[string]request{
		"a Patient":      {path: "Patient", body: `{"resourceType":"Patient","identifier":[{"system":"http://x.example","value":"1"}]}`, header: map[string]string{"If-None-Exist": "identifier=http://x.example|1"}},
		"an Observation": {path: "Observation", body: measured(p, "final", "1-1"), header: map[string]string{"If-None-Exist": "patient=" + p + "&code=1-1"}},
	} {
		ask.method = "POST"
		var made atomic.Int32
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				if h.ask(t, ask).Code == 201 {
					made.Add(1)
				}
			})
		}
		wait.Wait()
		if made.Load() != 1 {
			t.Errorf("%s was made %d times", name, made.Load())
		}
	}
}
