package rest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/gateway/rest"
)

func packed(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestXML(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	xml := map[string]string{"Content-Type": "application/fhir+xml", "Accept": "application/fhir+xml"}
	made := h.must(t, 201, request{method: "POST", path: "Patient", body: `<Patient xmlns="http://hl7.org/fhir"><active value="true"/><gender value="female"/></Patient>`, header: xml})
	if got := made.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/fhir+xml") {
		t.Fatalf("the answer is %s", got)
	}
	r, err := fhir.DecodeXML(made.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	byJSON := h.must(t, 200, request{path: "Patient/" + string(r.Ref().ID)})
	if !fhir.Equal(r.JSON(), byJSON.Body.Bytes()) {
		t.Errorf("XML says %s, JSON %s", r.JSON(), byJSON.Body)
	}
	for _, path := range []string{"Patient/" + string(r.Ref().ID) + "?_format=xml", "Patient?_format=text/xml", "metadata?_format=xml"} {
		if _, err := fhir.DecodeXML(h.must(t, 200, request{path: path}).Body.Bytes()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	refused := h.must(t, 404, request{path: "Patient/none?_format=xml"})
	if _, err := fhir.DecodeXML(refused.Body.Bytes()); err != nil {
		t.Errorf("a refusal in XML: %v", err)
	}
	bundle := `<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/><entry><request><method value="GET"/><url value="Patient/none"/></request></entry></Bundle>`
	answer := h.must(t, 200, request{method: "POST", path: "/fhir", body: bundle, header: xml})
	if _, err := fhir.DecodeXML(answer.Body.Bytes()); err != nil {
		t.Errorf("a batch in XML: %v", err)
	}
}

func TestPretty(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	plain, pretty := h.must(t, 200, request{path: "metadata"}), h.must(t, 200, request{path: "metadata?_pretty=true"})
	var compact bytes.Buffer
	if err := json.Compact(&compact, pretty.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(pretty.Body.String(), "{\n  \"resourceType\"") || compact.String() != plain.Body.String() {
		t.Error("the pretty statement is another")
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	plain := h.must(t, 200, request{path: "metadata"})
	small := h.must(t, 200, request{path: "metadata", header: map[string]string{"Accept-Encoding": "br, gzip;q=0.8"}})
	if small.Header().Get("Content-Encoding") != "gzip" || small.Body.Len() > plain.Body.Len()/4 {
		t.Fatalf("%d bytes became %d, %v", plain.Body.Len(), small.Body.Len(), small.Header())
	}
	r, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
		t.Errorf("it unpacks into something else: %v", err)
	}
	for _, accept := range []string{"", "br", "gzip;q=0", "identity"} {
		if w := h.must(t, 200, request{path: "metadata", header: map[string]string{"Accept-Encoding": accept}}); w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%q gets %s", accept, w.Header().Get("Content-Encoding"))
		}
	}
	if w := h.ask(t, request{path: "Patient/none", header: map[string]string{"Accept-Encoding": "gzip"}}); w.Header().Get("Content-Encoding") != "" {
		t.Error("a short answer is packed")
	}
	h.must(t, 201, request{method: "POST", path: "Patient", body: packed(t, `{"resourceType":"Patient"}`), header: map[string]string{"Content-Encoding": "gzip"}})
	bomb := packed(t, `{"resourceType":"Patient","name":[{"text":"`+strings.Repeat("a", 64<<20)+`"}]}`)
	_, text, _ := issue(t, h.must(t, 413, request{method: "POST", path: "Patient", body: bomb, header: map[string]string{"Content-Encoding": "gzip"}}))
	if !strings.Contains(text, "4194304 bytes") {
		t.Errorf("the refusal does not name the limit: %s", text)
	}
	cut := packed(t, `{"resourceType":"Patient"}`)
	issue(t, h.must(t, 400, request{method: "POST", path: "Patient", body: cut[:len(cut)-6], header: map[string]string{"Content-Encoding": "gzip"}}))
}

func TestBrowserApps(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ask := map[string]string{"Origin": "https://app.example", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization, if-match"}
	first := h.must(t, 204, request{method: "OPTIONS", path: "Patient/x", token: "none", header: ask})
	second := h.must(t, 204, request{method: "OPTIONS", path: "No/such/thing", token: "forged", header: ask})
	for _, w := range []http.Header{first.Header(), second.Header()} {
		w.Del("X-Request-Id")
	}
	if diff := cmp.Diff(first.Header(), second.Header()); diff != "" {
		t.Errorf("the answer depends on the address: %s", diff)
	}
	for name, want := range map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "PUT", "Access-Control-Allow-Headers": "If-Match"} {
		if got := first.Header().Get(name); !strings.Contains(got, want) {
			t.Errorf("%s is %q", name, got)
		}
	}
	w := h.must(t, 404, request{path: "Patient/none", header: map[string]string{"Origin": "https://app.example"}})
	for _, want := range []string{"ETag", "Location", "Last-Modified"} {
		if !strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), want) {
			t.Errorf("%s is not exposed", want)
		}
	}
	if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("the headers are %v", w.Header())
	}
	h.must(t, 401, request{method: "OPTIONS", path: "Patient/x", token: "none"}) // not a browser's question
}

