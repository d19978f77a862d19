package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord/fhir/care"
	"concord/gateway/issuer"
)

// Break-glass from outside: a server that is set up for it, tokens of an issuer, and a record that nobody shared.
func TestBreakGlassOverHTTP(t *testing.T) {
	t.Parallel()
	outside := newIssuer(t)
	data := t.TempDir()
	record := filepath.Join(t.TempDir(), "record.ndjson")
	lines := strings.Join([]string{
		`{"resourceType":"Organization","id":"er","active":true,"name":"The ER","type":[{"coding":[{"system":"` + care.SystemKind + `","code":"` + care.KindHealth + `"}]}]}`,
		`{"resourceType":"Patient","id":"p","birthDate":"1980-01-01"}`,
		`{"resourceType":"Goal","id":"g","lifecycleStatus":"active","description":{"text":"walk"},"subject":{"reference":"Patient/p"}}`,
	}, "\n")
	if err := os.WriteFile(record, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "import", "--data", data, record)
	s := start(t, func(string) string { return "" }, "serve", "--addr", "127.0.0.1:0", "--data", data, "--closed-network", "yes", "--view-cache", "memory",
		"--issuer", outside.url+"="+hereAudience+";trust=operator,purpose,organization", "--glass-acr", "urn:mfa", "--glass-role", "clinician")
	doctor := issuer.Claims{
		Subject: "d", Audience: hereAudience, Scope: "user/*.rs", FHIRUser: "Practitioner/d", Organization: "Organization/er",
		Roles: []string{"clinician"}, Purposes: []string{"BTG"}, Issued: time.Now(), Expires: time.Now().Add(time.Hour),
	}
	plain := outside.sign(t, doctor)
	doctor.ACR = "urn:mfa"
	stepped := outside.sign(t, doctor)
	reason := `{"resourceType":"Parameters","parameter":[{"name":"reason","valueCoding":{"system":"` + care.SystemReason + `","code":"emergency"}},{"name":"text","valueString":"unconscious"}]}`
	for _, step := range []struct {
		name, method, path, token, body string
		want                            int
	}{
		{"closed before", http.MethodGet, "/Goal/g", stepped, "", http.StatusNotFound},
		{"not without stepping up", http.MethodPost, "/Patient/p/$break-glass", plain, reason, http.StatusForbidden},
		{"opened", http.MethodPost, "/Patient/p/$break-glass", stepped, reason, http.StatusOK},
		{"read", http.MethodGet, "/Goal/g", stepped, "", http.StatusOK},
		{"the whole", http.MethodGet, "/Patient/p/$whole-person", stepped, "", http.StatusOK},
		{"not by the other session of the same doctor", http.MethodGet, "/Goal/g", plain, "", http.StatusNotFound},
	} {
		if a := s.do(t, step.method, step.path, step.token, step.body); a.status != step.want {
			t.Errorf("%s: %d, want %d\n%s", step.name, a.status, step.want, a.body)
		}
	}
	if a := s.get(t, "/Goal?patient=Patient/p", stepped); !strings.Contains(string(a.body), "/Goal/g") {
		t.Errorf("a search does not reach the record: %d %s", a.status, a.body)
	}
	if s.stop() != statusOK {
		t.Error(s.stderr)
	}
	if _, err := os.Stat(filepath.Join(data, trailQueueFile)); err != nil {
		t.Errorf("there is nowhere to record an emergency: %v", err)
	}
	status, said, stderr := concord(t, "trail", "verify", "--data", data)
	if status != statusOK || strings.Contains(stderr, "differ") {
		t.Errorf("the trail does not verify: %d %s %s", status, said, stderr)
	}
}
