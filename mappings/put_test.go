package mappings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
)

// clinicPut are rows of a table: what a row leaves out is not.
const clinicPut = `
definition: clinic-put
version: 1.0.0
format: csv
source: https://clinic.example/ids
columns: [No, Family, Given, Born, Died, Gone, Phone, Tongue, Second, Marital, Job]
tables:
  marital:
    system: http://terminology.hl7.org/CodeSystem/v3-MaritalStatus
    unmapped: omit
    rows:
      - [m, M, Married]
      - [s, S, Never Married]
resources:
  - name: patient
    type: Patient
    key: No
    rules:
      - {local: Family, fhir: "name[use=official].family"}
      - {local: Given, fhir: "name[use=official].given[0]"}
      - {local: Born, fhir: birthDate}
      - {local: Died, fhir: deceasedDateTime, when: Died}
      - {local: Gone, fhir: deceasedBoolean, when: [not Died, Gone]}
      - {local: Phone, fhir: "telecom[system=phone].value"}
      - {local: Tongue, fhir: "communication[0].language.text"}
      - {local: Second, fhir: "communication[1].language.text"}
      - {local: Marital, fhir: maritalStatus, as: code marital}
      - {local: Job, fhir: "contact[relationship.text=employer].organization.display"}
`

// putRow puts what a row makes into a Patient, and gives the Patient without what every one of them has.
func putRow(t *testing.T, row, prior string) string {
	t.Helper()
	d := load(t, clinicPut)
	b := mappings.NewBuilder(mappings.CSV, 8)
	b.Add(mappings.Entry{Name: "No", Text: "1", Kind: mappings.Text})
	for field := range strings.SplitSeq(row, ",") {
		if name, text, ok := strings.Cut(field, "="); ok {
			b.Add(mappings.Entry{Name: name, Text: text, Kind: mappings.Text})
		}
	}
	result, err := d.ToFHIR(b.Tree(), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	const key = `"identifier":[{"system":"https://clinic.example/ids/patient","value":"1"}]`
	head := `{"resourceType":"Patient","id":"` + string(result.Made[0].Ref.ID) + `",` + key
	if prior != "" {
		head += ","
	}
	before, err := fhir.DecodeJSON([]byte(head + prior + "}"))
	if err != nil {
		t.Fatal(told(err))
	}
	after, err := result.Put(result.Made[0].Ref, before)
	if err != nil {
		t.Fatal(told(err))
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(string(after.JSON()), strings.TrimSuffix(head, ",")), ","), "}")
}

