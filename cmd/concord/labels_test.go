package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestLabelRulesArePrintedAndChecked(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(file, []byte(must(t, "labels", "rules")), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := must(t, "labels", "rules", file); said != "the table can be used" {
		t.Error(said)
	}
	if err := os.WriteFile(file, []byte("words a HIV hiv\ncodes b HUV x 1\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"labels", "rules", file},
		{"serve", "--label-rules", file},
		{"demo", "--label-rules", file},
	} {
		status, _, stderr := concord(t, args...)
		if status == statusOK || !strings.Contains(stderr, "line 2: ") || !strings.Contains(stderr, "line 3: ") {
			t.Errorf("concord %s: status %d\n%s", strings.Join(args, " "), status, stderr)
		}
	}
}

var reviewMark = regexp.MustCompile(`CarePlan/(\S+)/_history/\S+: (\S+) by mind-words: (.*); harmless: (\S+)\|(\S+)`)

// What words alone say is listed, without what they are said in, until somebody has looked. A contingency plan is not
// hidden meanwhile.
func TestWhatWordsAloneSayAwaitsAPersonsLook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startDemo(t, "--data", dir)
	const secret = "he spoke of being suicidal in 2019 at Quarry Lane"
	plan := func(category string) string {
		return `{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/amina"},"description":"` + secret + `",
"category":[{"coding":[{"system":"https://concord.health/fhir/CodeSystem/category","code":"` + category + `"}]}]}`
	}
	ids := map[string]string{}
	bodies := map[string]json.RawMessage{}
	for _, category := range []string{"contingency", "care-and-support"} {
		a := s.do(t, http.MethodPost, "/CarePlan", operatorToken(t, dir), plan(category))
		if a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.body)
		}
		ids[a.field(t, "id")], bodies[a.field(t, "id")] = category, json.RawMessage(a.body)
	}
	if s.stop() != statusOK {
		t.Fatal(s.stderr)
	}
	said := must(t, "labels", "review", "--data", dir)
	if strings.Contains(said, "Quarry") || strings.Contains(said, "2019") {
		t.Errorf("it tells what the plan says:\n%s", said)
	}
	found := map[string]string{}
	marks := map[string][]string{}
	for _, m := range reviewMark.FindAllStringSubmatch(said, -1) {
		found[ids[m[1]]] = m[3]
		marks[m[1]] = m[4:]
	}
	if found["contingency"] != "not labelled until somebody has looked" || found["care-and-support"] != "labelled meanwhile" {
		t.Errorf("got %v of\n%s", found, said)
	}

	s = startDemo(t, "--data", dir)
	for id, mark := range marks {
		var body map[string]any
		if err := json.Unmarshal(bodies[id], &body); err != nil {
			t.Fatal(err)
		}
		body["meta"] = map[string]any{"security": []any{map[string]any{"system": mark[0], "code": mark[1]}}}
		marked, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if a := s.do(t, http.MethodPut, "/CarePlan/"+id, operatorToken(t, dir), string(marked)); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if s.stop() != statusOK {
		t.Fatal(s.stderr)
	}
	if said := must(t, "labels", "review", "--data", dir); reviewMark.MatchString(said) {
		t.Errorf("what was looked at is listed:\n%s", said)
	}
	if said := must(t, "check", "--data", dir); !strings.Contains(said, "the record is whole") {
		t.Error(said)
	}
}
