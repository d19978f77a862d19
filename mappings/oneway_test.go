package mappings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/tabular"
)

const ways = `
definition: ways
version: 1.0.0
format: json
source: https://example.org/ids
tables:
  sex:
    system: http://hl7.org/fhir/administrative-gender
    unmapped: omit
    rows:
      - [M, male]
      - {text: m, code: male, oneway: in}
resources:
  - name: patient
    type: Patient
    key: id
    rules:
      - {local: kind, value: person}
      - {local: sex, fhir: gender, as: code sex}
      - {local: active, fhir: active, as: boolean yes no, default: "yes"}
      - {local: nick, fhir: "name[0].text", oneway: in}
      - {local: shown, fhir: "name[0].text", oneway: out}
      - {local: alive, fhir: deceasedBoolean, when: alive = no, as: boolean no yes}
      - {local: home, fhir: "telecom[0].value", when: type = home}
      - {fhir: "telecom[0].use", value: home, when: type = home}
`

func TestTheReportSaysWhatDoesNotComeBack(t *testing.T) {
	t.Parallel()
	d := load(t, ways)
	result, err := d.ToFHIR(record(t, `{"id":"1","kind":"person","sex":"m","active":"yes","nick":"Al","type":"home","home":"5","extra":[],"other":"x"}`), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	want := `{"resourceType":"Patient","id":"x","identifier":[{"system":"https://example.org/ids/patient","value":"1"}],"gender":"male","active":true,` +
		`"name":[{"text":"Al"}],"telecom":[{"value":"5","use":"home"}]}`
	if got := strings.Replace(string(result.Made[0].JSON), string(result.Made[0].Ref.ID), "x", 1); got != want {
		t.Error(cmp.Diff(want, got))
	}
	got := map[string]string{}
	for _, f := range result.Report().Fields {
		got[f.Path] = string(f.Outcome) + " " + string(f.Back) + " " + f.Why
	}
	wantLines := map[string]string{
		"id":     "mapped  ",
		"kind":   "mapped  ",
		"sex":    "mapped lost it comes back in another spelling",
		"active": "mapped lost it comes back in another spelling",
		"nick":   "mapped lost its rule goes to FHIR only",
		"type":   "mapped  ",
		"home":   "mapped  ",
		"extra":  "lost lost it says that there is nothing, which has no place in FHIR",
		"other":  "lost lost no rule takes it",
	}
	if diff := cmp.Diff(wantLines, got); diff != "" {
		t.Error(diff)
	}
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(told(err))
	}
	again, _, err := d.FromFHIR(resources, mappings.Kept{})
	if err != nil {
		t.Fatal(err)
	}
	const back = `{"sex":"M","shown":"Al","home":"5","id":"1","kind":"person","type":"home"}`
	if diff := cmp.Diff(back, string(tabular.JSON(again))); diff != "" {
		t.Error(diff)
	}
}

func TestRulesThatASampleNeverUsed(t *testing.T) {
	t.Parallel()
	d := load(t, ways)
	result, err := d.ToFHIR(record(t, `{"id":"1","kind":"person","sex":"m","active":"yes","nick":"Al"}`), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	used := map[string]bool{}
	for _, f := range result.Report().Fields {
		used[f.Element] = true
	}
	var unused []string
	for _, r := range d.Rules() {
		if !used[r.Element] {
			unused = append(unused, r.Element)
		}
	}
	want := []string{"Patient.deceased", "Patient.telecom[0].value"}
	if diff := cmp.Diff(want, unused); diff != "" {
		t.Error(diff)
	}
}

// TestLongListsTakeTimeInProportion maps a record of 60,000 fields of one name, once with a rule and once without.
func TestLongListsTakeTimeInProportion(t *testing.T) {
	t.Parallel()
	for kind, d := range map[string]*mappings.Definition{
		"kept":           load(t, household),
		"lost":           load(t, strings.Replace(household, "keep: true", "keep: false", 1)),
		"kept and added": load(t, household+"      - {local: nick, fhir: \"name[0].text\", oneway: in}\n      - {local: shown, fhir: \"name[0].text\", oneway: out}\n"),
	} {
		for _, name := range []string{
			`"contacts":[` + strings.TrimSuffix(strings.Repeat(`{"name":"a"},`, 30_000), ",") + `]`,
			`"other":[` + strings.TrimSuffix(strings.Repeat(`"a",`, 20_000), ",") + `]`,
		} {
			tree := record(t, `{"id":"1",`+name+`}`)
			start := time.Now()
			result, err := d.ToFHIR(tree, mappings.Context{})
			if err != nil {
				t.Fatal(err)
			}
			kept := result.Kept()
			result.Report().Totals("")
			r, err := fhir.Stored(result.Made[0].JSON)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := d.FromFHIR([]*fhir.Resource{r}, kept); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%.20s, %s, took %s", name, kind, took)
			}
		}
	}
}

func TestARecordOfTooManyFieldsIsRefused(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	tree := record(t, `{"id":"1","other":[`+strings.TrimSuffix(strings.Repeat(`0,`, 100_001), ",")+`]}`)
	result, err := d.ToFHIR(tree, mappings.Context{})
	if err == nil || !strings.Contains(err.Error(), "divide it") {
		t.Error(err)
	}
	if got := result.Kept().Bytes(); got != nil {
		t.Errorf("kept %d bytes", len(got))
	}
	result.Report()
}
