package definitions_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/tabular"
)

// sharedFolder is where the published samples are.
func sharedFolder() string {
	if base := os.Getenv("CONCORD_SHARED"); base != "" {
		return base
	}
	return filepath.Join("..", "..", "..", "shared")
}

// shared reads a published sample, or skips.
func shared(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sharedFolder(), filepath.FromSlash(path)))
	if err != nil {
		t.Skipf("needs the published samples: set CONCORD_SHARED (%s)", path)
	}
	return data
}

// synthea are the tables of a synthetic record, with the fields of each that come back by Kept alone.
var synthea = map[string][]string{
	"patients":    {"HEALTHCARE_EXPENSES", "HEALTHCARE_COVERAGE"},
	"careplans":   nil,
	"conditions":  nil,
	"encounters":  {"PAYER", "BASE_ENCOUNTER_COST", "TOTAL_CLAIM_COST", "PAYER_COVERAGE"},
	"medications": {"PAYER", "BASE_COST", "PAYER_COVERAGE", "TOTALCOST"},
	"allergies":   nil,
}

func TestTablesOfASyntheticRecordComeBackByteForByte(t *testing.T) {
	t.Parallel()
	for name := range synthea {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := shared(t, "samples/csv-local/"+name+".csv")
			d, err := definitions.Load("synthea-" + name)
			if err != nil {
				t.Fatal(told(err))
			}
			table, err := tabular.ReadCSV(data, tabular.Dialect{})
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range table.Records {
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				if err := d.Prove(r.Tree); err != nil {
					t.Fatal(i, told(err))
				}
				table.Records[i].Tree = thereAndBack(t, d, r.Tree, mappings.Result.Kept)
			}
			again, err := table.CSV()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(data, again) {
				t.Errorf("the table came back otherwise: %s", cmp.Diff(string(data), string(again)))
			}
		})
	}
}

// thereAndBack is the record that comes back from FHIR with what was kept of it.
func thereAndBack(t *testing.T, d *mappings.Definition, record *mappings.Tree, kept func(mappings.Result) mappings.Kept) *mappings.Tree {
	t.Helper()
	result, err := d.ToFHIR(record, mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(told(err))
	}
	again, _, err := d.FromFHIR(resources, kept(result))
	if err != nil {
		t.Fatal(told(err))
	}
	return again
}

func TestWhatTheReportCallsKeptIsAllThatIsMissingWithoutIt(t *testing.T) {
	t.Parallel()
	for name, want := range synthea {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, err := tabular.ReadCSV(shared(t, "samples/csv-local/"+name+".csv"), tabular.Dialect{})
			if err != nil {
				t.Fatal(err)
			}
			d, err := definitions.Load("synthea-" + name)
			if err != nil {
				t.Fatal(told(err))
			}
			nothing := func(mappings.Result) mappings.Kept { return mappings.Kept{} }
			for _, r := range table.Records {
				var missing, reported []string
				for _, diff := range mappings.Differences(r.Tree, thereAndBack(t, d, r.Tree, nothing)) {
					missing = append(missing, diff.Path)
				}
				result, err := d.ToFHIR(r.Tree, mappings.Context{})
				if err != nil {
					t.Fatal(told(err))
				}
				for _, f := range result.Report().Fields {
					if f.Back != "" {
						reported = append(reported, f.Path)
					}
				}
				sorted := cmp.Transformer("set", set)
				if diff := cmp.Diff(missing, reported, sorted); diff != "" {
					t.Fatalf("the report and the record differ: %s", diff)
				}
				if diff := cmp.Diff(want, missing, sorted); diff != "" {
					t.Fatalf("other fields are kept than those that are known: %s", diff)
				}
			}
		})
	}
}

func set(all []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range all {
		m[strings.TrimSpace(s)] = true
	}
	return m
}
