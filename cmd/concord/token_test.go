package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// demoData is a demo's data directory without its database.
func demoData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := openDemo(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a token: %q", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestTokenSaysWhatARealIssuerWould(t *testing.T) {
	t.Parallel()
	token := must(t, "token", "--data", demoData(t), "--fhir-user", "Practitioner/x", "--organization", "Organization/y",
		"--role", "clinician", "--purpose", "TREAT", "--scope", "user/*.cruds", "--patient", "p1", "--client-role", "operator", "--expires", "2h")
	got := payload(t, token)
	if lasts := got["exp"].(float64) - got["iat"].(float64); lasts != 7200 {
		t.Errorf("it lasts %v seconds", lasts)
	}
	for _, name := range []string{"exp", "iat", "jti"} {
		delete(got, name)
	}
	want := map[string]any{
		"iss": demoIssuer, "aud": demoAudience, "sub": "Practitioner/x", "client_id": demoClient, "fhirUser": "Practitioner/x",
		"scope": "user/*.cruds", "patient": "p1", "roles": []any{"operator"},
		"extensions": map[string]any{"ihe_iua": map[string]any{
			"subject_organization_id": "Organization/y", "subject_role": []any{"clinician"},
			"purpose_of_use": []any{map[string]any{"system": "urn:oid:2.16.840.1.113883.1.11.20448", "code": "TREAT"}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTokenOfAPersona(t *testing.T) {
	t.Parallel()
	dir := demoData(t)
	list := strings.Split(must(t, "token", "--data", dir, "--list"), "\n")
	if len(list) != 6 {
		t.Fatalf("%d personas: %v", len(list), list)
	}
	for _, line := range list {
		name, _, _ := strings.Cut(line, " ")
		token := must(t, "token", "--data", dir, "--persona", name)
		if strings.ContainsAny(token, " \n") || payload(t, token)["fhirUser"] == nil {
			t.Errorf("%s: %q", name, token)
		}
	}
}

func TestTokenIsRefused(t *testing.T) {
	t.Parallel()
	demo, damaged := demoData(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, demoMarker), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		say  string
	}{
		{"outside a demo directory", []string{"--data", t.TempDir(), "--scope", "user/*.rs"}, "not the data directory of a demo"},
		{"where there is no directory", []string{"--data", filepath.Join(demo, "none"), "--scope", "user/*.rs"}, "not the data directory of a demo"},
		{"in a damaged one", []string{"--data", damaged, "--scope", "user/*.rs"}, "damaged"},
		{"without a directory", []string{"--scope", "user/*.rs"}, "--data"},
		{"without scopes", []string{"--data", demo}, "--scope"},
		{"with scopes that nobody can read", []string{"--data", demo, "--scope", "user/*.sr"}, "--scope"},
		{"for an unknown persona", []string{"--data", demo, "--persona", "nobody"}, "--list"},
		{"for a persona with a scope of her own", []string{"--data", demo, "--persona", "gp", "--scope", "user/*.rs"}, "--persona"},
		{"for a user that is none", []string{"--data", demo, "--scope", "user/*.rs", "--fhir-user", "Observation/x"}, "--fhir-user"},
		{"for a patient that is none", []string{"--data", demo, "--scope", "user/*.rs", "--patient", "a b"}, "--patient"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, stdout, stderr := concord(t, append([]string{"token"}, c.args...)...)
			if status == statusOK || stdout != "" || !strings.Contains(stderr, c.say) {
				t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
			}
		})
	}
}
