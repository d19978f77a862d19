package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"concord/gateway/rest"
)

// answers are what these tests read of a response Bundle.
type answers struct {
	Type  string
	Entry []struct {
		Resource struct {
			ResourceType, ID, Status string
			Entry                    []struct{ Resource struct{ ID string } }
		}
		Response struct {
			Status, Location, ETag, LastModified string
			Outcome                              *struct {
				Issue []struct{ Code, Diagnostics string }
			}
		}
	}
}

// statuses are the first three letters of each.
func (a answers) statuses() []string {
	var all []string
	for _, e := range a.Entry {
		all = append(all, e.Response.Status[:3])
	}
	return all
}

func answersOf(t testing.TB, w *httptest.ResponseRecorder) answers {
	t.Helper()
	var a answers
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return a
}

// entryOf is one entry; more are further members of its request.
func entryOf(method, url, resource string, more ...string) string {
	asked := `"request":{"method":"` + method + `","url":"` + url + `"`
	for _, m := range more {
		asked += "," + m
	}
	asked += "}"
	if resource == "" {
		return "{" + asked + "}"
	}
	return `{"resource":` + resource + "," + asked + "}"
}

func bundleOf(kind string, entries ...string) request {
	return request{method: "POST", path: "/fhir", body: `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`}
}

const planURN, goalURN, patientURN = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", "urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059", "urn:uuid:74891afc-ed52-42a2-bcd7-f13d9b60f096"

func full(url, entry string) string { return `{"fullUrl":"` + url + `",` + entry[1:] }

func TestTransactionWritesAllTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	old := h.patient(t)
	gone := decode(t, h.must(t, 201, request{method: "POST", path: "Observation", body: measured(old, "final", "1-1")}))
	kept := decode(t, h.must(t, 201, request{method: "POST", path: "Observation", body: measured(old, "preliminary", "2-2")}))
	// The order is the reverse of what has to happen.
	ask := bundleOf("transaction",
		entryOf("GET", "CarePlan?goal:missing=false", ""),
		full("urn:uuid:11111111-bfdc-4613-8bf2-c5e300945f0a", entryOf("POST", "Provenance", `{"resourceType":"Provenance","target":[{"reference":"`+planURN+`"}],"recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"reference":"Organization/practice"}}]}`)),
		full(planURN, entryOf("POST", "CarePlan", `{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"`+patientURN+`"},"goal":[{"reference":"`+goalURN+`"}],`+
			`"instantiatesUri":["`+planURN+`"],"identifier":[{"system":"urn:ietf:rfc:3986","value":"`+planURN+`"}]}`)),
		full(goalURN, entryOf("POST", "Goal", `{"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"walk"},"subject":{"reference":"`+patientURN+`"}}`)),
		full(patientURN, entryOf("POST", "Patient", `{"resourceType":"Patient","gender":"male"}`)),
		entryOf("PUT", "Observation/"+kept.ID, strings.Replace(measured(old, "final", "2-2"), `"status"`, `"id":"`+kept.ID+`","status"`, 1), `"ifMatch":"W/\"`+kept.Meta.VersionID+`\""`),
		entryOf("DELETE", "Observation/"+gone.ID, ""),
		entryOf("POST", "Observation", measured(old, "final", "3-3"), `"ifNoneExist":"patient=`+old+`&code=2-2"`),
	)
	ask.header = map[string]string{"Prefer": "return=representation"}
	w := h.must(t, 200, ask)
	got := answersOf(t, w)
	if want := []string{"200", "201", "201", "201", "201", "200", "204", "200"}; got.Type != "transaction-response" || !slices.Equal(got.statuses(), want) {
		t.Fatalf("got %v, want %v: %s", got.statuses(), want, w.Body)
	}
	plan, goal, patient := got.Entry[2], got.Entry[3], got.Entry[4]
	if got.Entry[0].Resource.Entry == nil || got.Entry[0].Resource.Entry[0].Resource.ID != plan.Resource.ID {
		t.Errorf("what is read is not what was written: %v", got.Entry[0])
	}
	if !strings.HasPrefix(plan.Response.Location, "CarePlan/"+plan.Resource.ID+"/_history/") || plan.Response.ETag == "" || plan.Response.LastModified == "" {
		t.Errorf("the answer to a create is %+v", plan.Response)
	}
	text := h.must(t, 200, request{path: "CarePlan/" + plan.Resource.ID}).Body.String()
	for _, want := range []string{
		`"reference":"Patient/` + patient.Resource.ID + `"`, `"reference":"Goal/` + goal.Resource.ID + `"`,
		`"instantiatesUri":["CarePlan/` + plan.Resource.ID + `"]`, `"value":"` + planURN + `"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the plan lacks %s: %s", want, text)
		}
	}
	if !strings.HasPrefix(got.Entry[7].Response.Location, "Observation/"+kept.ID+"/") {
		t.Errorf("a conditional create made another: %s", got.Entry[7].Response.Location)
	}
	h.must(t, 410, request{path: "Observation/" + gone.ID})
}

func TestTransactionRefusesAllTogether(t *testing.T) { //nolint:tparallel // what is there is counted after the subtests
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	there := decode(t, h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "final", "1-1")}))
	h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "final", "1-2")})
	first := entryOf("POST", "Observation", measured(p, "final", "9-9"))
	withID := strings.Replace(measured(p, "final", "1-1"), `"status"`, `"id":"`+there.ID+`","status"`, 1)
	tests := []struct {
		name       string
		entry      string
		status     int
		expression string
	}{
		{"a resource that is not valid", entryOf("POST", "Observation", `{"resourceType":"Observation","status":"done","code":{"text":"x"}}`), 400, "Bundle.entry[1].resource.status"},
		{"a duplicate key in a resource", entryOf("POST", "Patient", `{"resourceType":"Patient","gender":"male","gender":"female"}`), 400, "Bundle.entry[1].resource.gender"},
		{"no resource", entryOf("POST", "Patient", ""), 400, "Bundle.entry[1]"},
		{"another type than the address", entryOf("POST", "Patient", measured(p, "final", "1-1")), 400, "Bundle.entry[1]"},
		{"a person nobody knows", entryOf("POST", "Observation", measured("nobody", "final", "1-1")), 422, "Bundle.entry[1]"},
		{"an update of what is not there", entryOf("PUT", "Observation/none", strings.Replace(withID, there.ID, "none", 1)), 422, "Bundle.entry[1]"},
		{"a patch of what is not there", entryOf("PATCH", "Observation/none", `{"resourceType":"Parameters"}`), 422, "Bundle.entry[1]"},
		{"a stale version", entryOf("PUT", "Observation/"+there.ID, withID, `"ifMatch":"W/\"old\""`), 412, "Bundle.entry[1]"},
		{"a condition that several fit", entryOf("DELETE", "Observation?patient="+p, ""), 412, "Bundle.entry[1]"},
		{"a urn that no entry has", entryOf("POST", "Observation", strings.Replace(measured(p, "final", "1-1"), "Patient/"+p, patientURN, 1)), 422, "Bundle.entry[1].resource.subject.reference"},
		{"a conditional reference that fits nothing", entryOf("POST", "Observation", strings.Replace(measured(p, "final", "1-1"), "Patient/"+p, "Patient?identifier=none", 1)), 422, "Bundle.entry[1].resource.subject.reference"},
		{"the same thing twice", entryOf("PUT", "Observation/"+there.ID, withID) + "," + entryOf("DELETE", "Observation/"+there.ID, ""), 422, ""},
		{"an operation", entryOf("POST", "Patient/$start-care", `{"resourceType":"Parameters"}`), 400, "Bundle.entry[1]"},
		{"another transaction", entryOf("POST", "/", `{"resourceType":"Bundle","type":"batch"}`), 400, "Bundle.entry[1]"},
		{"another server", entryOf("GET", "https://elsewhere.example/fhir/Patient/1", ""), 400, "Bundle.entry[1]"},
		{"a type that there is not", entryOf("GET", "Pacient/1", ""), 404, "Bundle.entry[1]"},
		{"a method that is none", entryOf("GET", "Patient/1", "", `"ifNoneExists":"x"`), 400, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := h.ask(t, bundleOf("transaction", first, test.entry))
			_, text, expression := issue(t, w)
			if w.Code != test.status {
				t.Errorf("got %d (%s), want %d", w.Code, text, test.status)
			}
			if test.expression != "" && (len(expression) == 0 || expression[0] != test.expression) {
				t.Errorf("expression %v, want %s (%s)", expression, test.expression, text)
			}
		})
	}
	if got := decode(t, h.must(t, 200, request{path: "Observation?code=9-9"})); len(got.Entry) != 0 {
		t.Errorf("%d first entries were stored", len(got.Entry))
	}
}

func TestTransactionAsksScopesOfEachEntry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	read, write := entryOf("GET", "Observation?patient="+p, ""), entryOf("POST", "Observation", measured(p, "final", "1-1"))
	refused := bundleOf("transaction", read, write)
	refused.token = "reader"
	w := h.must(t, 403, refused)
	if _, _, expression := issue(t, w); len(expression) == 0 || expression[0] != "Bundle.entry[1]" {
		t.Errorf("the refusal names %v", expression)
	}
	batch := bundleOf("batch", read, write, entryOf("GET", "Patient/"+p, ""))
	batch.token = "reader"
	if got := answersOf(t, h.must(t, 200, batch)).statuses(); !slices.Equal(got, []string{"200", "403", "403"}) {
		t.Errorf("the batch gives %v", got)
	}
	batch.token = "none"
	h.must(t, 401, batch)
}

func TestBatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	w := h.must(t, 200, bundleOf("batch",
		entryOf("POST", "Observation", measured(p, "final", "1-1")), entryOf("GET", "Patient/"+p, ""), entryOf("GET", "Patient/none", ""),
		entryOf("POST", "Observation", `{"resourceType":"Observation"}`), entryOf("GET", "metadata", ""), entryOf("PUT", "Patient/none", `{"resourceType":"Patient","id":"none"}`),
		entryOf("PATCH", "Patient/"+p, `{"resourceType":"Binary","contentType":"application/json-patch+json","data":"W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9nZW5kZXIiLCJ2YWx1ZSI6Im1hbGUifV0="}`),
		entryOf("DELETE", "Observation/none", ""), entryOf("POST", "/fhir", `{"resourceType":"Bundle","type":"batch"}`), entryOf("GET", "Patient?gender=%zz", ""),
	))
	got := answersOf(t, w)
	if want := []string{"201", "200", "404", "400", "200", "405", "200", "204", "404", "400"}; !slices.Equal(got.statuses(), want) || got.Type != "batch-response" {
		t.Fatalf("got %v, want %v: %s", got.statuses(), want, w.Body)
	}
	if got.Entry[1].Resource.ID != p || got.Entry[2].Response.Outcome == nil || got.Entry[0].Resource.ID != "" || got.Entry[0].Response.LastModified == "" {
		t.Errorf("the answers are %s", w.Body)
	}
}

func TestBundlesHaveLimits(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, rest.Limits{Entries: 3, Bundle: 2000})
	read := entryOf("GET", "Patient/x", "")
	for _, kind := range []string{"batch", "transaction"} {
		h.must(t, 200, bundleOf(kind, read, read, read))
		for what, ask := range map[string]request{
			"3 entries": bundleOf(kind, read, read, read, read), "2000 bytes": bundleOf(kind, entryOf("GET", "Patient?name="+strings.Repeat("x", 2000), "")),
		} {
			if _, text, _ := issue(t, h.must(t, 413, ask)); !strings.Contains(text, what) {
				t.Errorf("the refusal does not name %s: %s", what, text)
			}
		}
	}
	for _, body := range []string{
		`{"resourceType":"Bundle","type":"collection"}`, `{"resourceType":"Patient"}`, `{"resourceType":"Bundle","type":"batch","type":"batch"}`,
		`{"resourceType":"Bundle","type":"batch","entry":[{"fullUrl":"urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"}]}`, `[]`,
	} {
		issue(t, h.must(t, 400, request{method: "POST", path: "/fhir", body: body}))
	}
	wide := newHouseWith(t, rest.Limits{})
	_, text, _ := issue(t, wide.must(t, 413, request{method: "POST", path: "/fhir", body: `{"resourceType":"Bundle","type":"batch","x":[` + strings.Repeat("1,", 600_000) + `1]}`}))
	if !strings.Contains(text, "values") {
		t.Errorf("the refusal is %s", text)
	}
}

func FuzzBundle(f *testing.F) {
	h := newHouse(f)
	p := h.patient(f)
	f.Add("transaction", "POST", "Observation", measured(p, "final", "1-1"), "patient=x", planURN)
	f.Add("batch", "PATCH", "Patient/"+p, `{"resourceType":"Parameters"}`, "", "")
	f.Add("transaction", "PUT", "Patient?_id="+p, `{"resourceType":"Patient","managingOrganization":{"reference":"Organization?name=x"}}`, "", goalURN)
	f.Fuzz(func(t *testing.T, kind, method, url, resource, condition, fullURL string) {
		body := fmt.Sprintf(`{"resourceType":"Bundle","type":%q,"entry":[{"fullUrl":%q,"resource":%s,"request":{"method":%q,"url":%q,"ifNoneExist":%q}}]}`, kind, fullURL, resource, method, url, condition)
		if w := h.ask(t, request{method: "POST", path: "/fhir", body: body}); w.Code >= 500 || w.Code == 0 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
