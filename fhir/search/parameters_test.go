package search_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/fhir/search"
)

// shared opens a file of the material that stands beside the repository, and skips the test when it is not there.
func shared(t testing.TB, path ...string) string {
	t.Helper()
	root := os.Getenv("CONCORD_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	name := filepath.Join(append([]string{root}, path...)...)
	if _, err := os.Stat(name); err != nil {
		t.Skip("the shared material is not beside the repository: set CONCORD_SHARED to its folder")
	}
	return name
}

func TestEveryTypeHasTheCommonParametersInOrder(t *testing.T) {
	t.Parallel()
	for _, typ := range fhir.Types() {
		of := search.Parameters(typ)
		codes := make([]string, len(of))
		for i, p := range of {
			codes[i] = p.Code
			for _, target := range p.Targets {
				if !fhir.KnownType(target) {
					t.Errorf("%s.%s: unknown target %s", typ, p.Code, target)
				}
			}
		}
		if !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
			t.Errorf("%s: the codes are not sorted or repeat: %v", typ, codes)
		}
		if !slices.Contains(codes, "_id") || !slices.Contains(codes, "_lastUpdated") {
			t.Errorf("%s lacks _id or _lastUpdated: %v", typ, codes)
		}
	}
	if got := search.Parameters("Nonsense"); got != nil {
		t.Errorf("parameters of an unknown type: %v", got)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	p, ok := search.Lookup("CarePlan", "patient")
	if !ok {
		t.Fatal("CarePlan.patient is not offered")
	}
	got := []any{p.Kind.String(), p.URL, p.Targets}
	want := []any{"reference", "http://hl7.org/fhir/SearchParameter/clinical-patient", []fhir.Type{"Patient"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, code := range []string{"_security", "_tag", "_source", "_text", "_content", "_filter", "_list", "near", "", "Patient"} {
		if _, ok := search.Lookup("CarePlan", code); ok {
			t.Errorf("%q is offered", code)
		}
	}
	if _, ok := search.Lookup("Nonsense", "_id"); ok {
		t.Error("an unknown type has parameters")
	}
}

// The table against the standard's list: all its parameters but the special ones, no other, with their canonicals
// and the number of parts.
func TestTheTableIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	file, err := os.Open(shared(t, "fhir-r4", "search-parameters", "all.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want, counts := map[string]string{}, map[string]int{}
	for _, row := range rows[1:] {
		base, code, kind, url := row[0], row[1], row[2], row[8]
		if kind == "special" || base == "Resource" || base == "DomainResource" || strings.Contains(url, "/example") {
			continue
		}
		for typ := range strings.SplitSeq(base, ",") {
			want[typ+"."+code] = fmt.Sprintf("%s %s %d", kind, url, strings.Count(row[7], "="))
			counts[kind]++
		}
	}
	count := map[string]int{
		"token": 669, "reference": 518, "string": 203, "date": 139, "number": 6, "quantity": 40, "uri": 55, "composite": 72,
	}
	if diff := cmp.Diff(count, counts); diff != "" {
		t.Fatalf("the list has other parameters than it had:\n%s", diff)
	}
	got := map[string]string{}
	for _, typ := range fhir.Types() {
		for _, p := range search.Parameters(typ) {
			if !strings.HasPrefix(p.Code, "_") {
				got[string(typ)+"."+p.Code] = fmt.Sprintf("%s %s %d", p.Kind, p.URL, len(p.Parts))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
