package fhir

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// definition is what this test reads of a StructureDefinition.
type definition struct {
	Type, Kind string
	Abstract   bool
	Snapshot   struct {
		Element []struct{ Path, ContentReference string }
	}
}

func definitions(t *testing.T) []definition {
	t.Helper()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	names, err := filepath.Glob(filepath.Join(shared, "fhir-r4", "structure-definitions", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("the structure definitions are not beside the repository: set CONCORD_SHARED to their folder")
	}
	var all []definition
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var d definition
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

// children gives the names below each path, in the order of the specification.
func (d definition) children() map[string][]string {
	below := map[string][]string{}
	for _, e := range d.Snapshot.Element {
		if i := strings.LastIndexByte(e.Path, '.'); i > 0 {
			below[e.Path[:i]] = append(below[e.Path[:i]], strings.TrimSuffix(e.Path[i+1:], "[x]"))
		}
	}
	return below
}

func TestDescriptorsKeepTheOrderOfTheSpecification(t *testing.T) {
	t.Parallel()
	known := map[string]*shape{}
	for _, typ := range Types() {
		reach(resourceShape(typ), known)
	}
	compared := map[string]bool{}
	for _, d := range definitions(t) {
		if s := known[d.Type]; s != nil && !s.primitive && !compared[d.Type] {
			compared[d.Type] = true
			compareOrder(t, d.children(), d.Type, s)
		}
	}
	for name, s := range known {
		if !s.primitive && !s.anything && !strings.Contains(name, ".") && !compared[name] && name != "SimpleQuantity" {
			t.Errorf("%s has no definition to compare with", name)
		}
	}
}

// reach gathers a shape and those of its elements, by name.
func reach(s *shape, known map[string]*shape) {
	if known[s.name] != nil {
		return
	}
	known[s.name] = s
	for _, e := range s.elements() {
		reach(e.of, known)
	}
}

// compareOrder compares a shape with the names below a path, and the backbone elements in it.
func compareOrder(t *testing.T, below map[string][]string, path string, s *shape) {
	t.Helper()
	ranks := map[string]int{}
	for _, e := range s.elements() {
		ranks[e.base] = s.rank(e)
	}
	if s.name == "Extension" {
		ranks["url"] = ranks["value"] - 1 // an attribute, which has no order
	}
	got := slices.SortedFunc(maps.Keys(ranks), func(a, b string) int { return ranks[a] - ranks[b] })
	if diff := cmp.Diff(below[path], got); diff != "" {
		t.Errorf("%s (-specification +descriptor):\n%s", path, diff)
	}
	for _, name := range got {
		if e := s.elements()[name]; e != nil && len(below[path+"."+name]) > 0 {
			compareOrder(t, below, path+"."+name, e.of)
		}
	}
}
