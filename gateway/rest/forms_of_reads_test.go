package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Everything that is read comes in each form, by GET as by HEAD, with the validators that it has; and what was asked for in a
// form that is not written is refused.
func TestEveryReadHasEveryForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	made := h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "final", "1-1")})
	o := "Observation/" + decode(t, made).ID
	tests := []struct {
		path             string
		tagged, modified bool
	}{
		{"metadata", false, false},
		{o, true, true},
		{o + "/_history/" + decode(t, made).Meta.VersionID, true, true},
		{o + "/_history", false, true},
		{"Observation/_history", false, false},
		{"_history", false, false},
		{"Observation?code=1-1", false, false},
		{"?_type=Observation", false, false},
		{"Patient/" + p + "/Observation", false, false},
		{"Patient/" + p + "/$everything", false, false},
		{"Patient/$everything", false, false},
		{"Patient/" + p + "/$whole-person", true, false},
		{"Observation/$lastn?patient=" + p, false, false},
		{o + "/$meta", true, true},
		{"Observation/$meta", false, false},
		{"$meta", false, false},
		{o + "/$validate", false, false},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			with := func(parameter string) string {
				if strings.Contains(test.path, "?") {
					return test.path + "&" + parameter
				}
				return test.path + "?" + parameter
			}
			plain := h.must(t, 200, request{path: test.path})
			if !json.Valid(plain.Body.Bytes()) || plain.Header().Get("Content-Type") != "application/fhir+json; charset=utf-8" {
				t.Errorf("%s: %s", plain.Header().Get("Content-Type"), plain.Body)
			}
			head := h.must(t, 200, request{method: http.MethodHead, path: test.path})
			for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Last-Modified"} {
				if got, want := head.Header().Get(name), plain.Header().Get(name); got != want {
					t.Errorf("HEAD: %s is %q, GET has %q", name, got, want)
				}
			}
			if head.Body.Len() != 0 {
				t.Errorf("HEAD has a body of %d bytes", head.Body.Len())
			}
			for _, q := range []request{{path: with("_format=xml")}, {path: test.path, header: map[string]string{"Accept": "application/fhir+xml"}}} {
				if w := h.must(t, 200, q); !strings.HasPrefix(w.Body.String(), "<") || w.Header().Get("Content-Type") != "application/fhir+xml; charset=utf-8" {
					t.Errorf("%v gives %s %.80s", q, w.Header().Get("Content-Type"), w.Body)
				}
			}
			if w := h.must(t, 200, request{path: with("_pretty=true")}); !strings.Contains(w.Body.String(), "\n  ") {
				t.Errorf("_pretty gives %.80s", w.Body)
			}
			issue(t, h.must(t, 406, request{path: with("_format=ttl")}))
			issue(t, h.must(t, 406, request{path: test.path, header: map[string]string{"Accept": "text/turtle"}}))

			tag, modified := plain.Header().Get("ETag"), plain.Header().Get("Last-Modified")
			if (tag != "") != test.tagged || (modified != "") != test.modified {
				t.Errorf("ETag %q, Last-Modified %q", tag, modified)
			}
			for name, value := range map[string]string{"If-None-Match": tag, "If-Modified-Since": modified} {
				if value == "" {
					continue
				}
				if w := h.must(t, 304, request{path: test.path, header: map[string]string{name: value}}); w.Body.Len() != 0 {
					t.Errorf("%s: a 304 with %d bytes", name, w.Body.Len())
				}
			}
			h.must(t, 200, request{path: test.path, header: map[string]string{"If-None-Match": `W/"another"`}})
			h.must(t, 200, request{path: test.path, header: map[string]string{"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}})
		})
	}
}
