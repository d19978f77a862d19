package mappings_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/hl7v2"
)

// ward has every way in which definitions share rules and keys fall back.
const ward = `
definition: ward
version: 1.0.0
format: hl7v2
source: https://hospital.example.org/ids
zone: Europe/London
keep: true
for: [MSH-9.1 = ADT, MSH-9.2 = A01 | A08]
include: parts/common.yaml
resources:
  - name: patient
    type: Patient
    key: ["PID-3[0].1", "PID-3[0].4.1 else none"]
    rules:
      - {rules: person}
      - {local: ["PID-9[0].2", "PID-9[0].1"], fhir: "contact[0].name.text", oneway: in}
      - fhir: "photo[0]"
        rules:
          - {fhir: contentType, value: text/plain}
          - {local: "OBSERVATION[].OBX-5[]", fhir: data, as: base64, oneway: in}
  - name: problem
    type: Condition
    each: DG1[]
    key: ["/PID-3[0].1", 3.1 else 4 else none]
    rules:
      - {fhir: subject, ref: patient}
      - {local: 3, fhir: code, rules: cwe}
`

const common = `
tables:
  use:
    system: http://hl7.org/fhir/name-use
    unmapped: omit
    rows:
      - [L, official]
      - {text: R, code: official, oneway: in}
groups:
  person:
    - {each: "PID-5[]", fhir: "name[]", rules: name}
    - {each: "PID-3[]", fhir: "identifier[]", rules: number}
  name:
    - {local: 1, fhir: family}
    - {local: 7, fhir: use, as: code use}
  number:
    - {local: 1, fhir: value}
    - {local: 4.2, fhir: system, as: "prefix urn:oid:", when: 4.3 = ISO}
  cwe:
    - {local: 1, fhir: "coding[0].code"}
    - {local: 2, fhir: "coding[0].display"}
`

func loadWard(definition, common string) (*mappings.Definition, error) {
	return mappings.Load([]byte(definition), fstest.MapFS{"parts/common.yaml": {Data: []byte(common)}})
}

const wardMessage = "MSH|^~\\&|PAS|RXX01|||20250602081500||ADT^A01|MSG1|P|2.5.1\r" +
	"PID|||7^^^&2.16.1&ISO~8||Begum^^^^^^R~Khan^^^^^^L||||Little^Mina\r" +
	"OBX|1|TX|A||one line\rOBX|2|TX|A||another~and more\r" +
	"DG1|1||K63^Ulcer\rDG1|2||K63^Ulcer of the bowel\rDG1|3|||Pain\r"

func parse(t testing.TB, data []byte) *hl7v2.Message {
	t.Helper()
	m, err := hl7v2.Parse(data, hl7v2.Limits{})
	if err != nil {
		t.Fatal(told(err))
	}
	return m
}

func TestRulesThatAreSharedAndKeysThatFallBack(t *testing.T) {
	t.Parallel()
	d, err := loadWard(ward, common)
	if err != nil {
		t.Fatal(told(err))
	}
	m := parse(t, []byte(wardMessage))
	tree := m.Tree(hl7v2.GroupsOf(m)...)
	if err := d.Prove(tree); err != nil {
		t.Fatal(told(err))
	}
	result, err := d.ToFHIR(tree, mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	var made []string
	for _, m := range result.Made {
		n, err := fhir.Walk(m.JSON)
		if err != nil {
			t.Fatal(err)
		}
		for key := range n.All("identifier", "value") {
			made = append(made, m.Name+" "+key.Text())
			break
		}
	}
	want := []string{"patient 7|", "problem 7|K63", "problem 7|K63|2", `problem 7|\1Pain`}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Error(diff)
	}
	patient := string(result.Made[0].JSON)
	for _, part := range []string{
		`"system":"urn:oid:2.16.1"`, `"text":"Mina Little"`, `"data":"b25lIGxpbmUKYW5vdGhlcgphbmQgbW9yZQ=="`,
	} {
		if !strings.Contains(patient, part) {
			t.Errorf("the patient has no %s", part)
		}
	}
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(told(err))
	}
	slices.Reverse(resources)
	again, _, err := d.FromFHIR(resources, mappings.Kept{})
	if err != nil {
		t.Fatal(told(err))
	}
	var problems []string
	for n := range again.Root().Children() {
		if n.Name() == "DG1" {
			problems = append(problems, n.Get("3", 0).Get("2", 0).Text())
		}
	}
	if diff := cmp.Diff([]string{"", "Ulcer of the bowel", "Ulcer"}, problems); diff != "" {
		t.Error("in another order they are not the same: ", diff)
	}
}

func TestFaultsOfWhatIsSharedNameTheFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, definition, common, want string }{
		{"a rule in it", ward, strings.Replace(common, "fhir: family", "fhir: surname", 1), `parts/common.yaml: HumanName has no element "surname"`},
		{"its form", ward, strings.Replace(common, "groups:", "rules:", 1), `parts/common.yaml: an included file has no field "rules"`},
		{"its YAML", ward, common + "\n  - [", "parts/common.yaml: this is not YAML"},
		{"no such file", strings.Replace(ward, "common.yaml", "other.yaml", 1), common, "cannot be read beside the definition"},
		{"no such group", strings.Replace(ward, "rules: cwe", "rules: cew", 1), common, `did you mean "cwe"?`},
		{"a group in itself", ward, strings.Replace(common, "{local: 1, fhir: family}", "{rules: name}", 1), "none in itself"},
		{"one text of two fields, both ways", strings.Replace(ward, ", oneway: in}", "}", 1), common, "cannot be taken apart again"},
		{"a table that is there already", ward + "tables:\n  use:\n    unmapped: omit\n    rows: [[a, b]]\n", common, `a table of the name "use" already`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := loadWard(c.definition, c.common)
			e, ok := errors.AsType[*fhir.Error](err)
			if !ok || !slices.ContainsFunc(e.Issues, func(i fhir.Issue) bool { return strings.Contains(i.Diagnostics, c.want) }) {
				t.Errorf("it is told as %v", err)
			}
		})
	}
}

func TestARecordThatNoDefinitionTakesIsToldWhichIsMissing(t *testing.T) {
	t.Parallel()
	d, err := loadWard(ward, common)
	if err != nil {
		t.Fatal(told(err))
	}
	all := []*mappings.Definition{d}
	for _, c := range []struct{ name, event, want, where string }{
		{"another event", "ADT^A60", "no definition here is for a record with MSH-9.1 = ADT MSH-9.2 = A60: ward comes nearest", "MSH-9.2"},
		{"another kind", "ORU^R01", "no definition here is for a record with MSH-9.1 = ORU: ward comes nearest", "MSH-9.1"},
		{"what is no code", "Amina Begum^A01", "no definition here is for this record: ward comes nearest", "MSH-9.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tree := parse(t, []byte(strings.Replace(wardMessage, "ADT^A01", c.event, 1))).Tree()
			e, ok := errors.AsType[*fhir.Error](mappings.Untaken(all, tree))
			if !ok || e.Kind != fhir.NotSupported || !strings.HasPrefix(e.Issues[0].Diagnostics, c.want) || e.Issues[0].Expression != c.where {
				t.Errorf("it is told as %+v", e)
			}
		})
	}
	if err := mappings.Untaken(all, parse(t, []byte(wardMessage)).Tree()); err != nil {
		t.Error("a record that is taken is not", err)
	}
}
