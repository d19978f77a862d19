package mappings_test

import (
	"fmt"
	"strings"
	"testing"

	"concord/fhir"
	"concord/mappings"
)

// one is a definition of one rule.
func one(t *testing.T, element, as string) *mappings.Definition {
	t.Helper()
	return load(t, fmt.Sprintf(`
definition: one
version: 1.0.0
format: csv
source: https://example.org/ids
zone: Europe/London
tables:
  kind:
    system: https://example.org/kind
    local: https://example.org/local
    unmapped: local
    rows:
      - [walk, W, Walking]
      - {text: stroll, code: W, oneway: in}
resources:
  - name: x
    type: %s
    key: id
    rules:
      - {local: v, fhir: "%s", as: "%s"}
%s`, strings.SplitN(element, ".", 2)[0], strings.SplitN(element, ".", 2)[1], as, besides[strings.SplitN(element, ".", 2)[0]]))
}

// besides is what FHIR requires of the types besides.
var besides = map[string]string{
	"Observation": "      - {fhir: status, value: final}\n      - {fhir: code.text, value: x}\n",
	"Task":        "      - {fhir: status, value: requested}\n      - {fhir: intent, value: order}\n",
}

func TestCodecs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, element, as, text string
		want                    string // JSON; empty when it is not said
		back                    string // "" for the same text
		why                     string
	}{
		{"a day in British order", "Patient.birthDate", "date dd/MM/yyyy", "03/04/1951", `"1951-04-03"`, "", ""},
		{"a day with a short month", "Patient.birthDate", "date d MMM yyyy", "3 Apr 1951", `"1951-04-03"`, "", ""},
		{"31 February", "Patient.birthDate", "date dd/MM/yyyy", "31/02/1951", "", "", "day of the calendar"},
		{"a month is said to the month", "Patient.birthDate", "date MM/yyyy", "04/1951", `"1951-04"`, "", ""},
		{"a summer time gets its zone", "Patient.deceasedDateTime", "date dd/MM/yyyy HH:mm", "03/07/2021 14:30", `"2021-07-03T14:30:00+01:00"`, "", ""},
		{"an hour that never was", "Patient.deceasedDateTime", "date dd/MM/yyyy HH:mm", "28/03/2021 01:30", `"2021-03-28T02:30:00+01:00"`, "28/03/2021 02:30", "spelling"},
		{"ISO as it is", "Patient.deceasedDateTime", "date", "2021-07-03T14:30:05.120Z", `"2021-07-03T14:30:05.120Z"`, "", ""},
		{"ISO with a space and no zone", "Patient.deceasedDateTime", "date", "2021-07-03 14:30", `"2021-07-03T14:30:00+01:00"`, "2021-07-03T14:30:00+01:00", "spelling"},
		{"a time in a date", "Patient.birthDate", "date", "1951-04-03T05:00:00Z", `"1951-04-03"`, "1951-04-03", "spelling"},
		{"a year of HL7 v2", "Patient.birthDate", "dtm", "1951", `"1951"`, "", ""},
		{"a time of HL7 v2 in the zone", "Patient.deceasedDateTime", "dtm", "20210703143005", `"2021-07-03T14:30:05+01:00"`, "", ""},
		{"a fraction and an offset of HL7 v2", "Patient.deceasedDateTime", "dtm", "20210703143005.1200-0500", `"2021-07-03T14:30:05.1200-05:00"`, "", ""},
		{"minutes of HL7 v2", "Patient.deceasedDateTime", "dtm", "202107031430", `"2021-07-03T14:30:00+01:00"`, "20210703143000", "spelling"},
		{"letters for a time of HL7 v2", "Patient.deceasedDateTime", "dtm", "2021O703", "", "", "YYYY"},
		{"a serial number", "Patient.birthDate", "excel", "20453", `"1955-12-30"`, "", ""},
		{"the first of March 1900", "Patient.birthDate", "excel", "61", `"1900-03-01"`, "", ""},
		{"the first of January 1900", "Patient.birthDate", "excel", "1", `"1900-01-01"`, "", ""},
		{"the day that never was", "Patient.birthDate", "excel", "60", "", "", "29 February 1900"},
		{"a serial number of 1904", "Patient.birthDate", "excel 1904", "0", `"1904-01-01"`, "", ""},
		{"half a day", "Patient.deceasedDateTime", "excel", "44380.5", `"2021-07-03T12:00:00+01:00"`, "", ""},
		{"words for true and false", "Patient.active", "boolean Y N", "N", `false`, "", ""},
		{"a word in another case", "Patient.active", "boolean Y N", "y", `true`, "Y", "spelling"},
		{"another word", "Patient.active", "boolean Y N", "?", "", "", "neither"},
		{"zeros in front", "Patient.multipleBirthInteger", "integer", "007", `7`, "7", "spelling"},
		{"a number beyond 32 bits", "Patient.multipleBirthInteger", "integer", "3000000000", "", "", "whole number"},
		{"a decimal keeps its zeros", "Observation.valueQuantity.value", "decimal", "1.50", `1.50`, "", ""},
		{"a decimal without its zero", "Observation.valueQuantity.value", "decimal", ".5", `0.5`, "0.5", "spelling"},
		{"a decimal comma", "Observation.valueQuantity.value", "decimal", "1,5", "", "", "not a number"},
		{"an amount and a unit", "Observation.valueQuantity", "quantity", "70.5 kg", `{"value":70.5,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}`, "", ""},
		{"a unit that UCUM writes otherwise", "Observation.valueQuantity", "quantity", "120 mmHg", `{"value":120,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}`, "", ""},
		{"a unit of nobody", "Observation.valueQuantity", "quantity", "3 cups", `{"value":3,"unit":"cups"}`, "", ""},
		{"a number in the unit of the rule", "Observation.valueQuantity", "quantity cm", "170", `{"value":170,"unit":"cm","system":"http://unitsofmeasure.org","code":"cm"}`, "", ""},
		{"an amount without a number", "Observation.valueQuantity", "quantity", "heavy", "", "", "number"},
		{"a name", "Patient.name[0]", "name", "Amina Jane Begum", `[{"family":"Begum","given":["Amina","Jane"]}]`, "", ""},
		{"a name of one word", "Patient.name[0]", "name", "Amina", `[{"text":"Amina"}]`, "", ""},
		{"a name with two spaces stays whole", "Patient.name[0]", "name", "Amina  Begum", `[{"text":"Amina  Begum"}]`, "", ""},
		{"a name with the family first", "Patient.name[0]", "name family-first", "Van Dyk, Jo Ann", `[{"family":"Van Dyk","given":["Jo","Ann"]}]`, "", ""},
		{"an address with a postcode", "Patient.address[0]", "address", "12 Mill Lane, Sodbury, BS37 6QW", `[{"line":["12 Mill Lane","Sodbury"],"postalCode":"BS37 6QW"}]`, "", ""},
		{"an address with an empty line stays whole", "Patient.address[0]", "address", "12 Mill Lane, , Sodbury", `[{"text":"12 Mill Lane, , Sodbury"}]`, "", ""},
		{"an e-mail among phones", "Patient.telecom[0]", "telecom", "a@example.org", `[{"system":"email","value":"a@example.org"}]`, "", ""},
		{"an NHS number", "Task.for.identifier", "identifier nhs", "9434765919", `{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9434765919"}`, "", ""},
		{"an NHS number with spaces", "Task.for.identifier", "identifier nhs", "943 476 5919", `{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9434765919"}`, "9434765919", "spelling"},
		{"an NHS number whose check digit is none", "Patient.name[0].text", "nhs", "1000000010", "", "", "check digit"},
		{"a code", "Task.code", "code kind", "walk", `{"coding":[{"system":"https://example.org/kind","code":"W","display":"Walking"}]}`, "", ""},
		{"a code that goes in only", "Task.code", "code kind", "stroll", `{"coding":[{"system":"https://example.org/kind","code":"W","display":"Walking"}]}`, "walk", "spelling"},
		{"a code of no row", "Task.code", "code kind", "swim", `{"coding":[{"system":"https://example.org/local","code":"swim"}]}`, "", ""},
		{"a reference by a key", "Task.for", "reference Patient", "7", `{"reference":"Patient/ID","identifier":{"system":"https://example.org/ids/patient","value":"7"}}`, "", ""},
		{"a text of control characters", "Task.description", "text", "a\x07b", "", "", "control character"},
		{"a text that is not UTF-8", "Task.description", "text", "a\xff", "", "", "UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, one(t, tt.element, tt.as), tt.element, tt.text, tt.want, tt.back, tt.why)
		})
	}
}

