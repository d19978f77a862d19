package rest_test

import (
	"strings"
	"testing"
)

func TestBinary(t *testing.T) { //nolint:tparallel // the Binary is updated after its subtests
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	text := map[string]string{"Content-Type": "text/plain; charset=utf-8", "X-Security-Context": "Patient/" + p}
	made := h.must(t, 201, request{method: "POST", path: "Binary", body: "what matters to me", header: text})
	path := "Binary/" + decode(t, made).ID
	if got := made.Body.String(); !strings.Contains(got, `"securityContext":{"reference":"Patient/`+p+`"}`) || !strings.Contains(got, `"contentType":"text/plain; charset=utf-8"`) {
		t.Errorf("it became %s", got)
	}
	tests := []struct {
		name   string
		header map[string]string
		status int
		body   string
		media  string
	}{
		{"as itself", nil, 200, "what matters to me", "text/plain; charset=utf-8"},
		{"as itself for whoever takes anything", map[string]string{"Accept": "*/*"}, 200, "what matters to me", "text/plain; charset=utf-8"},
		{"as itself for whoever takes text", map[string]string{"Accept": "image/png, text/*"}, 200, "what matters to me", "text/plain; charset=utf-8"},
		{"as a resource", map[string]string{"Accept": "application/fhir+json"}, 200, made.Body.String(), "application/fhir+json; charset=utf-8"},
		{"a range", map[string]string{"Range": "bytes=5-11"}, 206, "matters", "text/plain; charset=utf-8"},
		{"the end", map[string]string{"Range": "bytes=-2"}, 206, "me", "text/plain; charset=utf-8"},
		{"what the caller has", map[string]string{"If-None-Match": made.Header().Get("ETag")}, 304, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := h.must(t, test.status, request{path: path, header: test.header})
			if w.Body.String() != test.body || test.media != "" && w.Header().Get("Content-Type") != test.media {
				t.Errorf("got %q, %v", w.Body, w.Header())
			}
		})
	}
	h.must(t, 416, request{path: path, header: map[string]string{"Range": "bytes=99-"}})
	issue(t, h.must(t, 406, request{path: path, header: map[string]string{"Accept": "image/png"}}))
	if w := h.must(t, 200, request{method: "HEAD", path: path}); w.Body.Len() != 0 || w.Header().Get("Content-Length") != "18" {
		t.Errorf("HEAD gives %v", w.Header())
	}
	h.must(t, 200, request{method: "PUT", path: path, body: "another letter", header: text})
	if got := h.must(t, 200, request{path: path}).Body.String(); got != "another letter" {
		t.Errorf("an update gives %q", got)
	}
	for _, accept := range []string{"*/*", "application/fhir+json"} {
		issue(t, h.must(t, 404, request{path: path, token: "stranger", header: map[string]string{"Accept": accept}}))
	}
	issue(t, h.must(t, 422, request{method: "POST", path: "Binary", body: "x", header: map[string]string{"Content-Type": "text/plain", "X-Security-Context": "Patient/nobody"}}))
	issue(t, h.must(t, 415, request{method: "POST", path: "Binary", body: "x", header: map[string]string{"Content-Type": ""}}))
}

// Content that says nothing of whose it is belongs to the organisation that sent it, and is seen by nobody else.
func TestBinaryOfNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := h.must(t, 201, request{method: "POST", path: "Binary", body: "%PDF-1.7", header: map[string]string{"Content-Type": "application/pdf"}})
	path := "Binary/" + decode(t, made).ID
	h.must(t, 200, request{path: path})
	h.must(t, 404, request{path: path, token: "stranger"})
	h.must(t, 204, request{method: "DELETE", path: path, token: "stranger"})
	h.must(t, 200, request{path: path})
	h.must(t, 204, request{method: "DELETE", path: path})
	h.must(t, 410, request{path: path})
}
