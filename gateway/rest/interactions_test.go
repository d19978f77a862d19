package rest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stored is what these tests look at in an answer.
type stored struct {
	ResourceType string
	ID           string
	Status       string
	Meta         struct{ VersionID string }
	Total        *int
	Link         []struct{ Relation, URL string }
	Entry        []struct {
		FullURL  string
		Resource struct{ ResourceType, ID, Status string }
	}
}

func decode(t testing.TB, w *httptest.ResponseRecorder) stored {
	t.Helper()
	var s stored
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
		t.Fatalf("status %d: %v in %s", w.Code, err, w.Body)
	}
	return s
}

// must asks, and wants this status.
func (h *house) must(t testing.TB, status int, q request) *httptest.ResponseRecorder {
	t.Helper()
	w := h.ask(t, q)
	if w.Code != status {
		t.Fatalf("%s %s: got %d, want %d: %s", q.method, q.path, w.Code, status, w.Body)
	}
	return w
}

func TestLifeOfAResource(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := decode(t, h.must(t, 201, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient","gender":"female"}`})).ID
	about := `"code":{"text":"weight"},"subject":{"reference":"Patient/` + patient + `"}`

	made := h.must(t, 201, request{method: "POST", path: "Observation", body: `{"resourceType":"Observation","id":"mine","status":"preliminary",` + about + `}`})
	first := decode(t, made)
	path := "Observation/" + first.ID
	if first.ID == "mine" || first.ID == "" {
		t.Errorf("the id is %q: the server gives ids", first.ID)
	}
	if got, want := made.Header().Get("Location"), "http://gateway.example/fhir/"+path+"/_history/"+first.Meta.VersionID; got != want {
		t.Errorf("Location: got %q, want %q", got, want)
	}
	etag := made.Header().Get("ETag")
	if want := `W/"` + first.Meta.VersionID + `"`; etag != want {
		t.Errorf("ETag: got %q, want %q", etag, want)
	}
	modified := made.Header().Get("Last-Modified")
	if _, err := http.ParseTime(modified); err != nil {
		t.Errorf("Last-Modified %q: %v", modified, err)
	}

	seen := h.must(t, 200, request{path: path})
	if seen.Body.String() != made.Body.String() || seen.Header().Get("ETag") != etag || seen.Header().Get("Last-Modified") != modified {
		t.Errorf("read gives %v %s, create gave %v %s", seen.Header(), seen.Body, made.Header(), made.Body)
	}
	head := h.must(t, 200, request{method: "HEAD", path: path})
	if head.Body.Len() != 0 || head.Header().Get("ETag") != etag || head.Header().Get("Content-Length") != seen.Header().Get("Content-Length") {
		t.Errorf("HEAD gives %v and %d bytes", head.Header(), head.Body.Len())
	}
	for name, value := range map[string]string{"If-None-Match": etag, "If-Modified-Since": modified} {
		if w := h.must(t, 304, request{path: path, header: map[string]string{name: value}}); w.Body.Len() != 0 || w.Header().Get("ETag") != etag {
			t.Errorf("%s: 304 with %v and %d bytes", name, w.Header(), w.Body.Len())
		}
	}

	final := `{"resourceType":"Observation","id":"` + first.ID + `","status":"final",` + about + `}`
	changed := h.must(t, 200, request{method: "PUT", path: path, body: final, header: map[string]string{"If-Match": etag}})
	second := decode(t, changed)
	if second.Status != "final" || second.Meta.VersionID == first.Meta.VersionID {
		t.Errorf("update gave %s", changed.Body)
	}
	stale := h.must(t, 412, request{method: "PUT", path: path, body: strings.Replace(final, "final", "amended", 1), header: map[string]string{"If-Match": etag}})
	if code, _, _ := issue(t, stale); code != "conflict" {
		t.Errorf("a stale If-Match gives %s", code)
	}
	h.must(t, 200, request{path: path, header: map[string]string{"If-None-Match": etag}})

	if got := decode(t, h.must(t, 200, request{path: path + "/_history/" + first.Meta.VersionID})); got.Status != "preliminary" {
		t.Errorf("vread gives %v", got)
	}
	if got := decode(t, h.must(t, 200, request{path: path + "/_history"})); len(got.Entry) != 2 || got.Entry[0].Resource.Status != "final" {
		t.Errorf("history gives %v", got.Entry)
	}

	h.must(t, 204, request{method: "DELETE", path: path})
	gone := h.must(t, 410, request{path: path})
	if code, _, _ := issue(t, gone); code != "deleted" || gone.Header().Get("ETag") != "" {
		t.Errorf("a deleted thing gives %s, %v", code, gone.Header())
	}
	h.must(t, 204, request{method: "DELETE", path: path})
}

func TestSearchByGetAndByForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, gender := range []string{"female", "male", "female"} {
		h.must(t, 201, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient","active":true,"gender":"` + gender + `"}`})
	}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	byGet := decode(t, h.must(t, 200, request{path: "Patient?gender=female&active=true"}))
	byForm := decode(t, h.must(t, 200, request{method: "POST", path: "Patient/_search", body: "gender=female&active=true", header: form}))
	byBoth := decode(t, h.must(t, 200, request{method: "POST", path: "Patient/_search?gender=female", body: "active=true", header: form}))
	if len(byGet.Entry) != 2 || len(byGet.Link) == 0 || !strings.HasPrefix(byGet.Link[0].URL, "http://gateway.example/fhir/Patient?") {
		t.Fatalf("search gives %+v", byGet)
	}
	if diff := cmp.Diff(byGet, byForm) + cmp.Diff(byGet, byBoth); diff != "" {
		t.Error(diff)
	}

	lenient := h.must(t, 200, request{path: "Patient?gender=female&shoe=42"})
	if strings.Contains(decode(t, lenient).Link[0].URL, "shoe") {
		t.Error("the self link names a parameter that was not used")
	}
	strict := h.must(t, 400, request{path: "Patient?gender=female&shoe=42", header: map[string]string{"Prefer": "handling=strict"}})
	if _, text, _ := issue(t, strict); text == "" {
		t.Error("a parameter was refused without a word")
	}
	page := decode(t, h.must(t, 200, request{path: "Patient?_count=2"}))
	if len(page.Entry) != 2 || len(page.Link) != 2 {
		t.Fatalf("a page of 2 gives %+v", page)
	}
	rest := decode(t, h.must(t, 200, request{path: strings.TrimPrefix(page.Link[1].URL, "http://gateway.example")}))
	if len(rest.Entry) != 1 {
		t.Errorf("the next page gives %+v", rest)
	}
}

func TestPreferReturn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tests := []struct{ name, prefer, want string }{
		{"the resource unless something else is asked for", "", "Patient"},
		{"the resource", "return=representation", "Patient"},
		{"an outcome", "return=OperationOutcome", "OperationOutcome"},
		{"nothing", "handling=strict, return=minimal", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := h.must(t, 201, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient"}`, header: map[string]string{"Prefer": test.prefer}})
			got := ""
			if w.Body.Len() > 0 {
				got = decode(t, w).ResourceType
			}
			if got != test.want || w.Header().Get("Location") == "" || w.Header().Get("ETag") == "" {
				t.Errorf("got a body of %q and headers %v", got, w.Header())
			}
		})
	}
}

// What is hidden and what never was get the same bytes and headers, whatever is asked. Not parallel: the thing
// must still be there after all that is asked.
func TestHiddenIsAbsent(t *testing.T) {
	h := newHouse(t)
	made := h.must(t, 201, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient"}`})
	patient := decode(t, made)
	put := func(id string) string { return `{"resourceType":"Patient","id":"` + id + `"}` }
	tests := []struct {
		name   string
		method string
		suffix string
		header map[string]string
		status int
	}{
		{"read", "GET", "", nil, 404},
		{"read by HEAD", "HEAD", "", nil, 404},
		{"conditional read", "GET", "", map[string]string{"If-None-Match": made.Header().Get("ETag")}, 404},
		{"conditional read of anything", "GET", "", map[string]string{"If-None-Match": "*"}, 404},
		{"conditional read by time", "GET", "", map[string]string{"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 404},
		{"vread", "GET", "/_history/" + patient.Meta.VersionID, nil, 404},
		{"history", "GET", "/_history", nil, 404},
		{"the whole person", "GET", "/$whole-person", nil, 404},
		{"update", "PUT", "", nil, 405},
		{"update of a version", "PUT", "", map[string]string{"If-Match": made.Header().Get("ETag")}, 405},
		{"delete", "DELETE", "", nil, 204},
		{"delete of a version", "DELETE", "", map[string]string{"If-Match": made.Header().Get("ETag")}, 204},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ask := func(id string) *httptest.ResponseRecorder {
				header := map[string]string{"X-Request-Id": "same", "Content-Type": "application/fhir+json"}
				maps.Copy(header, test.header)
				q := request{method: test.method, path: "Patient/" + id + test.suffix, token: "stranger", header: header}
				if test.method == "PUT" {
					q.body = put(id)
				}
				return h.must(t, test.status, q)
			}
			hidden, absent := ask(patient.ID), ask("never-was")
			if diff := cmp.Diff(absent.Body.String(), hidden.Body.String()) + cmp.Diff(absent.Header(), hidden.Header()); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(hidden.Body.String(), patient.ID) {
				t.Error("the answer names the id")
			}
		})
	}
	h.must(t, 200, request{path: "Patient/" + patient.ID})
}

func TestStartCareAndTheFrame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const nhs = "https://fhir.nhs.uk/Id/nhs-number"
	h.bring(t, `{"resourceType":"Patient","id":"known","birthDate":"1980-05-17","identifier":[{"system":"`+nhs+`","value":"9990000018"}]}`)
	body := func(number string, more string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"identifier","valueIdentifier":{"system":"` + nhs + `","value":"` + number +
			`"}},{"name":"birthDate","valueDate":"1980-05-17"}` + more + `]}`
	}
	const why = `,{"name":"reason","valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"29857009"}]}},` +
		`{"name":"setting","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"EMER"}}`
	for _, number := range []string{"9990000018", "9990000026"} {
		frame := request{method: "POST", path: "Patient/$whole-person", body: body(number, "")}
		h.must(t, 404, frame)
		started := h.must(t, 200, request{method: "POST", path: "Patient/$start-care", body: body(number, why)})
		if got := decode(t, started).ResourceType; got != "Parameters" || strings.Contains(started.Body.String(), number) {
			t.Errorf("$start-care answers %s", started.Body)
		}
		seen := h.must(t, 200, frame)
		if got := decode(t, seen); got.ResourceType != "Bundle" || len(got.Entry) == 0 || got.Entry[0].Resource.ResourceType != "Composition" {
			t.Errorf("the frame is %s", seen.Body)
		}
		frame.header = map[string]string{"If-None-Match": seen.Header().Get("ETag")}
		h.must(t, 304, frame)
	}
}
