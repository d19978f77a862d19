package tabular_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/tabular"
)

func TestCheckNamesColumns(t *testing.T) {
	t.Parallel()
	d, err := mappings.Load([]byte(`
definition: people
version: 1.0.0
format: csv
source: https://example.org/ids
keep: true
columns: [NHS number, Family, Given, Phone, Shoe size]
resources:
  - name: patient
    type: Patient
    key: NHS number
    rules:
      - {local: Family, fhir: "name[0].family", must: true}
      - {local: Given, fhir: "name[0].given[0]"}
      - {each: "Phone[]", fhir: "telecom[]", rules: [{local: ., fhir: value}]}
`), nil)
	check(t, err)
	for _, tt := range []struct {
		name, head string
		refused    bool
		want       []string
	}{
		{"all of them, in another order", "Shoe size,Given,Family,Phone,NHS number", false, nil},
		{"a column that repeats in the definition", "NHS number,Family,Given,Phone,Phone,Shoe size", false, nil},
		{"columns that may be missing", "NHS number,Family", false, []string{
			`1:1 there are no columns "Given", "Phone", "Shoe size"`,
		}},
		{"a column too many, and one misspelt", "NHS number,Family,Givn,Phone,Shoe size,Pet", false, []string{
			`1:1 there is no column "Given": "Givn" is probably it; write it the same in both`,
			`1:1 no rule takes the columns "Givn" (column 3), "Pet" (column 6)`,
		}},
		{"a needed column under another spelling", "NHS no,Family,Given,Phone,Shoe size", true, []string{
			`1:1 there is no column "NHS number": "NHS no" is probably it; write it the same in both`, `1:1 no rule takes the columns "NHS no" (column 1)`,
		}},
		{"needed columns missing", "Given,Phone,Shoe size", true, []string{`1:1 there is no column "NHS number"`, `1:1 there is no column "Family"`}},
		{"a column twice", "NHS number,Family,Given,Family,Phone,Shoe size", true, []string{
			`1:4 the column "Family" stands 2 times: leave one, or name the others otherwise`,
		}},
		{"names that may be data", "NHS number,Family,Given,Phone,Shoe size,9990000018,", false, []string{
			"1:1 no rule takes the columns whose name is withheld, since it may be data (column 6), without a name (column 7)",
		}},
		{"a record in place of the names", "9990000018,Nowak,Maja,,38", true, []string{
			`1:1 the table has none of the columns of people, which needs "NHS number", "Family": is it another table, has it another delimiter, or is its first row not the names?`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table, err := tabular.ReadCSV([]byte(tt.head+"\n"), tabular.Dialect{})
			check(t, err)
			issues, err := table.Check(d)
			if told, ok := errors.AsType[*fhir.Error](err); ok {
				issues = told.Issues
			}
			if (err != nil) != tt.refused {
				t.Errorf("refused: %v", err)
			}
			var got []string
			for _, issue := range issues {
				place := strings.NewReplacer("line ", "", ", column ", ":", ": ", " ")
				where, _, _ := strings.Cut(issue.String(), ": ")
				got = append(got, place.Replace(where)+" "+issue.Diagnostics)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