func check(t *testing.T, d *mappings.Definition, element, text, want, back, why string) {
	t.Helper()
	b := mappings.NewBuilder(mappings.CSV, 2)
	b.Add(mappings.Entry{Name: "id", Text: "1", Kind: mappings.Text})
	b.Add(mappings.Entry{Name: "v", Text: text, Kind: mappings.Text})
	ids := mappings.Context{ID: func(_, _, _ string) fhir.ID { return "ID" }}
	result, err := d.ToFHIR(b.Tree(), ids)
	if err != nil {
		t.Fatal(told(err))
	}
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(told(err))
	}
	n := resources[0].Root()
	for _, name := range strings.Split(element, ".")[1:] {
		name, _, _ = strings.Cut(name, "[")
		n = n.First().Get(name)
	}
	if got := string(n.Bytes()); got != want {
		t.Errorf("it is %s", got)
	}
	tree, _, err := d.FromFHIR(resources, mappings.Kept{})
	if err != nil {
		t.Fatal(err)
	}
	if back == "" && want != "" {
		back = text
	}
	if got := tree.Root().Get("v", 0).Text(); got != back {
		t.Errorf("it comes back as %q", got)
	}
	if got := result.Report().Fields[1].Why; !strings.Contains(got, why) || why == "" && got != "" {
		t.Errorf("the report says %q", got)
	}
}
