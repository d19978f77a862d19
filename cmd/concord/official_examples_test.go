package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord/fhir"
)

// The official R4 examples, which are not part of the project: what strict reading accepts is stored, and read back
// equal over HTTP by an operator; all else is named.
func TestOfficialExamplesReadBackEqual(t *testing.T) {
	t.Parallel()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "fhir-r4", "examples")
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("the official examples are not beside the repository: set CONCORD_SHARED to their folder")
	}
	data := t.TempDir()
	_, summary, refusals := concord(t, "import", "--data", data, dir)
	if !strings.Contains(summary, " new, 0 unchanged, ") {
		t.Fatalf("%s%s", summary, refusals)
	}
	_, again, _ := concord(t, "import", "--data", data, dir)
	if !strings.HasPrefix(again, "0 new, ") {
		t.Errorf("the second time: %s", again)
	}
	s := startDemo(t, "--empty", "--data", data)
	token := operatorToken(t, data)
	equal := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := fhir.DecodeJSON(text)
		if err != nil {
			if !strings.Contains(refusals, filepath.Base(name)+": ") {
				t.Errorf("%s is not accepted, and not named", filepath.Base(name))
			}
			continue
		}
		if b, _ := scanBundle(text); b.runs() || r.Type() == "Parameters" {
			continue
		}
		a := s.get(t, "/"+r.Ref().String(), token)
		if a.status != http.StatusOK || !fhir.Equal(a.body, text) {
			t.Errorf("%s: read back with %d, not as it came", filepath.Base(name), a.status)
			continue
		}
		equal++
	}
	if equal < 600 {
		t.Errorf("only %d were read back equal", equal)
	}
}
