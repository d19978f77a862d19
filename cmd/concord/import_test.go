package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"concord/gateway"
	"concord/gateway/guard"
)

// lay writes files into a new directory.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const family = `{
  "resourceType": "Bundle", "type": "transaction",
  "entry": [
    {"fullUrl": "urn:uuid:0c6bd1d6-6a5b-4f0a-8a86-3cf0a1f4f0e1",
     "resource": {"resourceType": "Patient", "birthDate": "1950-01-02"},
     "request": {"method": "POST", "url": "Patient"}},
    {"fullUrl": "https://there.invalid/fhir/Goal/g1",
     "resource": {"resourceType": "Goal", "id": "g1", "lifecycleStatus": "active", "description": {"text": "walk"},
       "subject": {"reference": "urn:uuid:0c6bd1d6-6a5b-4f0a-8a86-3cf0a1f4f0e1"}},
     "request": {"method": "PUT", "url": "Goal/g1"}},
    {"resource": {"resourceType": "CarePlan", "status": "active", "intent": "plan",
       "subject": {"reference": "urn:uuid:0c6bd1d6-6a5b-4f0a-8a86-3cf0a1f4f0e1"},
       "goal": [{"reference": "https://there.invalid/fhir/Goal/g1"}]},
     "request": {"method": "POST", "url": "CarePlan"}}
  ]
}`

func TestImportStoresWhatReadsBackEqual(t *testing.T) {
	t.Parallel()
	const patient = `{"resourceType":"Patient","id":"p1","multipleBirthInteger":2,"extension":[{"url":"https://x.invalid/d","valueDecimal":1.10}]}`
	files := lay(t, map[string]string{
		"patient.json":       patient,
		"more.ndjson":        `{"resourceType":"Patient","id":"p2"}` + "\n\n" + `{"resourceType":"Patient","id":"p3"}`,
		"deep/family.json":   family,
		"deep/archive.json":  `{"resourceType":"Bundle","id":"kept","type":"collection"}`,
		"deep/ask.json":      `{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"b"}]}`,
		"deep/README.txt":    "not read",
		"deep/again.json":    patient,
		"deep/no-id-at.json": `{"resourceType":"Patient","gender":"other"}`,
	})
	data := t.TempDir()
	if got, want := must(t, "import", "--data", data, files), "8 new, 1 unchanged, 1 skipped, 0 refused"; got != want {
		t.Errorf("first: %q, want %q", got, want)
	}
	if got, want := must(t, "import", "--data", data, files), "0 new, 9 unchanged, 1 skipped, 0 refused"; got != want {
		t.Errorf("second: %q, want %q", got, want)
	}

	s := startDemo(t, "--empty", "--data", data)
	token := operatorToken(t, data)
	a := s.get(t, "/Patient/p1", token)
	if a.status != http.StatusOK || !strings.Contains(string(a.body), `"valueDecimal":1.10`) {
		t.Errorf("the patient: %d %s", a.status, a.body)
	}
	var goal, plan struct {
		Subject struct{ Reference string }
		Goal    []struct{ Reference string }
	}
	if err := json.Unmarshal(s.get(t, "/Goal/g1", token).body, &goal); err != nil {
		t.Fatal(err)
	}
	const parent = "Patient/0c6bd1d6-6a5b-4f0a-8a86-3cf0a1f4f0e1"
	if goal.Subject.Reference != parent {
		t.Errorf("the goal is about %q", goal.Subject.Reference)
	}
	planID := derivedID(filepath.Base(files)+"/deep/family.json", 2)
	if err := json.Unmarshal(s.get(t, "/CarePlan/"+string(planID), token).body, &plan); err != nil {
		t.Fatal(err)
	}
	if plan.Subject.Reference != parent || len(plan.Goal) != 1 || plan.Goal[0].Reference != "Goal/g1" {
		t.Errorf("the plan: %+v", plan)
	}
	if a := s.get(t, "/"+parent, token); a.status != http.StatusOK {
		t.Errorf("the parent: %d", a.status)
	}
	if a := s.get(t, "/Bundle/kept", token); a.status != http.StatusOK {
		t.Errorf("the collection: %d", a.status)
	}
}

func TestImportNamesEachRefusalAndStoresTheRest(t *testing.T) {
	t.Parallel()
	files := lay(t, map[string]string{
		"a-good.json":     `{"resourceType":"Patient","id":"good"}`,
		"b-broken.json":   "{\"resourceType\":\"Patient\",\n  \"id\" \"x\"}",
		"c-unknown.json":  "{\"resourceType\":\"Patient\",\"id\":\"u\",\n  \"shoeSize\":987654}",
		"d-lines.ndjson":  "{\"resourceType\":\"Patient\",\"id\":\"l1\"}\n{\"resourceType\":\"Patient\",\"id\":\"l2\",\"gender\":\"FEMALE\"}\n",
		"e-bundle.json":   "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[\n {\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/x\"}},\n {\"request\":{\"method\":\"PUT\",\"url\":\"Patient/y\"},\n  \"resource\":{\"resourceType\":\"Patient\",\"id\":\"y\",\n   \"active\":\"yes\"}},\n {\"request\":{\"method\":\"POST\",\"url\":\"Patient\"}},\n {\"request\":{\"method\":\"PUT\",\"url\":\"Patient/z\"},\"resource\":{\"resourceType\":\"Patient\",\"id\":\"z\"}}]}",
		"f-conflict.json": `{"resourceType":"Patient","id":"good","active":true}`,
	})
	data := t.TempDir()
	status, stdout, stderr := concord(t, "import", "--data", data, files, filepath.Join(files, "missing.json"), filepath.Join(files, "a-good.json"))
	if status != statusFailed {
		t.Errorf("status %d", status)
	}
	if got, want := strings.TrimSpace(stdout), "3 new, 1 unchanged, 0 skipped, 8 refused"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	var got []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimPrefix(line, files+string(filepath.Separator))
		parts := strings.SplitN(line, ": ", 4)
		if len(parts) != 4 {
			t.Fatalf("not \"file: expression: line:col: reason\": %q", line)
		}
		got = append(got, strings.Join(parts[:3], ": "))
	}
	want := []string{
		"b-broken.json: Resource: 2:8",
		"c-unknown.json: Patient.shoeSize: 2:3",
		"d-lines.ndjson: Patient.gender: 2:37",
		"f-conflict.json: Resource: 1:1",
		"missing.json: Resource: 1:1",
		"e-bundle.json: Bundle.entry[0].request.method: 2:2",
		"e-bundle.json: Bundle.entry[1].resource.active: 5:4",
		"e-bundle.json: Bundle.entry[2].resource: 6:2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, stderr)
	}
	for _, secret := range []string{"FEMALE", "987654", "yes"} {
		if strings.Contains(stderr, secret) {
			t.Errorf("the refusals quote the content %q", secret)
		}
	}
}

func TestImportFillsSeveralBatches(t *testing.T) {
	t.Parallel()
	files := lay(t, map[string]string{"many.ndjson": manyPatients(2*gateway.ImportBatch + 1)})
	if got, want := must(t, "import", "--data", t.TempDir(), filepath.Join(files, "many.ndjson")), "401 new, 0 unchanged, 0 skipped, 0 refused"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
}

func manyPatients(n int) string {
	var lines strings.Builder
	for i := range n {
		lines.WriteString(`{"resourceType":"Patient","id":"` + string(derivedID("many", i)) + "\"}\n")
	}
	return lines.String()
}

