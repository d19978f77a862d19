package mappings_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/tabular"
)

// record reads one JSON record.
func record(t testing.TB, json string) *mappings.Tree {
	t.Helper()
	all, err := tabular.ReadJSON([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Tree
}

func TestToFHIRRefuses(t *testing.T) {
	t.Parallel()
	d := load(t, `
definition: strict
version: 1.0.0
format: json
source: https://example.org/ids
tables:
  sex:
    system: http://hl7.org/fhir/administrative-gender
    unmapped: refuse
    rows:
      - [M, male]
resources:
  - name: patient
    type: Patient
    key: nhs as nhs
    identifier: https://fhir.nhs.uk/Id/nhs-number
    rules:
      - {local: sex, fhir: gender, as: code sex}
      - {local: born, fhir: birthDate, as: date dd/MM/yyyy, must: true}
`)
	for _, tt := range []struct {
		name, json string
		kind       fhir.Kind
		line, col  int
		told       string
	}{
		{"a record without its key", `{"born": "01/02/1950"}`, fhir.Required, 1, 1, "it is the key of patient and is missing"},
		{"an NHS number that fails its check", "{\"born\": \"01/02/1950\",\n  \"nhs\": \"9434765918\"}", fhir.Value, 2, 10, "check digit"},
		{"31 February", "{\"nhs\": \"9434765919\",\n  \"born\": \"31/02/1950\"}", fhir.Value, 2, 11, "day of the calendar in the form dd/MM/yyyy"},
		{"a field that must be there", `{"nhs": "9434765919"}`, fhir.Required, 1, 1, "it must be there"},
		{"a code that the table refuses", `{"nhs": "9434765919", "born": "01/02/1950", "sex": "Q"}`, fhir.CodeInvalid, 1, 52, "no row for this text: it has M"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := d.ToFHIR(record(t, tt.json), mappings.Context{})
			e, ok := errors.AsType[*fhir.Error](err)
			if !ok || len(result.Made) > 0 {
				t.Fatalf("it was taken: %v", err)
			}
			got := e.Issues[0]
			if got.Code != tt.kind || got.Line != tt.line || got.Col != tt.col || !strings.Contains(got.Diagnostics, tt.told) {
				t.Errorf("told %+v", got)
			}
			for _, value := range []string{"943476", "1950", "Q"} {
				if strings.Contains(err.Error(), value) {
					t.Errorf("the error quotes the record: %v", err)
				}
			}
		})
	}
}

const household = `
definition: household
version: 2.1.0
format: json
source: https://example.org/ids
keep: true
resources:
  - name: patient
    type: Patient
    key: id
    rules:
      - {local: born, fhir: birthDate, as: date dd/MM/yyyy}
      - {local: nhs, fhir: "identifier[system=https://fhir.nhs.uk/Id/nhs-number].value", as: nhs}
      - each: contacts[]
        fhir: contact[]
        rules:
          - {local: name, fhir: name.text}
          - {local: phone, fhir: "telecom[system=phone].value"}
`

const home = `{"id":"7","born":"03/04/1951","nhs":"943 476 5919","shoe":{"size":43},"contacts":[
	{"name":"Ada","phone":"1","dog":"Rex"},{"cat":"Tom"},{"name":"Bo","phone":"2","dog":"Fido"}]}`

func TestTheSameRecordAndContextGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	with := mappings.Context{Recorded: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), Message: "m-1"}
	var first []mappings.Made
	for range 3 {
		result, err := d.ToFHIR(record(t, home), with)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = result.Made
		}
		if diff := cmp.Diff(first, result.Made); diff != "" {
			t.Error(diff)
		}
	}
	if got := len(first); got != 2 || first[1].Ref.Type != "Provenance" {
		t.Fatalf("made %d resources", got)
	}
	provenance, err := fhir.DecodeJSON(first[1].JSON)
	if err != nil {
		t.Fatal(told(err))
	}
	if got := provenance.Root().At("policy").Text(); got != d.Canonical() || !strings.HasSuffix(got, "household|2.1.0") {
		t.Errorf("the policy is %q", got)
	}
	if got := provenance.Root().At("target", "reference").Text(); got != first[0].Ref.String() {
		t.Errorf("the target is %q", got)
	}
}

