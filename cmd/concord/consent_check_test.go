package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The published cases: every one that agrees with the rules passes, and what is not run is named.
func TestTheSharedConsentCasesPass(t *testing.T) {
	t.Parallel()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "consent-cases")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared cases are not beside the repository: set CONCORD_SHARED to their folder")
	}
	status, stdout, stderr := concord(t, "consent", "check", dir)
	if status != statusOK || stderr != "" || !strings.HasSuffix(stdout, "\n126 passed, 0 failed, 20 skipped\n") {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
}

const (
	caseClinician = `"actor":{"reference":"Practitioner/x"},"organisation":{"reference":"Organization/o"},"role":"clinician","purpose":["TREAT"],"action":"access",
		"interaction":"GET [base]/Observation?patient=Patient/p","time":"2026-01-01T09:00:00Z"`
	caseFile = `{"cases":[%s]}`
)

// caseConsent is a Consent of Patient/p with a provision.
func caseConsent(provision string) string {
	return `{"resourceType":"Consent","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"patient":{"reference":"Patient/p"},"provision":` + provision + `}`
}

func caseObservation(id, more string) string {
	return `{"resourceType":"Observation","id":"` + id + `","subject":{"reference":"Patient/p"}` + more + `}`
}

// checkCases writes a file of cases, each of which is given without its id, and checks it.
func checkCases(t *testing.T, cases ...string) (int, string, string) {
	t.Helper()
	for i, c := range cases {
		cases[i] = fmt.Sprintf(`{"id":"case-%d",%s}`, i, c)
	}
	file := filepath.Join(t.TempDir(), "cases.json")
	if err := os.WriteFile(file, fmt.Appendf(nil, caseFile, strings.Join(cases, ",")), 0o600); err != nil {
		t.Fatal(err)
	}
	return concord(t, "consent", "check", file)
}