func TestEachResourceThatTheGuardRefusesIsNamed(t *testing.T) {
	t.Parallel()
	p := &process{now: time.Now, newID: uuid.NewString, stderr: io.Discard}
	r, err := openRecord(t.Context(), p, toolSettings(t.TempDir(), ""), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	files := lay(t, map[string]string{"many.ndjson": manyPatients(7)})
	var refusals buffer
	i := newImporter(t.Context(), offline(r.guard.As(guard.Caller{Purposes: []string{"TREAT"}})), &refusals) // not an operator
	if err := i.all(t.Context(), func(yield func(raw) error) error { return eachRaw([]string{files}, yield) }); err != nil {
		t.Fatal(err)
	}
	for n := range 7 {
		if want := fmt.Sprintf("many.ndjson: Resource: %d:1: ", n+1); !strings.Contains(refusals.String(), want) {
			t.Errorf("%q is not in\n%s", want, &refusals)
		}
	}
	if i.refused != 7 || i.stored != 0 {
		t.Errorf("%d refused, %d stored", i.refused, i.stored)
	}
}

func TestReferencesAreRewritten(t *testing.T) {
	t.Parallel()
	refs := map[string]string{"urn:uuid:1": "Patient/1", "https://there.invalid/Goal/2": "Goal/2"}
	for _, c := range []struct{ name, in, want string }{
		{"a urn in a reference", `{"subject":{"reference":"urn:uuid:1"}}`, `{"subject":{"reference":"Patient/1"}}`},
		{"an address in a reference", `{"goal":[{"reference" : "https://there.invalid/Goal/2"}]}`, `{"goal":[{"reference" : "Goal/2"}]}`},
		{"a urn in a uri", `{"valueUri":"urn:uuid:1"}`, `{"valueUri":"Patient/1"}`},
		{"an escaped urn", `{"reference":"urn\u003auuid:1"}`, `{"reference":"Patient/1"}`},
		{"not an address elsewhere", `{"url":"https://there.invalid/Goal/2"}`, `{"url":"https://there.invalid/Goal/2"}`},
		{"not a name", `{"urn:uuid:1":"x"}`, `{"urn:uuid:1":"x"}`},
		{"not another urn", `{"reference":"urn:uuid:12"}`, `{"reference":"urn:uuid:12"}`},
		{"several", `["urn:uuid:1","x","urn:uuid:1"]`, `["Patient/1","x","Patient/1"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, changed := rewriteReferences([]byte(c.in), refs)
			if string(got) != c.want || changed != (c.in != c.want) {
				t.Errorf("got %s, changed %v", got, changed)
			}
		})
	}
}

func FuzzBundle(f *testing.F) {
	f.Add([]byte(family))
	f.Add([]byte(`{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"id":3}},null]}`))
	f.Add([]byte(`{"resourceType":"Bundle","type":"batch"} {}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, ok := scanBundle(data)
		if !ok || !b.runs() {
			return
		}
		err := eachEntry(source{path: "f.json", key: "f.json"}, document{data: data, at: position{1, 1}}, func(r raw) error {
			decode(r)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		for _, e := range b.entries {
			if got := data[e.resourceStart : e.resourceStart+len(e.resource)]; string(got) != string(e.resource) {
				t.Errorf("the resource is not at %d", e.resourceStart)
			}
		}
	})
}
