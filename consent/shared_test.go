package consent_test

import (
	"os"
	"path/filepath"
	"testing"

	"concord/fhir"
)

// shared finds a file of the project's rules and cases, which are kept beside the repository; the test is
// skipped where they are not.
func shared(t testing.TB, name ...string) []byte {
	t.Helper()
	dir := os.Getenv("CONCORD_SHARED")
	if dir == "" {
		dir = beside(t)
	}
	data, err := os.ReadFile(filepath.Join(append([]string{dir}, name...)...))
	if err != nil {
		t.Skip("the shared cases are not here: set CONCORD_SHARED to run them")
	}
	return data
}

func beside(t testing.TB) string {
	t.Helper()
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "shared", "consent-cases")); err == nil {
			return filepath.Join(at, "shared")
		}
	}
	t.Skip("no folder of shared cases beside the repository")
	return ""
}

func decode(t testing.TB, json string) *fhir.Resource {
	t.Helper()
	r, err := fhir.DecodeJSON([]byte(json))
	if err != nil {
		t.Fatalf("decode: %v\n%s", err, json)
	}
	return r
}

// stored reads a resource without asking whether it is valid FHIR: cases from elsewhere are fragments.
func stored(t testing.TB, json []byte) *fhir.Resource {
	t.Helper()
	r, err := fhir.Stored(json)
	if err != nil {
		t.Fatalf("read: %v\n%s", err, json)
	}
	return r
}

func ref(text string) fhir.Ref {
	r, _ := fhir.ParseRef(text)
	return r
}
