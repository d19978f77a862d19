package definitions_test

import (
	"strings"
	"testing"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/tabular"
)

// TestACharityGetsTheOutcomeBackInItsSpreadsheet follows one referral: in from a workbook, changed in FHIR by others,
// and back into a workbook with all that the charity had written.
func TestACharityGetsTheOutcomeBackInItsSpreadsheet(t *testing.T) {
	t.Parallel()
	d, err := definitions.Load("charity-referrals")
	if err != nil {
		t.Fatal(told(err))
	}
	sheet := tabular.For(d)
	sheet.Columns = append(sheet.Columns, "Bus pass")
	b := mappings.NewBuilder(mappings.XLSX, 8)
	for _, cell := range []struct{ name, text string }{
		{"Referral", "R-7"},
		{"NHS number", "943 476 5919"},
		{"Surname", "Begum"},
		{"Born", "20453"},
		{"Referred on", "45800"},
		{"Status", "Active"},
		{"Interests", "gardening;singing"},
		{"Bus pass", "yes"},
	} {
		kind := mappings.Text
		if sheet.Dates[cell.name] {
			kind = mappings.Number
		}
		b.Add(mappings.Entry{Name: cell.name, Text: cell.text, Kind: kind})
	}
	sheet.Records = []tabular.Record{{Tree: b.Tree()}}
	data, err := sheet.XLSX()
	if err != nil {
		t.Fatal(err)
	}

	came, err := tabular.ReadXLSX(data, "")
	if err != nil {
		t.Fatal(err)
	}
	result, err := d.ToFHIR(came.Records[0].Tree, mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	var changed []*fhir.Resource
	for _, m := range result.Made {
		json := string(m.JSON)
		if m.Name == "task" {
			json = strings.Replace(json, `"status":"in-progress"`, `"status":"completed"`, 1)
			json = strings.TrimSuffix(json, "}") + `,"output":[{"type":{"text":"Outcome"},"valueString":"Joined the choir"}]}`
		}
		r, err := fhir.DecodeJSON([]byte(json))
		if err != nil {
			t.Fatal(m.Name, told(err))
		}
		changed = append(changed, r)
	}
	back, report, err := d.FromFHIR(changed, result.Kept())
	if err != nil {
		t.Fatal(err)
	}
	came.Records[0].Tree = back
	out, err := came.XLSX()
	if err != nil {
		t.Fatal(err)
	}
	again, err := tabular.ReadXLSX(out, "")
	if err != nil {
		t.Fatal(err)
	}
	row := again.Records[0].Tree.Root()
	for name, want := range map[string]string{
		"Referral": "R-7", "NHS number": "943 476 5919", "Surname": "Begum", "Born": "20453", "Status": "Finished",
		"Outcome": "Joined the choir", "Interests": "gardening;singing", "Bus pass": "yes",
	} {
		if got := row.Get(name, 0).Text(); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	// The referral still says active, which the row cannot: its status follows the task's.
	if len(report.Elements) != 1 || report.Elements[0].Expression != "ServiceRequest.status" {
		t.Errorf("%+v", report.Elements)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range definitions.Names() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := definitions.Load(name); err != nil {
					b.Fatal(told(err))
				}
			}
		})
	}
}
