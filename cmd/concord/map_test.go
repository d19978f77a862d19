package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// afternoon is the example of the guide, word for word: the table and the definition.
func afternoon(t *testing.T) (string, string, string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "mappings", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := func(word string) string {
		_, after, _ := strings.Cut(string(text), "```"+word+"\n")
		inside, _, ok := strings.Cut(after, "```")
		if !ok {
			t.Fatalf("the guide has no block of %s", word)
		}
		return inside
	}
	dir := lay(t, map[string]string{"referrals.csv": block("csv"), "referrals.yaml": block("yaml")})
	return dir, filepath.Join(dir, "referrals.yaml"), filepath.Join(dir, "referrals.csv")
}

func TestTheGuideIsTrue(t *testing.T) {
	t.Parallel()
	dir, definition, table := afternoon(t)
	first := filepath.Join(dir, "first.yaml")
	draft := must(t, "map", "init", "--name", "referrals", "--source", "https://charity.example/ids", table)
	if err := os.WriteFile(first, []byte(draft+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if told := must(t, "map", "check", first, table); !strings.Contains(told, "2 records, 0 refused") || !strings.Contains(told, "Shoe size") {
		t.Error(told)
	}
	told := must(t, "map", "check", definition, table)
	for _, want := range []string{"its laws hold", "round trips: 2 of 2", "19 mapped, 2 kept, 0 lost", "Shoe size      2 kept"} {
		if !strings.Contains(told, want) {
			t.Errorf("no %q in %s", want, told)
		}
	}
	lines := filepath.Join(dir, "referrals.ndjson")
	if err := os.WriteFile(lines, []byte(must(t, "map", "to-fhir", definition, table)), 0o600); err != nil {
		t.Fatal(err)
	}
	if back := must(t, "map", "from-fhir", definition, lines); !strings.Contains(back, "wants to garden again,seen,") {
		t.Error(back)
	}
	if page := must(t, "map", "report", "--format", "html", definition, table); !strings.Contains(page, "Task.description") {
		t.Error(page)
	}
	if told := must(t, "map", "diff", first, definition); !strings.Contains(told, "+ Task.description") {
		t.Error(told)
	}
}

func TestTheGuidesRecordsAreTakenInAndGivenBack(t *testing.T) {
	t.Parallel()
	_, definition, table := afternoon(t)
	data := t.TempDir()
	s := startDemo(t, "--data", data, "--definition", definition)
	token := must(t, "token", "--data", data, "--organization", "Organization/kindred-wexbridge", "--purpose", "TREAT", "--scope", "system/*.cruds")
	body, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	base := strings.TrimSuffix(s.address, "/fhir")
	send := func(text, token string) answer {
		return sendLocal(t, base+"/ingest/referrals", token, text)
	}
	a := send(string(body), token)
	if a.status != http.StatusOK || strings.Count(string(a.body), `"taken"`) != 3 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	_, after, _ := strings.Cut(string(a.body), "Task/")
	id, _, _ := strings.Cut(after, `"`)
	back := s.get(t, "/Task/"+id+"/$convert?definition=referrals", token)
	if want := strings.Split(string(body), "\n"); strings.TrimSpace(string(back.body)) != want[0]+"\n"+want[1] {
		t.Errorf("it does not come back as it was: %d %s", back.status, back.body)
	}
	if a := s.get(t, "/Task/"+id+"/$convert?definition=referrals", must(t, "token", "--data", data, "--persona", "gp")); a.status != http.StatusNotFound {
		t.Errorf("the practice, which has nothing to do with it: %d %s", a.status, a.body)
	}

	bad := strings.Replace(string(body), ",new,", ",nwe,", 1)
	if a := send(bad, token); a.status != http.StatusOK || !strings.Contains(string(a.body), `"refused"`) || strings.Contains(string(a.body), "nwe") {
		t.Errorf("a row with a status that is not in the table: %d %s", a.status, a.body)
	}
	if a := send("a,b\n1,2\n", token); a.status != http.StatusBadRequest {
		t.Errorf("another table: %d %s", a.status, a.body)
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(operatorToken(t, data)), 0o600); err != nil {
		t.Fatal(err)
	}
	replay := func(args ...string) (int, string, string) {
		return concord(t, append([]string{"map", "replay", "--url", s.address, "--token-file", file}, args...)...)
	}
	_, list, stderr := replay()
	letter := ""
	for line := range strings.Lines(list) {
		if strings.Contains(line, "Status: ") {
			letter, _, _ = strings.Cut(line, " ")
		}
	}
	if letter == "" || strings.Count(list, "\n") != 2 {
		t.Fatalf("%s%s", list, stderr)
	}
	saved := filepath.Join(t.TempDir(), "row.csv")
	if status, _, stderr := replay("--save", saved, letter); status != statusOK {
		t.Fatal(stderr)
	}
	row, err := os.ReadFile(saved)
	if err != nil || !strings.Contains(string(row), "nwe") {
		t.Fatalf("%v %s", err, row)
	}
	if status, _, stderr := replay(letter); status != statusFailed || !strings.Contains(stderr, "Status") {
		t.Errorf("as it was: %d %s", status, stderr)
	}
	if err := os.WriteFile(saved, []byte(strings.Replace(string(row), "nwe", "done", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := replay("--with", saved, letter); status != statusOK || !strings.Contains(stdout, "taken in") {
		t.Errorf("mended: %d %s%s", status, stdout, stderr)
	}
	if a := s.get(t, "/Task/"+id, token); !strings.Contains(string(a.body), `"completed"`) {
		t.Errorf("what was mended did not arrive: %s", a.body)
	}
}

func TestTheWorkbenchTeachesAndFails(t *testing.T) {
	t.Parallel()
	dir, definition, table := afternoon(t)
	text, err := os.ReadFile(definition)
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(dir, "wrong.yaml")
	if err := os.WriteFile(wrong, []byte(strings.Replace(string(text), "fhir: description}", "fhir: descriptionn}", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := filepath.Join(dir, "bad.csv")
	if err := os.WriteFile(rows, []byte("Ref,NHS number,Surname,Date of birth,Status\nR-9,999 000 0019,Nowak,31/02/1980,new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, says string
		status     int
		args       []string
	}{
		{"a path that FHIR does not have", `description`, statusFailed, []string{"check", wrong, table}},
		{"its line", "line 3", statusFailed, []string{"check", wrong, table}},
		{"no such definition", "charity-referrals", statusFailed, []string{"check", "nothing"}},
		{"a number that fails its check", "NHS number", statusFailed, []string{"check", definition, rows}},
		{"no such sample", "read the samples", statusFailed, []string{"check", definition, filepath.Join(dir, "none")}},
		{"run without --dry", "--dry", statusUsage, []string{"run", "--definition", definition, table}},
		{"a folder with what nobody takes", "refused", statusFailed, []string{"run", "--dry", "--definition", definition, dir}},
		{"the same version twice", "give the newer one another", statusFailed, []string{"diff", definition, changed(t, dir, string(text))}},
		{"a key that is too short", "8 characters", statusUsage, []string{"scrub", definition, table, "--key", "short", "--out", dir}},
	} {
		status, _, stderr := concord(t, append([]string{"map"}, c.args...)...)
		if status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d, %s", c.name, status, stderr)
		}
		if strings.Contains(stderr, "Nowak") || strings.Contains(stderr, "9990000019") {
			t.Errorf("%s: a record is quoted: %s", c.name, stderr)
		}
	}
	if list := must(t, "map", "list"); !strings.Contains(list, "gp-record") {
		t.Error(list)
	}
	if source := must(t, "map", "list", "gp-record"); !strings.Contains(source, "definition: gp-record") {
		t.Error(source)
	}
}

// changed is a definition that differs, under the same version.
func changed(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "changed.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(text, "[seen, in-progress]", "[met, in-progress]", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInventedAndScrubbedRecordsAreTaken(t *testing.T) {
	t.Parallel()
	_, definition, table := afternoon(t)
	out := t.TempDir()
	made := filepath.Join(t.TempDir(), "made.csv")
	if err := os.WriteFile(made, []byte(must(t, "map", "generate", definition, "--count", "20")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := must(t, "map", "generate", definition, "--count", "20"); again != strings.TrimSpace(contentOf(t, made)) {
		t.Error("the same seed gives other records")
	}
	must(t, "map", "run", "--dry", "--definition", definition, made)
	told := must(t, "map", "scrub", definition, table, "--key", "a long enough key", "--keep", "Status", "--out", out)
	if !strings.Contains(told, "Surname: replaced, 2 times") || !strings.Contains(told, "Status: left as it is, 2 times") {
		t.Error(told)
	}
	scrubbed := filepath.Join(out, "sample-001.csv")
	for _, secret := range []string{"Nowak", "Idris", "9990000018", "999 000 0018", "R-001", "ZZ1", "lonely", "03/02/1980"} {
		if strings.Contains(contentOf(t, scrubbed), secret) {
			t.Errorf("%s is left", secret)
		}
	}
	must(t, "map", "check", definition, scrubbed)
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sendLocal posts a table.
func sendLocal(t *testing.T, address, token, text string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "text/csv")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, content}
}
