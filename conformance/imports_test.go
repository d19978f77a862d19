// Package conformance_test holds the house to its own rules, by reading the sources: who may import whom, in which
// rooms outside modules live, what stands at the top, and that every package says what it is for.
package conformance_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "concord"

// A rule ends in /* when it means every package below.
const (
	everything  = "*"
	fhirAll     = "fhir/*"
	mappingsAll = "mappings/*"
)

// inner is what the guard may use: the pure rooms.
var (
	inner    = []string{"fhir", fhirAll, "consent", "consent/smart"}
	hall     = append(slices.Clone(inner), "gateway/guard", "mappings", "conformance")
	door     = append(slices.Clone(hall), "gateway", mappingsAll, "gateway/outbound")
	cupboard = []string{"gateway/guard", "fhir", fhirAll, "consent"}
	side     = append(slices.Clone(inner), "gateway", "gateway/guard", "gateway/outbound")
)

// mayImport says for each room which of our packages its code may import.
var mayImport = map[string][]string{
	"fhir":              {},
	"fhir/care":         {"fhir"},
	"fhir/fhirpath":     {"fhir"},
	"fhir/search":       {"fhir", "fhir/fhirpath"},
	"fhir/patch":        {"fhir", "fhir/fhirpath"},
	"consent/smart":     {"fhir", "fhir/search"},
	"consent":           {"fhir", "fhir/care", "fhir/search", "consent/smart"},
	"mappings":          {"fhir", "fhir/care", "fhir/fhirpath"},
	mappingsAll:         {"fhir", "fhir/care", "fhir/fhirpath", "mappings"},
	"conformance":       {"fhir", fhirAll},
	"conformance/kit":   {"fhir"},
	"gateway/guard":     inner,
	"gateway":           hall,
	"gateway/rest":      door,
	"gateway/mllp":      door,
	"gateway/folder":    door,
	"gateway/web":       door,
	"gateway/memory":    cupboard,
	"gateway/sqlite":    cupboard,
	"gateway/postgres":  cupboard,
	"gateway/redis":     cupboard,
	"gateway/storetest": cupboard,
	"gateway/cachetest": cupboard,
	"gateway/auth":      side,
	"gateway/issuer":    side,
	"gateway/notify":    side,
	"gateway/upstream":  append(slices.Clone(side), "mappings", mappingsAll),
	"gateway/outbound":  {},
	"gateway/telemetry": {"fhir"},
	"cmd/*":             {everything},
}

// livesIn says in which rooms alone an outside module may be imported.
var livesIn = map[string][]string{
	"github.com/gin-gonic/gin":   {"gateway/rest", "gateway/web"},
	"github.com/jackc/pgx":       {"gateway/postgres"},
	"github.com/redis/go-redis":  {"gateway/redis"},
	"github.com/coreos/go-oidc":  {"gateway/auth"},
	"modernc.org/sqlite":         {"gateway/sqlite"},
	"zombiezen.com/go/sqlite":    {"gateway/sqlite"},
	"github.com/mattn/go-sqlite": {},
	"github.com/stretchr":        {},
}

// topLevel is all that may stand at the top, besides names that begin with a dot.
var topLevel = []string{
	"cmd", "fhir", "gateway", "consent", "mappings", "conformance",
	"go.mod", "go.sum", "Dockerfile", "README.md", "Makefile", "compose.yaml",
}

const root = ".."

// source is one file of code that is not a test.
type source struct {
	path    string // from the root
	room    string
	imports []string
	doc     string // of the package
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		s := source{path: filepath.ToSlash(relative), room: filepath.ToSlash(filepath.Dir(relative)), doc: file.Doc.Text()}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d files of code were found", len(all))
	}
	return all
}

// rules finds what binds a room: its own row, else that of the rooms around it.
func rules(room string) ([]string, bool) {
	if allowed, ok := mayImport[room]; ok {
		return allowed, true
	}
	for pattern, allowed := range mayImport {
		if matches(pattern, room) {
			return allowed, true
		}
	}
	return nil, false
}

func matches(pattern, name string) bool {
	if pattern == everything || pattern == name {
		return true
	}
	above, ok := strings.CutSuffix(pattern, "/*")
	return ok && strings.HasPrefix(name, above+"/")
}

func anyMatches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		allowed, ok := rules(s.room)
		if !ok {
			t.Errorf("%s: %s is not a room of the house", s.path, s.room)
			continue
		}
		for _, name := range s.imports {
			ours, ok := strings.CutPrefix(name, module+"/")
			if ok && !anyMatches(allowed, ours) {
				t.Errorf("%s may not import %s", s.path, ours)
			}
		}
	}
}

func TestOutsideModulesStayInTheirRooms(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, name := range s.imports {
			for prefix, rooms := range livesIn {
				if strings.HasPrefix(name, prefix) && !slices.Contains(rooms, s.room) {
					t.Errorf("%s may not import %s", s.path, name)
				}
			}
		}
	}
}

func TestOnlyCommandsReadTheClock(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if strings.HasPrefix(s.room, "cmd/") || !slices.Contains(s.imports, "time") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(s.path)))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "time.Now()") {
			t.Errorf("%s reads the clock: take the time from a Now field", s.path)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for _, s := range sources(t) {
		said[s.room] += s.doc
	}
	for room, doc := range said {
		if !strings.HasPrefix(doc, "Package ") && !strings.HasPrefix(doc, "Command ") {
			t.Errorf("package %s has no comment that begins with Package or Command", room)
		}
	}
}

func TestTopLevelIsFixed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s does not belong at the top", e.Name())
		}
	}
}

func TestModulesAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "replace") {
			t.Errorf("go.mod: %s", line)
		}
	}
}
