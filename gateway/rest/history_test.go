package rest_test

import (
	"strings"
	"testing"
)

// past is what these tests read of a history.
func (h *house) past(t testing.TB, path string) []string {
	t.Helper()
	var all []string
	for pages := 0; path != ""; pages++ {
		if pages > 9 {
			t.Fatal("the pages do not end")
		}
		w := h.must(t, 200, request{path: path})
		got := decode(t, w)
		for i, e := range got.Entry {
			status := e.Resource.Status
			if e.Resource.ResourceType == "" {
				status = "deleted"
			}
			if e.Resource.ResourceType != "" && e.Resource.ID == "" {
				t.Errorf("entry %d has no id: %s", i, w.Body)
			}
			all = append(all, status)
		}
		path = ""
		for _, l := range got.Link {
			if l.Relation == "next" {
				path = strings.TrimPrefix(l.URL, "http://gateway.example")
			}
		}
	}
	return all
}

func TestHistories(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	one := decode(t, h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "registered", "1-1")}))
	put := func(status string) string {
		w := h.must(t, 200, request{method: "PUT", path: "Observation/" + one.ID, body: strings.Replace(measured(p, status, "1-1"), `"status"`, `"id":"`+one.ID+`","status"`, 1)})
		_, after, _ := strings.Cut(w.Body.String(), `"lastUpdated":"`)
		when, _, _ := strings.Cut(after, `"`)
		return when
	}
	put("preliminary")
	when := put("final")
	other := decode(t, h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "amended", "2-2")}))
	h.must(t, 204, request{method: "DELETE", path: "Observation/" + other.ID})
	tests := []struct{ name, path, want string }{
		{"of an instance", "Observation/" + one.ID + "/_history", "final preliminary registered"},
		{"of an instance, page by page", "Observation/" + one.ID + "/_history?_count=1", "final preliminary registered"},
		{"of an instance, since a time", "Observation/" + one.ID + "/_history?_since=" + when, "final"},
		{"of an instance, at a time", "Observation/" + one.ID + "/_history?_at=" + when, "final"},
		{"of an instance, at a day", "Observation/" + one.ID + "/_history?_at=2026-03-01", "final preliminary registered"},
		{"of an instance, at a year before", "Observation/" + one.ID + "/_history?_at=2025", ""},
		{"of what was deleted", "Observation/" + other.ID + "/_history", "deleted amended"},
		{"of a type", "Observation/_history", "deleted amended final preliminary registered"},
		{"of a type, page by page", "Observation/_history?_count=2", "deleted amended final preliminary registered"},
		{"of a type, since a time", "Observation/_history?_since=" + when, "deleted amended final"},
		{"of a type with nothing in it", "Goal/_history", ""},
		{"of all", "/fhir/_history?_since=" + when, "deleted amended final"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(h.past(t, test.path), " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for _, query := range []string{"_since=yesterday", "_since=2026-01-01", "_at=March", "_count=0", "_count=some", "_cursor=AAAA"} {
		for _, path := range []string{"Observation/" + one.ID + "/_history?", "Observation/_history?", "/fhir/_history?"} {
			issue(t, h.must(t, 400, request{path: path + query}))
		}
	}
	h.must(t, 400, request{path: "Observation/_history?_sort=x", header: map[string]string{"Prefer": "handling=strict"}})
}

// A page link is for the caller and the query that it was given for.
func TestHistoryLinksAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 3 {
		h.patient(t)
	}
	got := decode(t, h.must(t, 200, request{path: "Patient/_history?_count=1"}))
	link := strings.TrimPrefix(got.Link[1].URL, "http://gateway.example")
	h.must(t, 200, request{path: link})
	issue(t, h.must(t, 400, request{path: link, token: "stranger"}))
	issue(t, h.must(t, 400, request{path: strings.Replace(link, "_count=1", "_count=2", 1)}))
	issue(t, h.must(t, 400, request{path: strings.Replace(link, "Patient/_history", "_history", 1)}))
}

func TestHistoryOfAllLeavesOutTypesWithoutAScope(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	gone := decode(t, h.must(t, 201, request{method: "POST", path: "Goal", body: `{"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"x"},"subject":{"reference":"Patient/` + p + `"}}`}))
	h.must(t, 204, request{method: "DELETE", path: "Goal/" + gone.ID})
	h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "final", "1-1")})
	text := h.must(t, 200, request{path: "/fhir/_history", token: "reader"}).Body.String()
	if !strings.Contains(text, "Observation/") || strings.Contains(text, "Goal") || strings.Contains(text, `"resourceType":"Patient"`) {
		t.Errorf("the history of a token for Observations is %s", text)
	}
}
