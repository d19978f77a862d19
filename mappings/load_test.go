package mappings_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"concord/fhir"
	"concord/mappings"
)

const sound = `definition: sound
version: 1.0.0
format: csv
source: https://example.org/ids
keep: true
tables:
  sex:
    system: http://hl7.org/fhir/administrative-gender
    unmapped: omit
    rows:
      - [M, male]
      - [F, female]
resources:
  - name: patient
    type: Patient
    key: Id
    rules:
      - {local: Sex, fhir: gender, as: code sex}
      - {local: Born, fhir: birthDate, as: date dd/MM/yyyy}
`

// TestLoadTells changes one thing in a sound definition, and says what must be told of it and where.
func TestLoadTells(t *testing.T) {
	t.Parallel()
	rule := "      - {local: Born, fhir: birthDate, as: date dd/MM/yyyy}\n"
	for _, tt := range []struct {
		name, old, new string
		line, col      int
		told           string
	}{
		{"what is not YAML", "definition: sound", "definition: [", 1, 13, "not YAML"},
		{"a field that there is not", "keep: true", "kep: true", 5, 1, `did you mean "keep"?`},
		{"a version of two numbers", "1.0.0", "1.0", 1, 1, "three numbers"},
		{"a format that there is not", "csv", "pdf", 1, 1, "format is one of"},
		{"a keep of another word", "keep: true", "keep: yes", 5, 7, "true or false"},
		{"an anchor", "keep: true", "keep: &x true", 5, 7, "plain values"},
		{"no resources", "resources:", "resource:", 13, 1, `did you mean "resources"?`},
		{"a type that FHIR does not have", "type: Patient", "type: patient", 15, 11, "resource type of R4"},
		{"no key", "    key: Id\n", "", 14, 5, "key lists the fields"},
		{"an element that FHIR does not have", "fhir: birthDate", "fhir: birthdate", 19, 29, `did you mean "birthDate"?`},
		{"an index where nothing repeats", "fhir: birthDate", `fhir: "birthDate[0]"`, 19, 29, "does not repeat"},
		{"a codec that there is not", "as: date", "as: dat", 19, 44, `did you mean "date"?`},
		{"a codec that writes another type", "as: code sex", "as: boolean", 18, 40, "boolean writes boolean"},
		{"a pattern that is none", "dd/MM/yyyy", "dd!MM", 19, 44, "write as: date"},
		{"a table that there is not", "code sex", "code sxe", 18, 40, `did you mean "sex"?`},
		{"a row that could not come back", "[F, female]", "[F, male]", 12, 9, "oneway: in"},
		{"a text in two rows", "[F, female]", "[M, female]", 12, 9, "already"},
		{"a table that does not say what becomes of others", "    unmapped: omit\n", "", 8, 5, "unmapped"},
		{"two rules for one element", rule, rule + "      - {local: Born2, fhir: birthDate}\n", 20, 10, "conditions that exclude each other"},
		{"two rules for one field", rule, rule + "      - {local: Born, fhir: deceasedDateTime, as: date dd/MM/yyyy}\n", 20, 10, "oneway: in"},
		{"entries that look the same", rule, rule + "      - {local: Tel, fhir: \"telecom[use=home].value\"}\n      - {local: Fax, fhir: \"telecom[system=fax].value\"}\n", 21, 10, "cannot be told apart"},
		{"a hole in a list", rule, rule + "      - {local: Second, fhir: \"name[1].text\"}\n", 20, 10, "has no [0]"},
		{"a whole and a part", rule, rule + "      - {local: N, fhir: \"name[0]\"}\n      - {local: F, fhir: \"name[0].family\"}\n", 20, 10, "written whole"},
		{"a rule without a source", rule, rule + "      - {fhir: active}\n", 20, 10, "one of local, value and ref"},
		{"a reference to nothing", rule, rule + "      - {fhir: managingOrganization, ref: practice}\n", 20, 10, "there is no \"practice\""},
		{"repeats without each", rule, rule + "      - {local: G, fhir: \"name[]\"}\n", 20, 26, "needs the repeats"},
		{"a path with an open quote", "local: Born", `local: "'Born"`, 19, 17, "quote"},
		{"a direction that there is not", rule, "      - {local: Born, fhir: birthDate, oneway: both}\n", 19, 10, "oneway is in"},
		{"a constant of another type", rule, rule + "      - {fhir: active, value: maybe}\n", 20, 31, "true or false"},
		{"a time without a zone", "dd/MM/yyyy", "dd/MM/yyyy HH:mm", 19, 44, "zone"},
		{"an element that FHIR requires", rule, rule + "      - {local: Friend, fhir: \"communication[0].preferred\", as: boolean Y N}\n", 20, 10, "requires Patient.communication.language"},
		{"a table of which not all is said", "    key: Id\n", "    key: Id\n    whole: true\n", 14, 5, "whole is for hl7v2"},
		{"repeats that are made once", rule, rule + "      - {local: \"G[]\", fhir: \"name[]\", once: true}\n", 20, 10, "once is for one element"},
		{"a group that is made once", rule, rule + "      - {fhir: \"name[0]\", once: true, rules: [{local: F, fhir: family}]}\n", 20, 10, "has no once"},
		{"a time that is no field", "keep: true\n", "keep: true\noccurred: A else none\n", 6, 11, "such as MSH-7"},
		{"a default that the codec does not take", "as: code sex", "as: code sex, default: X", 18, 59, "default"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(sound, tt.old, tt.new, 1)
			_, err := mappings.Load([]byte(changed), nil)
			e, ok := errors.AsType[*fhir.Error](err)
			if !ok {
				t.Fatalf("it was taken: %v", err)
			}
			for _, issue := range e.Issues {
				if issue.Line == tt.line && (issue.Col == tt.col) && strings.Contains(issue.Diagnostics, tt.told) {
					return
				}
			}
			t.Errorf("want %d:%d %q, told %+v", tt.line, tt.col, tt.told, e.Issues)
		})
	}
}

