package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/rest"
)

// Each limit of a request is told by the name under which the operator sets it.
func TestEachLimitNamesItself(t *testing.T) {
	t.Parallel()
	small := rest.Limits{Body: 900, Bundle: 1500, Binary: 10, Depth: 9, Entries: 2, Page: 2, LastN: 3}
	h := newHouseWith(t, small, guard.Limits{
		Query:   search.Limits{Parameters: 3, Clauses: 2, Alternatives: 2, Value: 20, Chain: 1, Hops: 2, Includes: 1, Keys: 1, Count: 1, MaxCount: 2},
		Reached: 1, Included: 1, Looked: 1,
	})
	p := h.patient(t)
	for range 2 {
		h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "final", "1-1")})
	}
	other := h.patient(t)
	h.must(t, 201, request{method: "POST", path: "Observation", body: measured(other, "final", "1-1")})
	long := `{"resourceType":"Patient","name":[{"family":"` + strings.Repeat("a", 1000) + `"}]}`
	deep := `{"resourceType":"Patient","extension":[{"url":"a","extension":[{"url":"b","extension":[{"url":"c","extension":[{"url":"d","extension":[{"url":"e","valueString":"x"}]}]}]}]}]}`
	entry := entryOf("GET", "Patient/x", "")
	as := func(q request, header, value string) request {
		q.header = map[string]string{header: value}
		return q
	}
	tests := []struct {
		limit  string
		ask    request
		status int
	}{
		{"body", request{method: http.MethodPost, path: "Patient", body: long}, 413},
		{"body", as(request{method: http.MethodPost, path: "Patient", body: packed(t, long)}, "Content-Encoding", "gzip"), 413},
		{"body", as(request{method: http.MethodPost, path: "Patient/_search", body: strings.Repeat("a", 1000)}, "Content-Type", "application/x-www-form-urlencoded"), 413},
		{"body", as(request{method: http.MethodPatch, path: "Patient/" + p, body: strings.Repeat("a", 1000)}, "Content-Type", "application/json-patch+json"), 413},
		{"body", request{method: http.MethodPost, path: "Patient/$validate", body: long}, 413},
		{"binary", as(request{method: http.MethodPost, path: "Binary", body: strings.Repeat("a", 11)}, "Content-Type", "text/plain"), 413},
		{"bundle", request{method: http.MethodPost, path: "/fhir", body: strings.Repeat("a", 1600)}, 413},
		{"entries", bundleOf("batch", entry, entry, entry), 413},
		{"depth", request{method: http.MethodPost, path: "Patient", body: deep}, 413},
		{"depth", as(request{method: http.MethodPost, path: "Patient", body: "<Patient xmlns=\"http://hl7.org/fhir\">" + strings.Repeat("<a>", 60)}, "Content-Type", "application/fhir+xml"), 413},
		{"page", request{path: "Patient/" + p + "/_history?_count=x"}, 400},
		{"results", request{path: "Patient?_count=x"}, 400},
		{"last-n", request{path: "Observation/$lastn?patient=" + p + "&max=4"}, 400},
		{"parameters", request{path: "Patient?a=1&b=1&c=1&d=1"}, 400},
		{"clauses", request{path: "Patient?name=a&name=b&name=c"}, 400},
		{"alternatives", request{path: "Patient?name=a,b,c"}, 400},
		{"value", request{path: "Patient?name=" + strings.Repeat("a", 21)}, 400},
		{"chain", request{path: "Observation?encounter.part-of.status=x"}, 400},
		{"hops", request{path: "Observation?subject.identifier=x"}, 400},
		{"includes", request{path: "Observation?_include=Observation:subject&_include=Observation:performer"}, 400},
		{"sort-keys", request{path: "Observation?_sort=code,date"}, 400},
		{"reached", request{path: "Observation?patient.gender=female"}, 400},
		{"included", request{path: "Patient?_id=" + p + "&_revinclude=Observation:subject"}, 400},
		{"looked", request{path: "Observation/$lastn?patient=" + p}, 400},
		{"looked", request{path: "Observation/$meta"}, 400},
	}
	for _, test := range tests {
		t.Run(test.limit+" "+test.ask.path, func(t *testing.T) {
			t.Parallel()
			w := h.ask(t, test.ask)
			_, text, _ := issue(t, w)
			if w.Code != test.status || !strings.Contains(text, "(limit "+test.limit+")") {
				t.Errorf("got %d %q, want %d and the name of the limit", w.Code, text, test.status)
			}
		})
	}
	for path, most := range map[string]int{"Observation": 1, "Observation?_count=9": 2, "Observation/_history?_count=9": 2, "Patient/" + p + "/$everything?_count=9": 2} {
		if got := len(decode(t, h.must(t, 200, request{path: path})).Entry); got != most {
			t.Errorf("a page of %s has %d entries, want %d", path, got, most)
		}
	}
}

func TestTheTimeOfARequestNamesItself(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, rest.Limits{Time: time.Nanosecond})
	w := h.must(t, 503, request{path: "Observation?code=x"})
	if _, text, _ := issue(t, w); !strings.Contains(text, "(limit time)") {
		t.Errorf("got %q", text)
	}
}
