package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// viewSamples are one record of each kind of sender, each with something that the label rules find sensitive.
var viewSamples = []struct{ name, definition, file string }{
	{"a charity's spreadsheet, whose reason for a referral tells of therapy", "charity-referrals", "charity.csv"},
	{"a GP system's JSON, with a goal about drugs and a contingency plan about suicide", "gp-record", "gp.json"},
	{"a laboratory's HL7 v2, with an allergy, an HIV test and a word about a clinic", "hl7v2-oru", "oru.hl7"},
}

func TestWhoWouldSeeWhat(t *testing.T) {
	t.Parallel()
	for _, c := range viewSamples {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("testdata", "view", c.file)
			for _, format := range []string{"text", "json"} {
				goldenView(t, c.file+"."+format, must(t, "map", "view", "--format", format, c.definition, path))
			}
		})
	}
}

func goldenView(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "view", name)
	if *update {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(contentOf(t, path), got+"\n"); diff != "" {
		t.Errorf("%s differs (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

// viewed reads the report of a run.
func viewed(t *testing.T, args ...string) viewReport {
	t.Helper()
	_, stdout, stderr := concord(t, append([]string{"map", "view", "--format", "json"}, args...)...)
	var report viewReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	return report
}

func TestTheReasonSaysWhatTheReadingShows(t *testing.T) {
	t.Parallel()
	for _, c := range viewSamples {
		for _, thing := range viewed(t, c.definition, filepath.Join("testdata", "view", c.file)).Records[0].Things {
			for _, s := range thing.Seen {
				shown := strings.HasPrefix(s.Why, "They can see") || s.Why == "This is your own record."
				if shown != (s.Sight != seenHidden) || s.Why == "" {
					t.Errorf("%s: %s is %s to %s, and the reason is %q", c.file, thing.Name, s.Sight, s.As, s.Why)
				}
			}
		}
	}
}

// The same record sent to a running demo, and its Patient linked to hers, is read as the view says.
func TestADemoAnswersAsTheViewSays(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "view", "charity.csv")
	dir := t.TempDir()
	s := startDemo(t, "--data", dir, "--definition", "charity-referrals")
	operator := operatorToken(t, dir)
	if a := s.do(t, "POST", "/Consent", operator, strings.Replace(string(viewChoice), `"id": "amina-sensitive-not-to-all",`, "", 1)); a.status/100 != 2 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	sender := must(t, "token", "--data", dir, "--organization", "Organization/kindred-wexbridge", "--purpose", "TREAT", "--scope", "system/*.cruds")
	a := sendLocal(t, strings.TrimSuffix(s.address, "/fhir")+"/ingest/charity-referrals", sender, contentOf(t, path))
	var made []string
	for _, m := range regexp.MustCompile(`"name":"made","valueReference":\{"reference":"([^"]+)"`).FindAllSubmatch(a.body, -1) {
		made = append(made, string(m[1]))
	}
	if len(made) < 5 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	her := s.get(t, "/Patient/amina", operator)
	linked := strings.Replace(string(her.body), `"active":true`, `"active":true,"link":[{"type":"seealso","other":{"reference":"`+made[0]+`"}}]`, 1)
	if a := s.do(t, "PUT", "/Patient/amina", operator, linked); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for i, thing := range viewed(t, "charity-referrals", path).Records[0].Things {
		for _, seen := range thing.Seen {
			if slices.Contains([]string{"amina", "carer", "treating"}, seen.As) { // launched for one Patient, or not begun
				continue
			}
			a := s.get(t, "/"+made[i], must(t, "token", "--data", dir, "--persona", seen.As))
			if (a.status == 200) != (seen.Sight != seenHidden) {
				t.Errorf("%s is %s to %s, and the demo answers %d", thing.Name, seen.Sight, seen.As, a.status)
			}
			for _, path := range seen.LeftOut {
				if _, element, _ := strings.Cut(path, "."); strings.Contains(string(a.body), `"`+element+`"`) {
					t.Errorf("%s is cut for %s, and the demo shows %s", thing.Name, seen.As, path)
				}
			}
		}
	}
}

func TestManyRecordsAreCounted(t *testing.T) {
	t.Parallel()
	head, row, _ := strings.Cut(contentOf(t, filepath.Join("testdata", "view", "charity.csv")), "\n")
	var rows strings.Builder
	rows.WriteString(head + "\n")
	for _, n := range []string{"R-301", "R-302", "R-303", "R-304"} {
		one := strings.Replace(row, "R-201", n, 1)
		if n == "R-304" {
			one = strings.Replace(one, "psychotherapy", "choir", 1)
		}
		rows.WriteString(one)
	}
	rows.WriteString(strings.NewReplacer("R-201", "R-305", "Active", "Actve").Replace(row))
	dir := lay(t, map[string]string{"many.csv": rows.String()})
	many := filepath.Join(dir, "many.csv")
	status, stdout, stderr := concord(t, "map", "view", "charity-referrals", many)
	if status != statusFailed || !strings.Contains(stderr, "Status") {
		t.Errorf("a row is refused: %d %s", status, stderr)
	}
	for _, want := range []string{
		"5 records, 1 refused", "referral (ServiceRequest)       4/0/0  0/0/4  4/0/0  1/0/3", "3 x referral, psychiatric care (PSY)",
		"4 x task, 4 x wellbeing-before, 1 x referral from carer: They cannot see this.",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in %s", want, stdout)
		}
	}
	report := viewed(t, "charity-referrals", many)
	if got := report.ByLabel[0]; got.Count != 3 || got.Name != "referral" || !slices.Equal(got.From, []string{"hospice", "linkworker"}) || len(got.Records) != 3 {
		t.Errorf("what labels hide most: %+v", got)
	}
	page := contentWith(t, "--format", "html", "charity-referrals", many)
	for _, never := range []string{"<script", "http:", "https:", "Nowak"} {
		if strings.Contains(page, never) {
			t.Errorf("%s is in the page", never)
		}
	}
	if !strings.Contains(page, "from hospice, linkworker") {
		t.Error(page)
	}
}

func contentWith(t *testing.T, args ...string) string {
	t.Helper()
	_, stdout, _ := concord(t, append([]string{"map", "view"}, args...)...)
	return stdout
}

func TestWhatAPersonaGets(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "view", "charity.csv")
	for _, c := range []struct {
		as           string
		shows, hides []string
	}{
		{"amina", []string{"My community", "wellbeing-before"}, []string{"Not shown"}},
		{"gp", []string{"Community and social prescribing", "referral: ", "matters: "}, []string{"Not shown"}},
		{"linkworker", []string{"wellbeing-before: ", "Not shown: referral."}, []string{"psychotherapy"}},
		{"emergency", []string{"a person who does not exist"}, []string{"matters"}},
		{"treating", []string{"referral: ", "Maja Nowak"}, []string{"Not shown"}},
	} {
		told := must(t, "map", "view", "--as", c.as, "charity-referrals", path)
		for _, want := range c.shows {
			if !strings.Contains(told, want) {
				t.Errorf("%s: no %q in %s", c.as, want, told)
			}
		}
		for _, never := range c.hides {
			if strings.Contains(told, never) {
				t.Errorf("%s: %q is in %s", c.as, never, told)
			}
		}
	}
	document := must(t, "map", "view", "--as", "linkworker", "--format", "json", "charity-referrals", path)
	if strings.Contains(document, "psychotherapy") || !strings.HasPrefix(document, `{"resourceType":"Bundle"`) {
		t.Errorf("%.300s", document)
	}
}

func TestTheViewTeachesAndFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "view", "charity.csv")
	dir := lay(t, map[string]string{
		"stock.yaml": "definition: stock\nversion: 1.0.0\nformat: csv\nsource: https://charity.example/ids\nkeep: true\ncolumns: [Item, Name]\n" +
			"resources:\n  - name: item\n    type: Medication\n    key: Item\n    rules:\n      - {local: Name, fhir: code.text}\n",
		"stock.csv": "Item,Name\nI-1,Weir Street ointment\n",
	})
	for _, c := range []struct {
		name, says string
		status     int
		args       []string
	}{
		{"no such persona", "there are amina, carer, gp, hospice, emergency, treating, linkworker", statusUsage, []string{"--as", "nobody", "charity-referrals", path}},
		{"no such organisation", "Organization/st-brannocs-hospice", statusUsage, []string{"--organization", "Organization/x", "charity-referrals", path}},
		{"a page of what one persona gets", "text or json", statusUsage, []string{"--as", "gp", "--format", "html", "charity-referrals", path}},
		{"no such definition", "charity-referrals", statusFailed, []string{"nothing", path}},
		{"a record of another definition", "asks for", statusFailed, []string{"hl7v2-adt", filepath.Join("testdata", "view", "oru.hl7")}},
		{"a definition that makes nothing about a person", "refer to a Patient", statusFailed, []string{filepath.Join(dir, "stock.yaml"), filepath.Join(dir, "stock.csv")}},
	} {
		status, _, stderr := concord(t, append([]string{"map", "view"}, c.args...)...)
		if status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d, %s", c.name, status, stderr)
		}
		if strings.Contains(stderr, "Nowak") || strings.Contains(stderr, "Weir") {
			t.Errorf("%s: a record is quoted: %s", c.name, stderr)
		}
	}
}

// It sets the directory of temporary files for the whole process, so it does not run beside others.
func TestNothingOfTheRecordsIsWritten(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	must(t, "map", "view", "charity-referrals", filepath.Join("testdata", "view", "charity.csv"))
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
}

func TestTheGuideShowsWhoWouldSeeIt(t *testing.T) {
	t.Parallel()
	_, definition, table := afternoon(t)
	told := must(t, "map", "view", definition, table)
	for _, want := range []string{"sent by Kindred Wexbridge: 2 records, 0 refused", "task (Task)        whole  whole  whole  whole    -          whole     -"} {
		if !strings.Contains(told, want) {
			t.Errorf("no %q in %s", want, told)
		}
	}
	guide := contentOf(t, filepath.Join("..", "..", "mappings", "README.md"))
	if !strings.Contains(guide, "concord map view referrals.yaml referrals.csv") {
		t.Error("the guide does not say how")
	}
}
