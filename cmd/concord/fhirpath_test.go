package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	patientJSON = `{"resourceType": "Patient", "id": "1", "name": [{"family": "Okafor", "given": ["Ada", "B"]}], "birthDate": "1950-02"}`
	patientXML  = `<Patient xmlns="http://hl7.org/fhir"><id value="1"/><name><family value="Okafor"/><given value="Ada"/>` +
		`<given value="B"/></name><birthDate value="1950-02"/></Patient>`
)

func TestFHIRPathEvaluatesALineAtATime(t *testing.T) {
	t.Parallel()
	const expressions = "name.given\n\nname\nbirthDate < today()\nnope\nname.frst()\n1 +\n4 'mg' * 2\n"
	const want = `["Ada","B"]
[{"family":"Okafor","given":["Ada","B"]}]
[true]
[]
{"error":"there is no such function","line":1,"column":6}
{"error":"the expression ends where a value is expected","line":1,"column":4}
[{"value":8,"system":"http://unitsofmeasure.org","code":"mg"}]
`
	for name, text := range map[string]string{"patient.json": patientJSON, "patient.xml": patientXML} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr buffer
		p := &process{stdin: strings.NewReader(expressions), stdout: &stdout, stderr: &stderr, now: func() time.Time { return time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC) }}
		err := fhirpathCommand{File: file}.Run(p)
		if !errors.Is(err, errReported) {
			t.Errorf("%s: two lines failed, and the error is %v", name, err)
		}
		if diff := cmp.Diff(want, stdout.String()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestFHIRPathIsStrictWhenAsked(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "patient.json")
	if err := os.WriteFile(file, []byte(patientJSON), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr buffer
	p := &process{stdin: strings.NewReader("nope\n"), stdout: &stdout, stderr: &stderr, now: time.Now}
	err := fhirpathCommand{File: file, Strict: true}.Run(p)
	want := `{"error":"there is no element nope in Patient","line":1,"column":1}` + "\n"
	if diff := cmp.Diff(want, stdout.String()); diff != "" || err == nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestFHIRPathTellsWhyAFileIsNoResource(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "no.json")
	if err := os.WriteFile(file, []byte(`{"resourceType": "Patient", "nope": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := concord(t, "fhirpath", file)
	if status != statusFailed || !strings.Contains(stderr, "there is no such element") {
		t.Errorf("status %d: %s", status, stderr)
	}
}
