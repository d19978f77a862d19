package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// What the shape of a request alone decides, before anything is looked up.
func TestShape(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.bring(t, `{"resourceType":"Patient","id":"p1"}`)
	const challenge = "WWW-Authenticate"
	tests := []struct {
		name   string
		ask    request
		status int
		code   string
		header map[string]string
	}{
		{"no token", request{path: "Patient/p1", token: "none"}, 401, "login", map[string]string{challenge: `Bearer realm="fhir"`}},
		{"a token that is not accepted", request{path: "Patient/p1", token: "forged"}, 401, "login", map[string]string{challenge: `Bearer realm="fhir", error="invalid_token"`}},
		{"no token and no such address", request{path: "Nothing/at/all", token: "none"}, 401, "login", nil},
		{"no token and no such method", request{method: "PATCH", path: "Patient/p1", token: "none"}, 401, "login", nil},
		{"no token, and metadata asked for wrongly", request{method: "POST", path: "metadata", token: "none"}, 401, "login", nil},
		{"no token, outside of FHIR", request{path: "/else", token: "none"}, 401, "login", nil},
		{"the issuer does not answer", request{path: "Patient/p1", token: "issuer-down"}, 503, "transient", map[string]string{"Retry-After": "2"}},
		{"a type that is not of R4", request{path: "Pacient/p1"}, 404, "not-supported", nil},
		{"a type in the wrong case", request{path: "patient/p1"}, 404, "not-supported", nil},
		{"a type that has no address", request{path: "Parameters"}, 404, "not-supported", nil},
		{"an operation that does not exist", request{path: "Patient/p1/$nothing"}, 404, "not-supported", nil},
		{"an operation on the wrong type", request{path: "Observation/p1/$whole-person"}, 404, "not-supported", nil},
		{"a change of the whole server", request{method: "PATCH", path: "/fhir?_type=Patient"}, 405, "not-supported", map[string]string{"Allow": "GET, HEAD, POST"}},
		{"a method that an instance does not take", request{method: "POST", path: "Patient/p1"}, 405, "not-supported", map[string]string{"Allow": "DELETE, GET, HEAD, PATCH, PUT"}},
		{"delete of the whole server", request{method: "DELETE", path: "/fhir"}, 405, "not-supported", map[string]string{"Allow": "GET, HEAD, POST"}},
		{"history of a type without its scope", request{path: "Patient/_history", token: "reader"}, 403, "forbidden", nil},
		{"a conditional update without all its scopes", request{method: "PUT", path: "Observation?code=x", token: "reader"}, 403, "forbidden", nil},
		{"a patch of no known form", request{method: "PATCH", path: "Patient/p1", body: "[]", header: map[string]string{"Content-Type": "text/plain"}}, 415, "not-supported", map[string]string{"Accept-Patch": "application/json-patch+json, application/fhir+json, application/fhir+xml"}},
		{"a search form by GET", request{path: "Patient/_search"}, 405, "not-supported", map[string]string{"Allow": "POST"}},
		{"a method nobody knows", request{method: "BREW", path: "Patient/p1"}, 405, "not-supported", nil},
		{"a scope for another type", request{path: "Patient/p1", token: "reader"}, 403, "forbidden", map[string]string{challenge: `Bearer realm="fhir", error="insufficient_scope"`}},
		{"a scope for another type, of what is not there", request{path: "Patient/none", token: "reader"}, 403, "forbidden", nil},
		{"a scope that reads and does not create", request{method: "POST", path: "Observation", token: "reader", body: "{"}, 403, "forbidden", nil},
		{"a scope that reads and does not update", request{method: "PUT", path: "Observation/o", token: "reader", body: "{"}, 403, "forbidden", nil},
		{"a scope that reads and does not delete", request{method: "DELETE", path: "Observation/o", token: "reader"}, 403, "forbidden", nil},
		{"an operation without its scope", request{path: "Patient/p1/$whole-person", token: "reader"}, 403, "forbidden", nil},
		{"turtle is asked for", request{path: "Patient/p1", header: map[string]string{"Accept": "text/turtle"}}, 406, "not-supported", nil},
		{"turtle is asked for by _format", request{path: "Patient/p1?_format=ttl"}, 406, "not-supported", nil},
		{"another release is asked for", request{path: "Patient/p1", header: map[string]string{"Accept": "application/fhir+json; fhirVersion=5.0"}}, 406, "not-supported", nil},
		{"a query that is not percent encoded", request{path: "Patient?name=%zz"}, 400, "invalid", nil},
		{"a read with parameters, strictly", request{path: "Patient/p1?_elements=id", header: map[string]string{"Prefer": "handling=strict"}}, 400, "not-supported", nil},
		{"an id of a wrong form", request{path: "Patient/" + strings.Repeat("a", 65)}, 404, "not-found", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := h.ask(t, test.ask)
			code, _, _ := issue(t, w)
			if w.Code != test.status || code != test.code {
				t.Errorf("got %d %s, want %d %s", w.Code, code, test.status, test.code)
			}
			for name, want := range test.header {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestEveryResponseIsHardened(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, q := range []request{{path: "metadata"}, {path: "Patient/none"}, {path: "x", token: "none"}} {
		w := h.ask(t, q)
		for name, want := range map[string]string{
			"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", q.path, name, got, want)
			}
		}
		if w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", q.path)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tests := []struct {
		name, sent string
		kept       bool
	}{
		{"a well-formed id is kept", "trace-7.a", true},
		{"a name with spaces is not", "Amina Khan", false},
		{"nor a line break", "a\r\nX-Evil: 1", false},
		{"nor a long one", strings.Repeat("a", 65), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := h.ask(t, request{path: "Patient/none", header: map[string]string{"X-Request-Id": test.sent}})
			got := w.Header().Get("X-Request-Id")
			if (got == test.sent) != test.kept || got == "" {
				t.Errorf("sent %q, got %q", test.sent, got)
			}
		})
	}
}

func TestLogSaysNothingOfPatients(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask(t, request{path: "Patient/secret-id?name=secret-name", header: map[string]string{"X-Request-Id": "r1"}})
	h.ask(t, request{method: http.MethodPost, path: "Patient", body: `{"resourceType":"Patient","secret-field":1}`})
	h.ask(t, request{method: "SECRET", path: "secret-path"})
	text := h.log.String()
	if strings.Contains(strings.ToLower(text), "secret") {
		t.Errorf("the log tells of the request: %s", text)
	}
	for _, want := range []string{`"route":"/fhir/{type}/{id}"`, `"method":"other"`, `"route":"unknown"`, `"kind":"not-found"`, `"status":404`, `"request":"r1"`, `"duration":`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s: %s", want, text)
		}
	}
}

func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.ask(t, request{path: "Patient/p1", token: "panic", header: map[string]string{"X-Request-Id": "r2"}})
	code, text, _ := issue(t, w)
	if w.Code != http.StatusInternalServerError || code != "exception" || !strings.HasSuffix(text, "r2") {
		t.Errorf("got %d %s %q", w.Code, code, text)
	}
	if log := h.log.String(); strings.Contains(log, "George") || !strings.Contains(log, "panic of type string") {
		t.Errorf("the log has: %s", log)
	}
}
