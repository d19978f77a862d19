package issuer_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/gateway/issuer"
)

const name = "https://issuer.demo.invalid"

func open(t *testing.T, dir string) *issuer.Issuer {
	t.Helper()
	i, err := issuer.Open(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func jwks(t *testing.T, i *issuer.Issuer) string {
	t.Helper()
	h, err := i.Handler()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, name+"/jwks", http.NoBody))
	return w.Body.String()
}

func TestKeyStaysInItsDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := jwks(t, open(t, dir))
	if again := jwks(t, open(t, dir)); again != first {
		t.Error("opened again, the directory has another key")
	}
	if other := jwks(t, open(t, t.TempDir())); other == first {
		t.Error("two directories have the same key")
	}
	if strings.Contains(first, `"d"`) {
		t.Error("the key set holds the private part")
	}
	info, err := os.Stat(filepath.Join(dir, issuer.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v", info.Mode().Perm())
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		content string
		mode    os.FileMode
	}{
		{"a key that others can read", "", 0o644},
		{"a file that is not PEM", "no key", 0o600},
		{"a PEM block that is not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0o600},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, issuer.KeyFile)
			if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := issuer.Open(dir, name); err == nil {
				t.Error("opened")
			}
		})
	}
}

func TestSignWritesTheClaimsOfARealIssuer(t *testing.T) {
	t.Parallel()
	token, err := open(t, t.TempDir()).Sign(issuer.Claims{
		Subject: "s", Audience: "https://here.invalid/fhir", ID: "j", Client: "app", FHIRUser: "Practitioner/x", Scope: "user/*.rs",
		Issued: time.Unix(1000, 0), Expires: time.Unix(2000, 0), Name: "Dr X",
		Organization: "Organization/y", Roles: []string{"clinician"}, Purposes: []string{"TREAT"},
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"iss": name, "sub": "s", "aud": "https://here.invalid/fhir", "jti": "j", "client_id": "app", "fhirUser": "Practitioner/x",
		"scope": "user/*.rs", "iat": 1000.0, "exp": 2000.0,
		"extensions": map[string]any{"ihe_iua": map[string]any{
			"subject_name": "Dr X", "subject_organization_id": "Organization/y", "subject_role": []any{"clinician"},
			"purpose_of_use": []any{map[string]any{"system": "urn:oid:2.16.840.1.113883.1.11.20448", "code": "TREAT"}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
