package mappings_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/hl7v2"
	"concord/mappings/tabular"
)

// stored is what was kept of a record, by way of the bytes that are stored.
func stored(t interface {
	Helper()
	Fatal(...any)
}, result mappings.Result,
) mappings.Kept {
	t.Helper()
	data := result.Kept().Bytes()
	if data != nil && !json.Valid(data) {
		t.Fatal("what is kept is no JSON")
	}
	var spaced bytes.Buffer
	json.HTMLEscape(&spaced, data) // as what writes JSON around it may
	kept, err := mappings.ParseKept(spaced.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// again is a JSON record that went to FHIR, was changed there, and came back.
func again(t testing.TB, d *mappings.Definition, result mappings.Result, change *strings.Replacer) string {
	t.Helper()
	var resources []*fhir.Resource
	for _, m := range result.Made {
		r, err := fhir.DecodeJSON([]byte(change.Replace(string(m.JSON))))
		if err != nil {
			t.Fatal(told(err))
		}
		resources = append(resources, r)
	}
	back, _, err := d.FromFHIR(resources, stored(t, result))
	if err != nil {
		t.Fatal(told(err))
	}
	return string(tabular.JSON(back))
}

func TestAJSONRecordComesBackByteForByte(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	for _, json := range []string{
		`{"id":"7"}`,
		`{"zip":1,"id":"7","a":{"z":null,"b":true,"a":[]},"born":"03/04/1951"}`,
		`{"contacts":[{"phone":"1","name":"Ada"},{"dog":"Rex","phone":"2","cat":{}},{"x":[[],[[1]]],"name":"Bo"}],"born":"1951","id":"7","":{"|":"` + "`" + `x"}}`,
	} {
		result, err := d.ToFHIR(record(t, json), mappings.Context{})
		if err != nil {
			t.Fatal(told(err))
		}
		if diff := cmp.Diff(json, again(t, d, result, strings.NewReplacer())); diff != "" {
			t.Error(diff)
		}
	}
}

func TestMembersThatAreNewInFHIRComeBehindTheOthers(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	result, err := d.ToFHIR(record(t, `{"zip":1,"id":"7","other":[]}`), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	got := again(t, d, result, strings.NewReplacer(`{"resourceType":"Patient",`, `{"resourceType":"Patient","birthDate":"1951-04-03",`))
	if want := `{"zip":1,"id":"7","other":[],"born":"03/04/1951"}`; got != want {
		t.Error(cmp.Diff(want, got))
	}
}

// TestWhatWasKeptBeforeIsRestored holds a note of the form that was stored until version 1 of what is stored now.
func TestWhatWasKeptBeforeIsRestored(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	kept, err := mappings.ParseKept([]byte(`{"fields":[{"path":"nhs","text":"943 476 5919","kind":1,"instead":"9434765919"},{"path":"shoe.size","text":"43","kind":2},` +
		`{"path":"contacts[0].dog","text":"Rex","kind":1,"anchors":[{"repeat":"contacts[0]","path":"name","text":"Ada"}]},{"path":"contacts[1].cat","text":"Tom","kind":1},` +
		`{"path":"contacts[2].dog","text":"Fido","kind":1,"anchors":[{"repeat":"contacts[2]","path":"name","text":"Bo"}]}],"order":{"contacts[0]":["dog","name","phone"]}}`))
	if err != nil {
		t.Fatal(told(err))
	}
	result, err := d.ToFHIR(record(t, home), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(told(err))
	}
	back, _, err := d.FromFHIR(resources, kept)
	if err != nil {
		t.Fatal(told(err))
	}
	if diff := mappings.Differences(record(t, home), back); len(diff) > 0 {
		t.Error(diff)
	}
	if got := string(tabular.JSON(back)); !strings.Contains(got, `{"dog":"Rex","name":"Ada","phone":"1"}`) {
		t.Errorf("the order of members was not restored: %s", got)
	}
}

func TestWhatADefinitionLearnedSinceIsRestoredAsItWas(t *testing.T) {
	t.Parallel()
	old := load(t, household)
	result, err := old.ToFHIR(record(t, `{"id":"7","born":"03/04/1951","sex":"male","nhs":"943 476 5919"}`), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	for name, d := range map[string]*mappings.Definition{
		"a rule for a field that was only kept": load(t, household+"      - {local: sex, fhir: \"name[0].text\"}\n"),
		"a rule that refuses the record":        load(t, household+"      - {local: must, fhir: \"name[0].text\", must: true}\n"),
		"no rule any more":                      load(t, strings.Replace(household, "      - {local: nhs, ", "      - {local: other, ", 1)),
	} {
		for _, change := range []struct{ old, new, want string }{
			{"", "", `{"id":"7","born":"03/04/1951","sex":"male"`},
			{`"birthDate":"1951-04-03"`, `"birthDate":"1952-04-03"`, `{"id":"7","born":"03/04/1952","sex":"male"`},
		} {
			if got := again(t, d, result, strings.NewReplacer(change.old, change.new)); !strings.HasPrefix(got, change.want) {
				t.Errorf("%s: it came back as %s", name, got)
			}
		}
	}
}

func TestWhatHasNoIdentifierComesBackByItsID(t *testing.T) {
	t.Parallel()
	d := load(t, `
definition: forms
version: 1.0.0
format: json
source: https://example.org/ids
keep: true
resources:
  - name: form
    type: QuestionnaireResponse
    key: form
    rules:
      - {fhir: status, value: completed}
      - {local: at, fhir: authored, as: date dd/MM/yyyy}
`)
	const json = `{"form":"A","at":"03/04/1951","by":"Bo"}`
	ids := mappings.Context{ID: func(_, _, key string) fhir.ID { return fhir.ID("secret-" + key) }}
	result, err := d.ToFHIR(record(t, json), ids)
	if err != nil {
		t.Fatal(told(err))
	}
	if diff := cmp.Diff(json, again(t, d, result, strings.NewReplacer())); diff != "" {
		t.Error(diff)
	}
}

// calls has repeats of which nothing comes back, and of which another field comes back than went.
const calls = `
definition: calls
version: 1.0.0
format: hl7v2
source: https://example.org/ids
keep: true
resources:
  - name: patient
    type: Patient
    key: "PID-3[0].1"
    rules:
      - each: "PID-13[]"
        fhir: telecom[]
        rules:
          - {local: 1, fhir: value}
      - {local: "PID-6[0].2", fhir: "name[0].text", when: "PID-6[0].2"}
      - {local: PID-9, fhir: "name[0].text", oneway: in, when: "not PID-6[0].2"}
      - each: NK1[]
        fhir: contact[]
        rules:
          - {local: "2.2", fhir: name.text, when: "2.2"}
          - {local: 3, fhir: name.text, oneway: in, when: "not 2.2"}
`

func TestRepeatsOfWhichNothingComesBackStandWhereTheyStood(t *testing.T) {
	t.Parallel()
	d := load(t, calls)
	for _, tt := range []struct{ name, segments string }{
		{"nulls between repeats that come back", "PID|||7||||||||||\"\"~1^PRN~\"\"~\"\"~2^WPN~\"\""},
		{"a null before a repeat that is a text alone", "PID|||7||||||||||\"\"~1"},
		{"a null in which another field comes back", "PID|||7|||\"\"|||Bo"},
		{"the same, and repeats behind it", "PID|||7|||\"\"~x^y~\"\"|||Bo"},
		{"a segment in which another field comes back than went", "PID|||7\rNK1||a^Ada\rNK1||\"\"|Bo\rNK1||c^Cy"},
		{"segments in which nothing comes back around it", "PID|||7\rNK1|1\rNK1|2|\"\"|Bo\rNK1|3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := "MSH|^~\\&|||||||ADT\r" + tt.segments + "\r"
			tree := parse(t, []byte(want)).Tree()
			if err := d.Prove(tree); err != nil {
				t.Error(told(err))
			}
			result, err := d.ToFHIR(tree, mappings.Context{})
			if err != nil {
				t.Fatal(told(err))
			}
			resources, err := result.Resources()
			if err != nil {
				t.Fatal(told(err))
			}
			back, _, err := d.FromFHIR(resources, stored(t, result))
			if err != nil {
				t.Fatal(told(err))
			}
			printed, err := hl7v2.FromTree(back)
			if err != nil {
				t.Fatal(told(err))
			}
			if diff := cmp.Diff(want, string(printed.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
}
