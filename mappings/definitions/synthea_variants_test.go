package definitions_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/tabular"
)

// columnsOfVersions are tables as other versions of the generator write them: with columns that the definition does not
// know, and without some that it does.
var columnsOfVersions = map[string][][]string{
	"patients": {
		{"Id", "BIRTHDATE", "DEATHDATE", "SSN", "DRIVERS", "PASSPORT", "PREFIX", "FIRST", "MIDDLE", "LAST", "SUFFIX", "MAIDEN", "MARITAL", "RACE", "ETHNICITY", "GENDER", "BIRTHPLACE", "ADDRESS", "CITY", "STATE", "COUNTY", "FIPS", "ZIP", "LAT", "LON", "HEALTHCARE_EXPENSES", "HEALTHCARE_COVERAGE", "INCOME"},
		{"Id", "BIRTHDATE", "DEATHDATE", "SSN", "FIRST", "LAST", "GENDER", "ADDRESS", "CITY", "STATE", "ZIP"},
	},
	"careplans":   {{"Id", "START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "REASONCODE", "REASONDESCRIPTION", "TEAM"}},
	"conditions":  {{"START", "STOP", "PATIENT", "ENCOUNTER", "SYSTEM", "CODE", "DESCRIPTION"}},
	"encounters":  {{"Id", "START", "STOP", "PATIENT", "PROVIDER", "ENCOUNTERCLASS", "CODE", "DESCRIPTION", "COST", "REASONCODE", "REASONDESCRIPTION"}},
	"medications": {{"START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "COST", "DISPENSES", "TOTALCOST", "REASONCODE", "REASONDESCRIPTION"}},
	"allergies":   {{"START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION"}},
}

// TestTablesOfOtherVersionsComeBackOrAreRefusedByRow makes tables with the columns in any order, of several versions
// and dialects, and with whatever people and machines write into their cells.
func TestTablesOfOtherVersionsComeBackOrAreRefusedByRow(t *testing.T) {
	t.Parallel()
	for name, versions := range columnsOfVersions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := definitions.Load("synthea-" + name)
			if err != nil {
				t.Fatal(told(err))
			}
			r := rand.New(rand.NewPCG(5, uint64(len(name))))
			taken, refused := 0, 0
			for round := range 12 {
				columns := slices.Clone(append(versions, d.Columns())[round%(len(versions)+1)])
				if round > 2 {
					r.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
				}
				data := tableOf(r, columns, 25, round)
				table, err := tabular.ReadCSV(data, tabular.Dialect{})
				if err != nil {
					t.Fatal(told(err))
				}
				want, err := table.CSV() // quotes that need not be there say nothing
				if err != nil {
					t.Fatal(told(err))
				}
				for i := range table.Records {
					rec := &table.Records[i]
					if rec.Err != nil {
						t.Fatal(told(rec.Err))
					}
					if _, err := d.ToFHIR(rec.Tree, mappings.Context{}); err != nil {
						refused++
						if e, ok := errors.AsType[*fhir.Error](err); !ok || e.Issues[0].Line == 0 {
							t.Fatal("a row is refused without its place:", told(err))
						}
						continue
					}
					taken++
					if err := d.Prove(rec.Tree); err != nil {
						t.Fatalf("%s\n%v", told(err), columns)
					}
					rec.Tree = thereAndBack(t, d, rec.Tree, mappings.Result.Kept)
				}
				again, err := table.CSV()
				if err != nil {
					t.Fatal(told(err))
				}
				if diff := cmp.Diff(string(want), string(again)); diff != "" {
					t.Fatal("the table came back otherwise:", diff)
				}
			}
			if taken < 3*refused || taken == 0 {
				t.Errorf("%d rows are taken, and %d refused", taken, refused)
			}
		})
	}
}

// tableOf is a table of so many rows; the round chooses its dialect.
func tableOf(r *rand.Rand, columns []string, rows, round int) []byte {
	var b bytes.Buffer
	if round%4 == 1 {
		b.WriteString("\xef\xbb\xbf")
	}
	w := csv.NewWriter(&b)
	w.UseCRLF = round%2 == 1
	all := [][]string{columns}
	for range rows {
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = cellOf(r, c)
		}
		all = append(all, row)
	}
	if err := w.WriteAll(all); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// cellOf is something that stands in a column.
func cellOf(r *rand.Rand, column string) string {
	one := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	id := func() string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), r.Uint32()) }
	day := func() string { return fmt.Sprintf("%d-%02d-%02d", 1901+r.IntN(125), 1+r.IntN(12), 1+r.IntN(28)) }
	moment := func() string {
		return day() + one("T00:00:00Z", "T23:59:59Z", "T11:25:06Z", "T11:25:06.123Z", "T11:25:06+01:00")
	}
	switch {
	case column == "Id" || column == "PATIENT":
		return id()
	case slices.Contains([]string{"ENCOUNTER", "PROVIDER", "ORGANIZATION", "PAYER"}, column):
		return one(id(), id(), "")
	case column == "BIRTHDATE":
		return day()
	case column == "DEATHDATE":
		return one("", "", day(), moment())
	case column == "START":
		return one(day(), moment())
	case column == "STOP":
		return one("", day(), moment())
	case column == "ZIP":
		return one("", "02155", "2155", "02155-1234", "SW1A 1AA", " 00000")
	case column == "GENDER":
		return one("M", "F", "", "X", "male")
	case column == "MARITAL":
		return one("M", "S", "D", "W", "", "P", "Civil partnership")
	case column == "ENCOUNTERCLASS":
		return one("ambulatory", "emergency", "inpatient", "wellness", "urgentcare", "outpatient", "hospice", "home", "snf", "virtual")
	case column == "SYSTEM":
		return one("SNOMED-CT", "RxNorm", "Unknown", "", "http://snomed.info/sct")
	case column == "CATEGORY":
		return one("food", "medication", "environment", "biologic", "other", "")
	case column == "TYPE":
		return one("allergy", "intolerance", "", "unknown")
	case strings.HasPrefix(column, "SEVERITY"):
		return one("MILD", "MODERATE", "SEVERE", "", "severe")
	case column == "DISPENSES":
		return one("", "0", "1", "12", "1.0", "-1")
	case column == "LAT" || column == "LON":
		return one("", "42.36877442769006", "-71.15", "-0.0", "1e-7", "n/a")
	case strings.Contains(column, "CODE") && column != "ZIP" || strings.HasPrefix(column, "REACTION"):
		return one("195662009", "", "84229001", "Z99 1", "10509002.0")
	case strings.Contains(column, "COST") || strings.Contains(column, "COVERAGE") || strings.Contains(column, "EXPENSES") || column == "INCOME":
		return one("", "0.00", "77.49", "1234567.8900", "NaN")
	default:
		return one("", "Maynard46", "Ó Súilleabháin", "佐藤", "O'Neil, \"Bud\"", "two\nlines", " spaced ", "12 Mill Lane; Flat 3", "-", "\u202bשלום", "Diabetes self management plan")
	}
}
