package rest_test

import (
	"slices"
	"strings"
	"testing"
)

// listed are the types and ids of a search, over all its pages.
func (h *house) listed(t testing.TB, path string) []string {
	t.Helper()
	var all []string
	for path != "" {
		got := decode(t, h.must(t, 200, request{path: path}))
		path = ""
		for _, e := range got.Entry {
			all = append(all, e.Resource.ResourceType)
		}
		for _, l := range got.Link {
			if l.Relation == "next" {
				path = strings.TrimPrefix(l.URL, "http://gateway.example")
			}
		}
	}
	return all
}

func TestEverything(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := decode(t, h.must(t, 201, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient","managingOrganization":{"reference":"Organization/practice"}}`})).ID
	h.must(t, 201, request{method: "POST", path: "Observation", body: strings.Replace(measured(p, "final", "1-1"), `"status"`, `"effectiveDateTime":"2025-03-04","status"`, 1)})
	h.must(t, 201, request{method: "POST", path: "Observation", body: strings.Replace(measured(p, "final", "2-2"), `"status"`, `"effectiveDateTime":"2025-09-04","status"`, 1)})
	h.must(t, 201, request{method: "POST", path: "Goal", body: `{"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"x"},"subject":{"reference":"Patient/` + p + `"}}`})
	other := h.patient(t)
	h.must(t, 201, request{method: "POST", path: "Observation", body: measured(other, "final", "1-1")})
	tests := []struct {
		name, query string
		want        []string
	}{
		{"all", "", []string{"Patient", "Goal", "Observation", "Observation", "Organization"}},
		{"page by page", "?_count=2", []string{"Patient", "Goal", "Observation", "Observation", "Organization"}},
		{"some types", "?_type=Goal,Organization", []string{"Goal", "Organization"}},
		{"a stretch of care", "?start=2025-03&end=2025-06-30", []string{"Patient", "Goal", "Observation", "Organization"}},
		{"from a day on", "?start=2025-06-01", []string{"Patient", "Goal", "Observation", "Organization"}},
		{"nothing so new", "?_since=2030-01-01T00:00:00Z", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := h.listed(t, "Patient/"+p+"/$everything"+test.query); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	for _, query := range []string{"_type=Pacient", "start=soon", "_since=2026", "_count=-1", "_cursor=x"} {
		issue(t, h.must(t, 400, request{path: "Patient/" + p + "/$everything?" + query}))
	}
	issue(t, h.must(t, 404, request{path: "Patient/" + p + "/$everything", token: "stranger"}))
	issue(t, h.must(t, 404, request{path: "Patient/none/$everything"}))
}

func TestLastN(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	add := func(code, day string) {
		h.must(t, 201, request{method: "POST", path: "Observation", body: strings.Replace(measured(p, "final", code), `"status"`, `"effectiveDateTime":"`+day+`","status"`, 1)})
	}
	for _, day := range []string{"2025-01-01", "2025-03-01", "2025-02-01"} {
		add("1-1", day)
		add("2-2", day)
	}
	for query, want := range map[string]int{"": 2, "&max=2": 4, "&max=9": 6, "&code=1-1&max=2": 2, "&date=lt2025-02": 2} {
		w := h.must(t, 200, request{path: "Observation/$lastn?patient=" + p + query})
		if got := len(decode(t, w).Entry); got != want {
			t.Errorf("%s gives %d, want %d", query, got, want)
		}
		if query == "" && strings.Count(w.Body.String(), "2025-03-01") != 2 {
			t.Errorf("the last are not of March: %s", w.Body)
		}
	}
	for _, query := range []string{"max=1", "patient=" + p + "&max=0", "patient=" + p + "&max=1000000"} {
		issue(t, h.must(t, 400, request{path: "Observation/$lastn?" + query}))
	}
}

func TestMetaAndValidate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := decode(t, h.must(t, 201, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient","meta":{"profile":["https://x.example/P"],"tag":[{"code":"x"}]}}`})).ID
	text := h.must(t, 200, request{path: "Patient/" + p + "/$meta"}).Body.String()
	if !strings.Contains(text, `"valueMeta":{`) || !strings.Contains(text, "https://x.example/P") || strings.Contains(text, `"tag"`) {
		t.Errorf("$meta gives %s", text)
	}
	issue(t, h.must(t, 404, request{path: "Patient/none/$meta"}))
	good, bad := `{"resourceType":"Patient","id":"`+p+`"}`, `{"resourceType":"Patient","gender":"x","active":"yes"}`
	inside := func(resource, more string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":` + resource + `}` + more + `]}`
	}
	tests := []struct {
		name, path, body, want string
		status                 int
	}{
		{"a good one", "Patient/$validate", good, "informational", 200},
		{"one with faults", "Patient/$validate", bad, "value", 200},
		{"one in Parameters", "Patient/$validate", inside(good, `,{"name":"mode","valueCode":"create"}`), "informational", 200},
		{"one with faults in Parameters", "Patient/$validate", inside(bad, ""), "value", 200},
		{"an update", "Patient/" + p + "/$validate", good, "informational", 200},
		{"an update of another", "Patient/other/$validate?mode=update", good, "invalid", 200},
		{"another type", "Observation/$validate", good, "invalid", 200},
		{"a profile", "Patient/$validate?profile=https://x.example/P", good, "not-supported", 400},
		{"a profile in Parameters", "Patient/$validate", inside(good, `,{"name":"profile","valueUri":"https://x.example/P"}`), "not-supported", 400},
		{"a deletion", "Patient/$validate?mode=delete", good, "not-supported", 400},
		{"nothing", "Patient/$validate", `{"resourceType":"Parameters"}`, "required", 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := h.must(t, test.status, request{method: "POST", path: test.path, body: test.body})
			if code, text, _ := issue(t, w); code != test.want {
				t.Errorf("got %s (%s), want %s", code, text, test.want)
			}
		})
	}
}