func TestPut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, row, prior, want string }{
		{"nothing is new", "Family=Nowak", `"name":[{"use":"official","family":"Nowak","prefix":["Dr"]}],"gender":"female"`, `"name":[{"use":"official","family":"Nowak","prefix":["Dr"]}],"gender":"female"`},
		{"what changes keeps what stands beside it, but for its text", "Family=Kowal", `"name":[{"use":"official","text":"Dr Nowak","family":"Nowak","prefix":["Dr"]}]`, `"name":[{"use":"official","family":"Kowal","prefix":["Dr"]}]`},
		{"what a row leaves out goes, and what it has no column for stays", "", `"gender":"female","birthDate":"1980-01-01"`, `"gender":"female"`},
		{"an entry that no rule knows stays where it was", "Phone=2", `"telecom":[{"system":"email","value":"a@example.org"},{"system":"phone","value":"1"},{"system":"fax","value":"3"}]`, `"telecom":[{"system":"email","value":"a@example.org"},{"system":"phone","value":"2"},{"system":"fax","value":"3"}]`},
		{"an entry of which only what is fixed is left goes", "", `"telecom":[{"system":"phone","value":"1","use":"home"},{"system":"fax","value":"3"}]`, `"telecom":[{"system":"fax","value":"3"}]`},
		{"a part of which others say something stays without what the row said", "", `"contact":[{"relationship":[{"text":"employer"}],"organization":{"display":"Mill"},"gender":"other"}]`, `"contact":[{"relationship":[{"text":"employer"}],"gender":"other"}]`},
		{"another type of a choice replaces the one before", "Gone=true", `"deceasedDateTime":"2020-01-01","gender":"male"`, `"gender":"male","deceasedBoolean":true`},
		{"a type of a choice that no rule knows is replaced too", "Died=2020-01-01", `"deceasedBoolean":true`, `"deceasedDateTime":"2020-01-01"`},
		{"what stands beside a primitive stays with its value", "Born=1980-01-01", `"birthDate":"1980-01-01","_birthDate":{"id":"b"}`, `"birthDate":"1980-01-01","_birthDate":{"id":"b"}`},
		{"and goes with it", "Born=1980-01-02", `"birthDate":"1980-01-01","_birthDate":{"id":"b"}`, `"birthDate":"1980-01-02"`},
		{"a reason why there is no value stays while there is none", "Family=N", `"_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"asked-unknown"}]}`, `"name":[{"use":"official","family":"N"}],"_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"asked-unknown"}]}`},
		{"what others added to a code stays with the code", "Marital=m", `"maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M","display":"Married"}],"extension":[{"url":"urn:x","valueString":"y"}]}`, `"maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M","display":"Married"}],"extension":[{"url":"urn:x","valueString":"y"}]}`},
		{"and goes with it, so that no translation is left of another code", "Marital=s", `"maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M","display":"Married"},{"code":"wed"}],"text":"since May"}`, `"maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"S","display":"Never Married"}]}`},
		{"entries behind those that are known by their position stay", "Tongue=a,Second=b", `"communication":[{"language":{"text":"a"}},{"language":{"text":"c"}},{"language":{"text":"d"}}]`, `"communication":[{"language":{"text":"a"}},{"language":{"text":"b"}},{"language":{"text":"d"}}]`},
		{"but do not move up into an empty one", "Tongue=a", `"communication":[{"language":{"text":"a"}},{"language":{"text":"b"}},{"language":{"text":"d"}}]`, `"communication":[{"language":{"text":"a"}}]`},
		{"narrative that was generated goes when something changes", "Born=1980-01-02", `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"birthDate":"1980-01-01"`, `"birthDate":"1980-01-02"`},
		{"narrative that somebody wrote stays", "Born=1980-01-02", `"text":{"status":"additional","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"birthDate":"1980-01-01"`, `"text":{"status":"additional","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"birthDate":"1980-01-02"`},
		{"a contained resource stays while something points at it", "Born=1980-01-02", `"contained":[{"resourceType":"Organization","id":"o","name":"x"}],"managingOrganization":{"reference":"#o"}`, `"managingOrganization":{"reference":"#o"},"birthDate":"1980-01-02","contained":[{"resourceType":"Organization","id":"o","name":"x"}]`},
		{"and goes with the last that did", "Job=Mill", `"contained":[{"resourceType":"Organization","id":"o","name":"x"}],"contact":[{"relationship":[{"text":"employer"}],"organization":{"reference":"#o","display":"Farm"}}]`, `"contact":[{"relationship":[{"text":"employer"}],"organization":{"display":"Mill"}}]`},
		{"what says how to read the rest stays", "Born=1980-01-02", `"modifierExtension":[{"url":"urn:m","valueBoolean":true}],"implicitRules":"urn:r"`, `"modifierExtension":[{"url":"urn:m","valueBoolean":true}],"implicitRules":"urn:r","birthDate":"1980-01-02"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, putRow(t, c.row, c.prior)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheServersPartOfMetaIsNotPut(t *testing.T) {
	t.Parallel()
	d := load(t, clinicPut)
	if _, err := d.ToFHIR(record(t, `{}`), mappings.Context{}); err == nil {
		t.Fatal("a row without its key is taken")
	}
	b := mappings.NewBuilder(mappings.CSV, 2)
	b.Add(mappings.Entry{Name: "No", Text: "1", Kind: mappings.Text})
	b.Add(mappings.Entry{Name: "Born", Text: "1980-01-01", Kind: mappings.Text})
	result, err := d.ToFHIR(b.Tree(), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	prior, err := fhir.DecodeJSON([]byte(`{"resourceType":"Patient","id":"` + string(result.Made[0].Ref.ID) + `","meta":{"versionId":"7","lastUpdated":"2026-01-01T00:00:00Z","tag":[{"code":"t"}],"security":[{"code":"R"}]}}`))
	if err != nil {
		t.Fatal(told(err))
	}
	after, err := result.Put(result.Made[0].Ref, prior)
	if err != nil {
		t.Fatal(told(err))
	}
	if diff := cmp.Diff(`{"tag":[{"code":"t"}],"security":[{"code":"R"}]}`, string(after.Root().Get("meta").Bytes())); diff != "" {
		t.Error(diff)
	}
}