func TestIdsComeFromTheKeyAlone(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	a, err := d.ToFHIR(record(t, `{"id":"7","born":"03/04/1951"}`), mappings.Context{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.ToFHIR(record(t, home), mappings.Context{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Made[0].Ref != b.Made[0].Ref {
		t.Error("the same key made two resources")
	}
	mine := mappings.Context{ID: func(typ, system, key string) fhir.ID { return fhir.ID(typ + "-" + key) }}
	c, err := d.ToFHIR(record(t, home), mine)
	if err != nil {
		t.Fatal(err)
	}
	if c.Made[0].Ref.ID != "Patient-7" {
		t.Errorf("the id is %s", c.Made[0].Ref.ID)
	}
}

func TestWhatChangedInFHIRHolds(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	result, err := d.ToFHIR(record(t, home), mappings.Context{})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := mappings.ParseKept(result.Kept().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"nothing: the record as it was", "", "", `{"id":"7","born":"03/04/1951","nhs":"943 476 5919","shoe":{"size":43},"contacts":[{"name":"Ada","phone":"1","dog":"Rex"},{"cat":"Tom"},{"name":"Bo","phone":"2","dog":"Fido"}]}`},
		{"an NHS number: the kept spelling is of another", "9434765919", "9000000009", `{"id":"7","born":"03/04/1951","nhs":"9000000009","shoe":{"size":43},"contacts":[{"name":"Ada","phone":"1","dog":"Rex"},{"cat":"Tom"},{"name":"Bo","phone":"2","dog":"Fido"}]}`},
		{"a contact that went: its dog goes too, and no other gets it", `{"name":{"text":"Ada"},"telecom":[{"system":"phone","value":"1"}]},`, ``, `{"id":"7","born":"03/04/1951","nhs":"943 476 5919","shoe":{"size":43},"contacts":[{"name":"Bo","phone":"2","dog":"Fido"},{"cat":"Tom"}]}`},
		{"a contact that came in front", `"contact":[`, `"contact":[{"name":{"text":"Zoe"}},`, `{"id":"7","born":"03/04/1951","nhs":"943 476 5919","shoe":{"size":43},"contacts":[{"name":"Zoe"},{"cat":"Tom"},{"name":"Ada","phone":"1","dog":"Rex"},{"name":"Bo","phone":"2","dog":"Fido"}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			json := strings.Replace(string(result.Made[0].JSON), tt.old, tt.new, 1)
			r, err := fhir.DecodeJSON([]byte(json))
			if err != nil {
				t.Fatal(told(err))
			}
			again, _, err := d.FromFHIR([]*fhir.Resource{r}, kept)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(tabular.JSON(again))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReportOfTheWayBackNamesWhatHasNoHome(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	r, err := fhir.DecodeJSON([]byte(`{"resourceType":"Patient","id":"x","birthDate":"1951","gender":"male",
		"identifier":[{"system":"https://example.org/ids/patient","value":"7"}],
		"contact":[{"name":{"text":"Ada","family":"A"},"telecom":[{"system":"phone","value":"1","use":"home"},{"system":"email","value":"a@b"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	_, report, err := d.FromFHIR([]*fhir.Resource{r}, mappings.Kept{})
	if err != nil {
		t.Fatal(err)
	}
	none, not := "no rule takes it", "its rule does not take this value, or the record has no more room for it"
	want := []mappings.ElementLine{
		{"Patient.birthDate", not},
		{"Patient.gender", none},
		{"Patient.contact[0].name.family", none},
		{"Patient.contact[0].telecom[0].use", none},
		{"Patient.contact[0].telecom[1]", not},
	}
	if diff := cmp.Diff(want, report.Elements); diff != "" {
		t.Error(diff)
	}
}
