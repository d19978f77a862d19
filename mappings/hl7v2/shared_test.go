package hl7v2_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// published gives the messages that others published, by name. Without them the test is skipped, except where CI says
// that they have to be there.
func published(t testing.TB) map[string][]byte {
	t.Helper()
	root := os.Getenv("CONCORD_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	plain, err := filepath.Glob(filepath.Join(root, "samples", "hl7v2", "*.hl7"))
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := filepath.Glob(filepath.Join(root, "samples", "hl7v2-l4h", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(plain) == 0 || len(wrapped) == 0 {
		t.Skip("the published messages are not beside the repository: set CONCORD_SHARED to their folder")
	}
	all := map[string][]byte{}
	for _, name := range append(plain, wrapped...) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".json") {
			var one struct {
				Message string `json:"message"`
			}
			if err := json.Unmarshal(data, &one); err != nil {
				t.Fatal(err)
			}
			data = []byte(one.Message)
		}
		all[filepath.Base(name)] = data
	}
	return all
}