func TestConsentCheckReadsCasesOfSeveralForms(t *testing.T) {
	t.Parallel()
	const decision = `"kind":"consent-decision","base_policy":"none",`
	org := `"actor":[{"role":{"coding":[{"code":"IRCP"}]},"reference":{"reference":"Organization/54"}}]`
	asOrg := `"actor":{"identifiers":[{"system":"urn:ietf:rfc:3986","value":"urn:x:54"}]},"purpose":"TREAT","time":"2026-01-01"`
	directory := `"facts":{"directory":{"Organization/54":[{"system":"urn:ietf:rfc:3986","value":"urn:x:54"}]}},`
	label := func(code string) string {
		return `"securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"` + code + `"}]`
	}
	redact := `"obligations":[{"id":{"code":"REDACT"},"parameters":{"codes":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}}]`
	tests := []struct{ name, json string }{
		{
			"an actor by identifiers that the directory resolves",
			decision + directory + `"consents":[` + caseConsent(`{"type":"permit","provision":[{"type":"deny",`+org+`}]}`) + `],
			"request":{` + asOrg + `,"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}]},"expected":{"decision":"deny"}`,
		},
		{
			"classes without resources, of which one refused refuses the whole",
			decision + `"consents":[` + caseConsent(`{"type":"permit","provision":[{"type":"deny","class":[{"system":"http://hl7.org/fhir/resource-types","code":"Goal"}]}]}`) + `],
			"request":{` + caseClinician + `,"class":["Observation","http://hl7.org/fhir/resource-types|Goal"]},"expected":{"decision":"deny"}`,
		},
		{
			"a permit with what it obliges to take out",
			decision + `"consents":[` + caseConsent(`{"type":"permit","provision":[{"type":"deny",`+label("R")+`}]}`) + `],
			"request":{` + caseClinician + `},"expected":{"decision":"permit",` + redact + `}`,
		},
		{
			"labels among the facts",
			decision + `"facts":{"labels":{"Observation/1":["R"],"Observation/2":["N"]}},"consents":[` + caseConsent(`{"type":"permit","provision":[{"type":"deny",`+label("R")+`}]}`) + `],
			"resources":[` + caseObservation("1", "") + `,` + caseObservation("2", "") + `],
			"request":{` + caseClinician + `},"expected":{"decision":"filter","visible":["Observation/2"],"hidden":["Observation/1"]}`,
		},
		{
			"several purposes, all of which have to pass",
			decision + `"consents":[` + caseConsent(`{"type":"permit","purpose":[{"code":"TREAT","system":"http://terminology.hl7.org/CodeSystem/v3-ActReason"}]}`) + `],
			"request":{` + strings.Replace(caseClinician, `["TREAT"]`, `["TREAT","HMARKT"]`, 1) + `},"expected":{"decision":"deny"}`,
		},
		{
			"membership of a group",
			decision + `"facts":{"groups":{"Group/g":["Practitioner/x"]}},"consents":[` + caseConsent(`{"type":"deny","provision":[{"type":"permit",`+strings.Replace(org, "Organization/54", "Group/g", 1)+`}]}`) + `],
			"request":{` + caseClinician + `},"expected":{"decision":"permit"}`,
		},
		{
			"a consent of another person, which says nothing of this one",
			decision + `"consents":[` + caseConsent(`{"type":"permit"}`) + `],"resources":[{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/q"}}],
			"request":{` + caseClinician + `},"expected":{"decision":"not-applicable"}`,
		},
		{
			"the read of one thing, beside which another stands",
			decision + `"consents":[` + caseConsent(`{"type":"permit","provision":[{"type":"deny","data":[{"meaning":"instance","reference":{"reference":"Observation/1"}}]}]}`) + `],
			"resources":[` + caseObservation("1", "") + `,` + caseObservation("2", "") + `],
			"request":{` + strings.Replace(caseClinician, "Observation?patient=Patient/p", "Observation/2", 1) + `},"expected":{"decision":"permit"}`,
		},
		{
			"scopes that do not cover the interaction",
			decision + `"consents":[` + caseConsent(`{"type":"permit"}`) + `],
			"request":{` + caseClinician + `,"scopes":["user/Observation.r"]},"expected":{"decision":"deny"}`,
		},
		{
			"a request without a time, where none changes the answer",
			decision + `"consents":[` + caseConsent(`{"type":"deny"}`) + `],"request":{"actor":"Practitioner/x","purpose":"TREAT"},"expected":{"decision":"deny"}`,
		},
		{
			"the person",
			decision + `"consents":[` + caseConsent(`{"type":"deny"}`) + `],"resources":[` + caseObservation("1", "") + `],
			"request":{"actor":{"reference":"Patient/p"},"role":"patient","time":"2026-01-01"},"expected":{"decision":"permit"}`,
		},
		{
			"a base policy by its address", `"kind":"consent-decision","base_policy":"https://profiles.ihe.net/ITI/PCF/Policy-all-normal unless said otherwise","consents":[],
			"request":{` + caseClinician + `,"compartment":"Patient/p"},"expected":{"decision":"permit"}`,
		},
		{"a scope list", `"kind":"scope-parse","request":{"scopes":["patient/Observation.rs"]},"expected":{"decision":"accept","grants":[{"context":"patient","type":"Observation","permissions":"rs"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if status, stdout, stderr := checkCases(t, tt.json); status != statusOK || stdout != "1 passed, 0 failed, 0 skipped\n" {
				t.Errorf("status %d\n%s%s", status, stdout, stderr)
			}
		})
	}
}

func TestConsentCheckNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	status, stdout, _ := checkCases(t, `"kind":"consent-decision","base_policy":"none","consents":[`+caseConsent(`{"type":"permit","provision":[{"type":"deny"}]}`)+`],
		"resources":[`+caseObservation("1", "")+`],"request":{`+caseClinician+`},"expected":{"decision":"permit"}`)
	if status != statusFailed {
		t.Errorf("status %d", status)
	}
	for _, words := range []string{
		"FAIL cases.json: case-0\n", "Observation/1: want visible, got hidden (choices: deny)", "deny at provision.provision[0] (decides)",
		"\n0 passed, 1 failed, 0 skipped\n",
	} {
		if !strings.Contains(stdout, words) {
			t.Errorf("nothing says %q:\n%s", words, stdout)
		}
	}
}

func TestConsentCheckNamesWhatItDoesNotRun(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := checkCases(t,
		`"kind":"enforcement","request":{"interaction":"GET Patient/1"},"expected":{"decision":"deny"}`,
		`"kind":"careteam-policy","expected":{"decision":"deny"}`,
		`"kind":"consent-decision","agrees_with_recommended":false,"request":{},"expected":{"decision":"deny"}`,
		`"kind":"consent-decision","resources_ref":"elsewhere.json#x","request":{`+caseClinician+`},"expected":{"decision":"deny"}`,
	)
	if status != statusOK || stderr != "" {
		t.Errorf("status %d %s", status, stderr)
	}
	for _, words := range []string{
		"kind enforcement (1): case-0\n", "kind careteam-policy (1): case-1\n", "case-2: its source decides otherwise", `case-3: the resources of "elsewhere.json#x"`,
		"\n0 passed, 0 failed, 4 skipped\n",
	} {
		if !strings.Contains(stdout, words) {
			t.Errorf("nothing says %q:\n%s", words, stdout)
		}
	}
}

func TestConsentCheckRefusesWhatIsNoCase(t *testing.T) {
	t.Parallel()
	good := `"kind":"scope-parse","request":{"scope_string":"patient/Observation.rs"},"expected":{"decision":"accept"}`
	tests := []struct{ name, json, fault string }{
		{"no decision", `"kind":"consent-decision","request":{` + caseClinician + `},"expected":{}`, "expected.decision is missing"},
		{"a decision of no schema", `"kind":"consent-decision","request":{` + caseClinician + `},"expected":{"decision":"maybe"}`, `"maybe"`},
		{"a request that is a text", `"kind":"consent-decision","request":"read","expected":{"decision":"deny"}`, "not a case"},
		{"a time that is none", `"kind":"consent-decision","request":{"time":"noon"},"expected":{"decision":"deny"}`, `"noon"`},
		{"no time where it matters", `"kind":"consent-decision","consents":[` + caseConsent(`{"type":"deny","period":{"end":"2026-01-01"}}`) + `],"request":{"purpose":"TREAT"},"expected":{"decision":"deny"}`, "request.time is missing"},
		{"a consent that is none", `"kind":"consent-decision","consents":[` + caseObservation("1", "") + `],"request":{` + caseClinician + `},"expected":{"decision":"deny"}`, "consents[0] is no Consent"},
		{"a hidden thing that is not there", `"kind":"consent-decision","consents":[],"request":{` + caseClinician + `},"expected":{"decision":"filter","hidden":["Observation/9"]}`, "Observation/9"},
		{"an id that stands twice", `"kind":"scope-parse","request":{"scope_string":"openid"},"expected":{"decision":"accept"}},{"id":"case-0",` + good, "twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, stdout, stderr := checkCases(t, tt.json, good)
			if status != statusUsage || !strings.Contains(stderr, tt.fault) || !strings.Contains(stderr, "cases.json: case") {
				t.Errorf("status %d, %s", status, stderr)
			}
			if !strings.Contains(stdout, " passed, 0 failed, 0 skipped\n") || strings.HasPrefix(stdout, "0 passed") {
				t.Errorf("the others did not run: %s", stdout)
			}
		})
	}
	status, stdout, stderr := concord(t, "consent", "check", filepath.Join(t.TempDir(), "nothing.json"))
	if status != statusUsage || stderr == "" || stdout != "0 passed, 0 failed, 0 skipped\n" {
		t.Errorf("a file that is not there: status %d, %s%s", status, stdout, stderr)
	}
}

func FuzzConsentCase(f *testing.F) {
	f.Add(`{"id":"a","kind":"consent-decision","base_policy":"none","facts":{"groups":{"Group/g":[{"reference":"Practitioner/x"}]},"labels":{"Goal/1":"R"}},
		"consents":[` + caseConsent(`{"type":"deny","provision":{"type":"permit"}}`) + `],"resources":[` + caseObservation("1", "") + `],"request":{` + caseClinician + `,
		"class":[{"code":"Goal"}],"scopes":"user/*.rs","compartment":{"reference":"Patient/p"}},"expected":{"decision":"filter","hidden":["1"],"obligations":["redact"]}}`)
	f.Add(`{"id":"b","kind":"scope-parse","request":{"scope_string":"patient/*.read"},"expected":{"decision":"accept","effective_types":[],"allow":["GET Patient/1"]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		set := &caseSet{name: filepath.Join(t.TempDir(), "cases.json")}
		c, err := set.read([]byte(text))
		if err != nil || caseKinds[c.Kind] == nil {
			return
		}
		if _, err := caseKinds[c.Kind](c); err != nil && err.Error() == "" {
			t.Error("refused without a word")
		}
	})
}
