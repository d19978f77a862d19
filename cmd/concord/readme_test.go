package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord/cmd/concord/region"
)

// What the README lets people copy must work.
func TestReadmeIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	for _, p := range region.Personas() {
		if !strings.Contains(readme, "| `"+p.Name+"` |") {
			t.Errorf("persona %s is not in it", p.Name)
		}
	}
	_, after, _ := strings.Cut(readme, "-d '")
	body, _, ok := strings.Cut(after, "'\n")
	if !ok {
		t.Fatal("there is no body of $start-care in it")
	}
	dir := t.TempDir()
	s := startDemo(t, "--data", dir)
	token := must(t, "token", "--data", dir, "--persona", "emergency")
	const view = "/Patient/amina/$whole-person"
	if a := s.get(t, view, token); a.status != http.StatusNotFound {
		t.Errorf("before care is started: %d", a.status)
	}
	if a := s.do(t, http.MethodPost, "/Patient/$start-care", token, body); a.status != http.StatusOK {
		t.Errorf("start care: %d %s", a.status, a.body)
	}
	if a := s.get(t, view, token); a.status != http.StatusOK {
		t.Errorf("after care is started: %d %s", a.status, a.body)
	}
}