func TestTablesMayBeFiles(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"sex.csv": {Data: []byte("text,code,display,system\nM,male,,\nF,female,,\n")},
		"sex.json": {Data: []byte(`{"resourceType":"ConceptMap","status":"draft","group":[{"target":"http://hl7.org/fhir/administrative-gender","element":[
			{"code":"M","target":[{"code":"male","equivalence":"equal"}]},
			{"code":"Man","target":[{"code":"male","equivalence":"wider"}]}]}]}`)},
	}
	for name := range files {
		with := strings.Replace(sound, "    rows:\n      - [M, male]\n      - [F, female]\n", "    file: "+name+"\n", 1)
		if _, err := mappings.Load([]byte(with), files); err != nil {
			t.Error(name, told(err))
		}
		if _, err := mappings.Load([]byte(with), fstest.MapFS{}); err == nil {
			t.Error("a file that is not there was taken")
		}
	}
}

// TestLoadSurvivesDamage drops, doubles and changes bytes of a sound definition.
func TestLoadSurvivesDamage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(sound)
		for range rapid.IntRange(1, 6).Draw(t, "cuts") {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			with := rapid.SampledFrom([]string{"", "\n", " ", "  ", "{", "}", "[", "]", ":", "-", "'", "\"", "&a ", "*a", "!!x ", "|", ">", "#", "\t", "<<: ", "?", "%", ",", "\x00", "é"}).Draw(t, "with")
			text = []byte(string(text[:at]) + with + string(text[min(len(text), at+rapid.IntRange(0, 3).Draw(t, "drop")):]))
		}
		if _, err := mappings.Load(text, nil); err != nil {
			if _, ok := errors.AsType[*fhir.Error](err); !ok {
				t.Fatalf("%v is no error for the caller", err)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(sound)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 8<<10 {
			return
		}
		if _, err := mappings.Load([]byte(s), nil); err != nil {
			if _, ok := errors.AsType[*fhir.Error](err); !ok {
				t.Errorf("%v is no error for the caller", err)
			}
		}
	})
}
