package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const exported = `{"resourceType":"Consent","id":"c","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",
	"code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/p"},"dateTime":"2026-01-01",
	"performer":[{"reference":"Patient/p"}],"organization":[{"reference":"Organization/o"}],"policyRule":{"coding":[{"code":"OPTOUT"}]},"provision":{%}}`

func TestConsentImportAndExport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		args      []string
		provision string
		status    int
		stdout    string
		stderr    string
	}{
		{"a bare root gets its type", []string{"import"}, `"period":{"start":"2026-01-01"}`, statusOK, `"type":"deny"`, "read as deny"},
		{"so it does on its way out", []string{"export", "--profile", "basic"}, `"period":{"start":"2026-01-01"}`, statusOK, `consentBasic`, "Consent.sourceReference"},
		{
			"what would share more is refused",
			[]string{"export"},
			`"type":"permit","class":[{"system":"http://hl7.org/fhir/resource-types","code":"Goal"}]`, statusFailed, "",
			"Consent/c: Consent.provision.class",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "consent.json")
			if err := os.WriteFile(file, []byte(strings.Replace(exported, "%", tt.provision, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			status, stdout, stderr := concord(t, append(append([]string{"consent"}, tt.args...), file)...)
			if status != tt.status || !strings.Contains(stdout, tt.stdout) || (tt.stdout == "") != (stdout == "") || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("status %d\n%s\n%s", status, stdout, stderr)
			}
		})
	}
}
