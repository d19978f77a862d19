package rest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"concord/fhir"
)

// claims is what these tests read in a CapabilityStatement.
type claims struct {
	Format, PatchFormat []string
	Rest                []struct {
		Interaction []struct{ Code string }
		Resource    []struct {
			Type              string
			ConditionalCreate bool
			ConditionalUpdate bool
			ConditionalDelete string
			Interaction       []struct{ Code string }
			SearchParam       []struct{ Name, Type string }
			Operation         []struct{ Name, Definition string }
		}
	}
}

func TestCapabilityStatement(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	open := h.must(t, 200, request{path: "metadata", token: "none"})
	r, err := fhir.DecodeJSON(open.Body.Bytes())
	if err != nil || r.Type() != "CapabilityStatement" {
		t.Fatalf("the statement is not valid: %v", err)
	}
	for _, token := range []string{"clinician", "stranger", "forged"} {
		if w := h.ask(t, request{path: "metadata", token: token}); w.Body.String() != open.Body.String() {
			t.Errorf("the statement for %s differs", token)
		}
	}
	if w := h.must(t, 200, request{method: http.MethodHead, path: "metadata", token: "none"}); w.Body.Len() != 0 {
		t.Error("HEAD has a body")
	}
}

// Each interaction that the statement claims is answered, and what it does not claim is refused.
func TestClaimsAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var c claims
	if err := json.Unmarshal(h.must(t, 200, request{path: "metadata"}).Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	asks := map[string][]request{
		"read": {{path: "/x"}}, "vread": {{path: "/x/_history/1"}}, "history-instance": {{path: "/x/_history"}},
		"search-type": {{path: ""}, {method: "POST", path: "/_search", header: form}},
		"create":      {{method: "POST", path: "", body: "{}"}}, "update": {{method: "PUT", path: "/x", body: "{}"}},
		"delete": {{method: "DELETE", path: "/x"}}, "patch": {{method: "PATCH", path: "/x", body: "[]"}},
		"history-type": {{path: "/_history"}}, "whole-person": {{path: "/x/$whole-person"}},
		"start-care": {{method: "POST", path: "/$start-care", body: "{}"}}, "everything": {{path: "/x/$everything"}},
		"lastn": {{path: "/$lastn?patient=x"}}, "meta": {{path: "/x/$meta"}},
		"validate": {{method: "POST", path: "/$validate", body: "{}"}, {method: "POST", path: "/x/$validate", body: "{}"}},
	}
	// An address or a method that is not offered says not-supported; nothing else does at these codes.
	offered := func(t *testing.T, q request) bool {
		t.Helper()
		w := h.ask(t, q)
		if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
			return true
		}
		code, text, _ := issue(t, w)
		return code != "not-supported" || strings.Contains(text, "may update")
	}
	if got := len(c.Rest[0].Resource); got < 140 {
		t.Errorf("%d types are claimed", got)
	}
	for _, resource := range c.Rest[0].Resource {
		for code, requests := range asks {
			claimed := slices.ContainsFunc(resource.Interaction, func(i struct{ Code string }) bool { return i.Code == code }) ||
				slices.ContainsFunc(resource.Operation, func(o struct{ Name, Definition string }) bool { return o.Name == code })
			for _, q := range requests {
				q.path = resource.Type + q.path
				if got := offered(t, q); got != claimed {
					t.Errorf("%s of %s: claimed %v, answered %v", code, resource.Type, claimed, got)
				}
			}
		}
	}
}

func TestClaimedSearchParametersAreUsed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var c claims
	if err := json.Unmarshal(h.must(t, 200, request{path: "metadata"}).Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"token": "x", "string": "x", "reference": "Patient/x", "date": "2026", "number": "1", "quantity": "1", "uri": "http://x.example", "special": "x"}
	count := 0
	for _, resource := range c.Rest[0].Resource {
		for _, p := range resource.SearchParam {
			count++
			if p.Type == "composite" { // its values are those of its parts, which differ
				continue
			}
			w := h.ask(t, request{path: resource.Type + "?" + p.Name + "=" + values[p.Type], header: map[string]string{"Prefer": "handling=strict"}})
			if w.Code != http.StatusOK {
				t.Errorf("%s of %s, a %s: %d %s", p.Name, resource.Type, p.Type, w.Code, w.Body)
			}
		}
	}
	if count < 800 {
		t.Errorf("%d search parameters are claimed", count)
	}
}

func TestSMARTConfiguration(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"} {
		w := h.must(t, 200, request{path: path, token: "none", header: map[string]string{"Accept": "application/json"}})
		var document map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
			t.Fatal(err)
		}
		if document["issuer"] != "https://issuer.example" || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s %s", path, w.Header(), w.Body)
		}
		for _, name := range []string{"token_endpoint", "authorization_endpoint"} {
			if _, claimed := document[name]; claimed {
				t.Errorf("%s claims a %s that nobody answers", path, name)
			}
		}
	}
}

// What the statement claims of the server as a whole, and of conditions, is answered too.
func TestClaimsOfTheWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var c claims
	if err := json.Unmarshal(h.must(t, 200, request{path: "metadata"}).Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, i := range c.Rest[0].Interaction {
		codes = append(codes, i.Code)
	}
	for _, code := range []string{"transaction", "batch", "history-system"} {
		if !slices.Contains(codes, code) {
			t.Errorf("%s is not claimed: %v", code, codes)
		}
	}
	for _, r := range c.Rest[0].Resource {
		if !r.ConditionalCreate || !r.ConditionalUpdate || r.ConditionalDelete != "single" {
			t.Errorf("%s does not claim its conditional interactions", r.Type)
		}
	}
	h.must(t, 200, request{path: "/fhir/_history"})
	h.must(t, 200, request{method: "POST", path: "/fhir", body: `{"resourceType":"Bundle","type":"batch"}`})
	for _, format := range c.Format {
		h.must(t, 200, request{path: "metadata?_format=" + url.QueryEscape(format)})
	}
}
