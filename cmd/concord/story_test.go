package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// viewDocument is what the story looks at of a whole-person view.
type viewDocument struct {
	Entry []struct {
		FullURL  string          `json:"fullUrl"`
		Resource json.RawMessage `json:"resource"`
	} `json:"entry"`
}

type composition struct {
	Section []section `json:"section"`
}

type section struct {
	Title string `json:"title"`
	Code  struct {
		Coding []struct {
			Code string `json:"code"`
		} `json:"coding"`
	} `json:"code"`
	Entry []struct {
		Reference string `json:"reference"`
	} `json:"entry"`
	Section   []section `json:"section"`
	Extension []struct {
		ValueCode   string `json:"valueCode"`
		ValueCoding struct {
			Code string `json:"code"`
		} `json:"valueCoding"`
	} `json:"extension"`
}

// outline is the sections of a view with their entries, a line each, fit for a golden file.
func outline(t *testing.T, body []byte) string {
	t.Helper()
	var d viewDocument
	if err := json.Unmarshal(body, &d); err != nil || len(d.Entry) == 0 {
		t.Fatalf("the view is not a document: %v\n%.300s", err, body)
	}
	var c composition
	if err := json.Unmarshal(d.Entry[0].Resource, &c); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var write func(s section, indent string)
	write = func(s section, indent string) {
		b.WriteString(indent + s.Title)
		for _, e := range s.Extension {
			if state := e.ValueCode + e.ValueCoding.Code; state != "" {
				b.WriteString(" [" + state + "]")
			}
		}
		b.WriteString("\n")
		for _, e := range s.Entry {
			b.WriteString(indent + "  " + e.Reference + "\n")
		}
		for _, sub := range s.Section {
			write(sub, indent+"  ")
		}
	}
	for _, s := range c.Section {
		write(s, "")
	}
	fmt.Fprintf(&b, "resources: %d\n", len(d.Entry)-1)
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "story", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

const (
	aminaNumber  = "9994100270"
	aminaBirth   = "1983-05-14"
	nobodyNumber = "9990000018"
)

func named(number, birth, more string) string {
	return `{"resourceType":"Parameters","parameter":[{"name":"identifier","valueIdentifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` +
		number + `"}},{"name":"birthDate","valueDate":"` + birth + `"}` + more + `]}`
}

// documentIDs are the ids of the document, which are derived from its content and so from the number asked for.
var documentIDs = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

const emergencyReason = `,{"name":"reason","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"ETREAT"}}`

// The demo's story: six people ask for the same record, and each gets another answer, the right one.
func TestSixCallersReadTheSamePerson(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startDemo(t, "--data", dir)
	token := func(persona string) string { return must(t, "token", "--data", dir, "--persona", persona) }

	seen := map[string]string{}
	for _, persona := range []string{"amina", "carer", "gp", "hospice", "linkworker"} {
		a := s.get(t, "/Patient/amina/$whole-person", token(persona))
		if a.status != http.StatusOK {
			t.Fatalf("%s: status %d\n%s", persona, a.status, a.body)
		}
		got := outline(t, a.body)
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s see the same", persona, other)
		}
		seen[got] = persona
		golden(t, persona, got)
	}

	doctor := token("emergency")
	stranger := s.get(t, "/Patient/amina/$whole-person", doctor)
	unknown := s.get(t, "/Patient/nobody/$whole-person", doctor)
	if stranger.status != http.StatusNotFound || string(stranger.body) != string(unknown.body) {
		t.Fatalf("a stranger is told something: %d\n%s\n%s", stranger.status, stranger.body, unknown.body)
	}
	if a := s.do(t, "POST", "/Patient/$whole-person", doctor, named(aminaNumber, aminaBirth, "")); a.status != http.StatusNotFound {
		t.Fatalf("a stranger has a frame before care is started: %d", a.status)
	}
	for _, number := range []string{aminaNumber, nobodyNumber} {
		if a := s.do(t, "POST", "/Patient/$start-care", doctor, named(number, aminaBirth, emergencyReason)); a.status != http.StatusOK {
			t.Fatalf("care is not started: %d\n%s", a.status, a.body)
		}
	}
	a := s.do(t, "POST", "/Patient/$whole-person", doctor, named(aminaNumber, aminaBirth, ""))
	if a.status != http.StatusOK {
		t.Fatalf("the emergency doctor has no view: %d\n%s", a.status, a.body)
	}
	got := outline(t, a.body)
	if first, _, _ := strings.Cut(got, "\n"); first != "At a glance" {
		t.Errorf("the first section for staff is %q", first)
	}
	if other, ok := seen[got]; ok {
		t.Errorf("the emergency doctor sees what %s sees", other)
	}
	golden(t, "emergency", got)

	// A number that is nobody's: a frame with everything empty.
	a = s.do(t, "POST", "/Patient/$whole-person", doctor, named(nobodyNumber, aminaBirth, ""))
	if a.status != http.StatusOK {
		t.Fatalf("an unknown number has no frame: %d\n%s", a.status, a.body)
	}
	golden(t, "frame", outline(t, a.body))

	// She sees who looked.
	a = s.get(t, "/AuditEvent?patient=Patient/amina&_count=100", token("amina"))
	for _, want := range []string{"Wexbridge Infirmary Emergency Department", "Larkfield Road Surgery", "whole-person", "start-care", "refused"} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("the log does not say %q:\n%.2000s", want, a.body)
		}
	}
}

