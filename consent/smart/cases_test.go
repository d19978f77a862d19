package smart_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/search"
)

// scopeCase is one case of the shared files of consent cases.
type scopeCase struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Agrees  bool   `json:"agrees_with_recommended"`
	Request struct {
		Scopes     string   `json:"scope_string"`
		Underlying []string `json:"underlying_policy_types"`
	} `json:"request"`
	Expected struct {
		Decision string    `json:"decision"`
		Grants   []granted `json:"grants"`
		Types    []string  `json:"effective_types"`
		Allow    []string  `json:"allow"`
		Forbid   []string  `json:"forbid"`
	} `json:"expected"`
}

type granted struct {
	Context     string            `json:"context"`
	Type        string            `json:"type"`
	Permissions string            `json:"permissions"`
	Params      map[string]string `json:"params"`
}

// The cases that others fixed. Those that their own file marks as decided otherwise here are not run.
func TestScopeCases(t *testing.T) {
	t.Parallel()
	root := os.Getenv("CONCORD_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	data, err := os.ReadFile(filepath.Join(root, "consent-cases", "smart-scopes.json"))
	if err != nil {
		t.Skip("the shared cases are not beside the repository: set CONCORD_SHARED to their folder")
	}
	var file struct {
		Cases []scopeCase `json:"cases"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, c := range file.Cases {
		if !c.Agrees {
			continue
		}
		run++
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
	if run != 46 || len(file.Cases) != 53 {
		t.Errorf("%d of %d cases are run, want 46 of 53", run, len(file.Cases))
	}
}

func (c scopeCase) check(t *testing.T) {
	scopes, err := smart.Parse(c.Request.Scopes)
	if refused := err != nil; refused != (c.Expected.Decision == "reject") {
		t.Fatalf("%q: %v, want %s", c.Request.Scopes, err, c.Expected.Decision)
	}
	if c.Expected.Grants != nil {
		if diff := cmp.Diff(c.Expected.Grants, grants(scopes)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	if c.Kind == "scope-policy-intersection" {
		if diff := cmp.Diff(c.Expected.Types, effective(scopes, c.Request.Underlying)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	for _, request := range c.Expected.Allow {
		if typ, letter := shape(request); !scopes.Allows(typ, letter) {
			t.Errorf("%s is not allowed", request)
		}
	}
	for _, request := range c.Expected.Forbid {
		if typ, letter := shape(request); scopes.Allows(typ, letter) {
			t.Errorf("%s is allowed", request)
		}
	}
}

// grants are the grants with their constraints as the scope writes them.
func grants(scopes smart.Scopes) []granted {
	got := []granted{}
	for _, g := range scopes.Grants() {
		one := granted{Context: string(g.Context), Type: string(g.Type), Permissions: string(g.Letters)}
		if _, constraints, ok := strings.Cut(g.Raw, "?"); ok && len(g.Where) > 0 {
			one.Params = map[string]string{}
			for pair := range strings.SplitSeq(constraints, "&") {
				name, value, _ := strings.Cut(pair, "=")
				if slices.ContainsFunc(g.Where, func(c search.Clause) bool { return c.Param == name }) {
					one.Params[name] = value
				}
			}
		}
		got = append(got, one)
	}
	return got
}

// effective are the types that both the scopes and the underlying policy open.
func effective(scopes smart.Scopes, underlying []string) []string {
	var got []string
	for _, typ := range fhir.Types() {
		open := slices.Contains(underlying, "*") || slices.Contains(underlying, string(typ))
		if open && slices.ContainsFunc([]byte("cruds"), func(l byte) bool { return scopes.Allows(typ, smart.Letter(l)) }) {
			got = append(got, string(typ))
		}
	}
	return got
}

// shape is the type and letter of a request such as "GET Patient/1/_history".
func shape(request string) (fhir.Type, smart.Letter) {
	method, target, _ := strings.Cut(request, " ")
	target, _, query := strings.Cut(target, "?")
	parts := strings.Split(target, "/")
	switch {
	case method == "POST":
		return fhir.Type(parts[0]), smart.Create
	case query, len(parts) > 1 && parts[1] == "_history":
		return fhir.Type(parts[0]), smart.Search
	default:
		return fhir.Type(parts[0]), smart.Read
	}
}