func TestHealth(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if w := h.must(t, 200, request{path: path, token: "none"}); w.Body.String() != "ok\n" {
			t.Errorf("%s says %s", path, w.Body)
		}
		h.must(t, 200, request{method: "HEAD", path: path, token: "none"})
		h.must(t, 401, request{method: "POST", path: path, token: "none"})
	}
	h.must(t, 404, request{path: "healthz"})
}

// Every limit is named where it refuses.
func TestLimitsAreNamed(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, rest.Limits{Body: 500, Binary: 100, Depth: 4, Page: 2, LastN: 3, Time: time.Minute})
	p := h.patient(t)
	for range 3 {
		h.patient(t)
	}
	tests := []struct {
		name, want string
		status     int
		ask        request
	}{
		{"a body", "500 bytes", 413, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient","name":[{"text":"` + strings.Repeat("a", 500) + `"}]}`}},
		{"a packed body", "500 bytes", 413, request{method: "POST", path: "Patient", body: packed(t, `{"resourceType":"Patient","name":[{"text":"`+strings.Repeat("a", 500)+`"}]}`), header: map[string]string{"Content-Encoding": "gzip"}}},
		{"a form", "500 bytes", 413, request{method: "POST", path: "Patient/_search", body: strings.Repeat("a", 501), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}},
		{"a patch", "500 bytes", 413, request{method: "PATCH", path: "Patient/" + p, body: strings.Repeat("[", 501), header: map[string]string{"Content-Type": "application/json-patch+json"}}},
		{"content", "100 bytes", 413, request{method: "POST", path: "Binary", body: strings.Repeat("a", 101), header: map[string]string{"Content-Type": "text/plain"}}},
		{"nesting", "4 objects and arrays", 413, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient","contact":[{"name":{"given":["x"]}}]}`}},
		{"the last of each", "from 1 to 3", 400, request{path: "Observation/$lastn?max=4&patient=" + p}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, text, _ := issue(t, h.must(t, test.status, test.ask)); !strings.Contains(text, test.want) {
				t.Errorf("the refusal does not name the limit: %s", text)
			}
		})
	}
	for _, path := range []string{"Patient/_history", "Patient/_history?_count=100"} {
		if got := decode(t, h.must(t, 200, request{path: path})); len(got.Entry) != 2 || len(got.Link) != 2 {
			t.Errorf("%s gives a page of %d", path, len(got.Entry))
		}
	}
	slow := newHouseWith(t, rest.Limits{Time: time.Nanosecond})
	if _, text, _ := issue(t, slow.must(t, 503, request{path: "Patient/x"})); !strings.Contains(text, "1ns") {
		t.Errorf("the refusal does not name the limit: %s", text)
	}
}
