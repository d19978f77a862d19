package mappings_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/fhir"
	"concord/mappings"
)

func reportOf(t testing.TB, d *mappings.Definition, text string) *mappings.Report {
	t.Helper()
	result, err := d.ToFHIR(record(t, text), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	return result.Report()
}

func TestTotalsOfTwoRecords(t *testing.T) {
	t.Parallel()
	d := load(t, everyCodec)
	totals := &mappings.Totals{}
	totals.Add(reportOf(t, d, `{"id":"1","sex":"X","born":"31/02/1950","plans":[{"code":"p","kind":"swim"}]}`), "a.json")
	totals.Add(reportOf(t, d, `{"id":"2","sex":"X","born":"01/02/1950","plans":[{"code":"p","kind":"run"},{"code":"q","kind":"swim"}]}`), "b.json")
	totals.AddRefused(d)
	const want = `every-codec 1.0.0: 3 records, 1 refused; fields: 9 mapped, 3 kept, 0 lost
  born          1 mapped, 1 kept  Patient.birthDate; this is not a day of the calendar in the form dd/MM/yyyy (a.json, line 1, column 28)
  id            2 mapped          Patient.identifier.where(system = 'https://example.org/ids/patient').value
  plans[].code  3 mapped          CarePlan.identifier.where(system = 'https://example.org/ids/plan').value
  plans[].kind  3 mapped          CarePlan.category[0]
  sex           2 kept            Patient.gender; the table sex has no row for this text (a.json, line 1, column 17)
texts that a table has no code for:
  2 x kind: "swim"
  2 x sex: "X"
  1 x kind: "run"
`
	if diff := cmp.Diff(want, totals.Text()); diff != "" {
		t.Error(diff)
	}
	page, err := totals.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<h2>every-codec 1.0.0</h2>", "<td>plans[].kind</td><td>CarePlan.category[0]</td>", "<td>swim</td>"} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the page has no %s", part)
		}
	}
	var again mappings.Totals
	if err := json.Unmarshal(totals.JSON(), &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(totals, &again); diff != "" {
		t.Error(diff)
	}
}

func TestTheReportPageQuotesWhatCameFromARecord(t *testing.T) {
	t.Parallel()
	d := load(t, everyCodec)
	page, err := reportOf(t, d, `{"id":"1","sex":"<script>alert(1)</script>","<b>":"x"}`).Totals("<i>").HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script>", "<b>", "<i>"} {
		if strings.Contains(string(page), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}

func TestMergingTotalsIsAddingTheirReports(t *testing.T) {
	t.Parallel()
	d := load(t, everyCodec)
	rapid.Check(t, func(t *rapid.T) {
		var whole, left, right mappings.Totals
		for i, seed := range rapid.SliceOfN(rapid.Uint64Range(0, 500), 1, 5).Draw(t, "seeds") {
			result, err := d.ToFHIR(d.Generate(seed), mappings.Context{})
			if err != nil {
				t.Fatal(err)
			}
			whole.Add(result.Report(), "")
			half := &left
			if i%2 == 1 {
				half = &right
			}
			half.Add(result.Report(), "")
		}
		left.Merge(&right)
		ignore := cmp.FilterPath(func(p cmp.Path) bool {
			s := p.String()
			return strings.HasSuffix(s, "Why") || strings.HasSuffix(s, "Where")
		}, cmp.Ignore())
		if diff := cmp.Diff(whole, left, ignore); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDiffNamesRulesAndRows(t *testing.T) {
	t.Parallel()
	old := load(t, sound)
	changed := load(t, strings.NewReplacer("[F, female]", "[W, female]", "dd/MM/yyyy", "MM/dd/yyyy", "1.0.0", "1.1.0").Replace(sound))
	want := []mappings.Change{
		{"Patient.birthDate from Born", "date dd/MM/yyyy  ", "date MM/dd/yyyy  "},
		{"table sex row F", "http://hl7.org/fhir/administrative-gender female ", ""},
		{"table sex row W", "", "http://hl7.org/fhir/administrative-gender female "},
	}
	if diff := cmp.Diff(want, changed.Diff(old)); diff != "" {
		t.Error(diff)
	}
	if diff := old.Diff(old); len(diff) > 0 {
		t.Errorf("a definition differs from itself: %v", diff)
	}
}

func TestRecordsSortsWhatManyRecordsMade(t *testing.T) {
	t.Parallel()
	d := load(t, everyCodec)
	var all []*fhir.Resource
	var want []*mappings.Tree
	var kept []mappings.Kept
	for seed := range uint64(5) {
		tree := d.Generate(seed)
		result, err := d.ToFHIR(tree, mappings.Context{})
		if err != nil {
			t.Fatal(err)
		}
		made, err := result.Resources()
		if err != nil {
			t.Fatal(err)
		}
		all, want, kept = append(all, made...), append(want, tree), append(kept, result.Kept())
	}
	records := d.Records(all)
	if len(records) != len(want) {
		t.Fatalf("%d records", len(records))
	}
	for i, r := range records {
		again, _, err := d.FromFHIR(r, kept[i])
		if err != nil {
			t.Fatal(err)
		}
		if diff := mappings.Differences(want[i], again); len(diff) > 0 {
			t.Error(diff)
		}
	}
}

func TestFieldsStandInTheOrderInWhichPeopleCount(t *testing.T) {
	t.Parallel()
	d, err := mappings.Load([]byte("definition: d\nversion: 1.0.0\nformat: csv\nsource: https://x.example\nkeep: true\nresources:\n  - {name: patient, type: Patient, key: a1, rules: [{local: a1, fhir: birthDate}]}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	record := mappings.NewBuilder(mappings.CSV, 7)
	for _, column := range []string{"a1", "a11", "b", "a2", "a2b", "A", "a02"} {
		record.Add(mappings.Entry{Name: column, Text: "1980", Kind: mappings.Text})
	}
	result, err := d.ToFHIR(record.Tree(), mappings.Context{})
	if err != nil {
		t.Fatal(err)
	}
	var totals mappings.Totals
	totals.Add(result.Report(), "")
	var got []string
	for _, f := range totals.Definitions[0].Fields {
		got = append(got, f.Path)
	}
	if diff := cmp.Diff([]string{"A", "a1", "a2", "a2b", "a02", "a11", "b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
