package main

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
)

// Ids and versions that the server gives are random, so that none tells how many others there are, or when they came (CONSENT
// rules section 10 row 30).
func TestIDsAreRandom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demo := startDemo(t, "--empty", "--data", dir)
	token := operatorToken(t, dir)
	seen := map[string]bool{}
	for range 3 {
		made := demo.do(t, http.MethodPost, "/Patient", token, `{"resourceType":"Patient","id":"mine"}`)
		id := made.field(t, "id")
		if parsed, err := uuid.Parse(id); err != nil || parsed.Version() != 4 || seen[id] {
			t.Errorf("the id %q is not a new random UUID", id)
		}
		seen[id] = true
	}
}