// A person who hides everything answers as a number that nobody has; the same bytes.
func TestHiddenPersonIsAnUnknownNumber(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startDemo(t, "--data", dir, "--empty")
	op := operatorToken(t, dir)
	put := func(resource string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "r.json")
		if err := os.WriteFile(file, []byte(resource), 0o600); err != nil {
			t.Fatal(err)
		}
		s.stop()
		must(t, "import", "--data", dir, file)
		s = startDemo(t, "--data", dir, "--empty")
	}
	put(`{"resourceType":"Bundle","type":"transaction","entry":[` + strings.Join([]string{
		`{"resource":{"resourceType":"Organization","id":"ed","active":true,"name":"ED","type":[{"coding":[{"system":"https://concord.health/fhir/CodeSystem/organisation","code":"health"}]}]},"request":{"method":"PUT","url":"Organization/ed"}}`,
		`{"resource":{"resourceType":"Practitioner","id":"dr"},"request":{"method":"PUT","url":"Practitioner/dr"}}`,
		`{"resource":{"resourceType":"Patient","id":"hider","birthDate":"1960-02-03","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]},"request":{"method":"PUT","url":"Patient/hider"}}`,
		`{"resource":{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/hider"},"code":{"text":"nuts"}},"request":{"method":"PUT","url":"AllergyIntolerance/a"}}`,
		`{"resource":{"resourceType":"Consent","id":"c","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/hider"},"dateTime":"2026-01-01","performer":[{"reference":"Patient/hider"}],"policy":[{"uri":"urn:x"}],"provision":{"type":"deny","provision":[{"type":"deny","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"ETREAT"}]}]}},"request":{"method":"PUT","url":"Consent/c"}}`,
	}, ",") + `]}`)
	doctor := must(t, "token", "--data", dir, "--fhir-user", "Practitioner/dr", "--organization", "Organization/ed", "--role", "clinician", "--purpose", "ETREAT", "--scope", "user/*.cruds")
	if a := s.get(t, "/AllergyIntolerance/a", op); a.status != http.StatusOK {
		t.Fatalf("the operator does not read what was imported: %d %s", a.status, a.body)
	}
	answers := map[string]string{}
	for _, number := range []string{"9990000026", "9990000034"} {
		opened := s.do(t, "POST", "/Patient/$start-care", doctor, named(number, "1960-02-03", emergencyReason))
		view := s.do(t, "POST", "/Patient/$whole-person", doctor, named(number, "1960-02-03", ""))
		if opened.status != http.StatusOK || view.status != http.StatusOK {
			t.Fatalf("%d %d\n%s\n%s", opened.status, view.status, opened.body, view.body)
		}
		answers[number] = strings.ReplaceAll(string(view.body), number, "NUMBER")
		if strings.Contains(answers[number], "nuts") {
			t.Error("a hidden allergy shows")
		}
	}
	// The identifier and what is derived from it (document ids) differ because they were asked differently.
	if a, b := documentIDs.ReplaceAllString(answers["9990000026"], "ID"), documentIDs.ReplaceAllString(answers["9990000034"], "ID"); a != b {
		t.Errorf("hidden and unknown differ:\n%s", cmp.Diff(a, b))
	}
}

// A choice is in force at the very next request, with the cache warm, and so is its withdrawal.
func TestWithdrawalChangesTheNextAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startDemo(t, "--data", dir)
	amina := must(t, "token", "--data", dir, "--persona", "amina")
	gp := must(t, "token", "--data", dir, "--persona", "gp")
	before := s.get(t, "/Patient/amina/$whole-person", gp)
	if again := s.get(t, "/Patient/amina/$whole-person", gp); string(again.body) != string(before.body) {
		t.Fatal("two answers without a change between them differ")
	}
	deny := `{"resourceType":"Consent","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/amina"},"dateTime":"2026-11-21","performer":[{"reference":"Patient/amina"}],"policy":[{"uri":"urn:x"}],"provision":{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/larkfield-practice"}}],"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Goal"}],"provision":[{"type":"deny","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"ETREAT"}]}]}}`
	created := s.do(t, "POST", "/Consent", amina, deny)
	if created.status != http.StatusCreated {
		t.Fatalf("the choice is not taken: %d\n%s", created.status, created.body)
	}
	hidden := s.get(t, "/Patient/amina/$whole-person", gp)
	if strings.Contains(string(hidden.body), `"resourceType":"Goal"`) || !strings.Contains(string(before.body), `"resourceType":"Goal"`) {
		t.Fatal("the very next view shows goals that were just denied, or there were none")
	}
	if a := s.do(t, "DELETE", "/Consent/"+created.field(t, "id"), amina, ""); a.status >= 300 {
		t.Fatalf("the choice is not withdrawn: %d\n%s", a.status, a.body)
	}
	if after := s.get(t, "/Patient/amina/$whole-person", gp); string(after.body) != string(before.body) {
		t.Errorf("after the withdrawal the view is not as it was:\n%s", cmp.Diff(outline(t, before.body), outline(t, after.body)))
	}
}
