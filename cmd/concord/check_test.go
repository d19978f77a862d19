package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"concord/consent"
	"concord/gateway"
	"concord/gateway/guard"
)

// denyVisit is a choice that follows references.
var denyVisit = strings.Replace(denyGoals, `"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Goal"}]`,
	`"data":[{"meaning":"related","reference":{"reference":"Encounter/none"}}]`, 1)

// lived is a demo in which people did things, stopped.
func lived(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := startDemo(t, "--data", dir, "--people", "3")
	token := func(persona string) string { return must(t, "token", "--data", dir, "--persona", persona) }
	amina, gp := token("amina"), token("gp")
	for _, c := range []struct{ method, path, token, body string }{
		{"POST", "/Consent", amina, denyGoals},
		{"POST", "/Consent", amina, denyVisit}, // its standing holds references from here on
		{"POST", "/CarePlan", gp, benchPlan},
		{"POST", "/Patient/$start-care", token("emergency"), named(aminaNumber, aminaBirth, emergencyReason)},
		{"POST", "/Patient/$start-care", token("emergency"), named(nobodyNumber, aminaBirth, emergencyReason)},
		{"POST", "/RelatedPerson", operatorToken(t, dir), `{"resourceType":"RelatedPerson","patient":{"reference":"Patient/amina"},"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleCode","code":"SIB"}]}]}`},
		// Another Patient of the same person: the two are one from then on.
		{"POST", "/Patient", operatorToken(t, dir), `{"resourceType":"Patient","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + aminaNumber + `"}],"birthDate":"` + aminaBirth + `"}`},
	} {
		a := s.do(t, c.method, c.path, c.token, c.body)
		if a.status >= 300 {
			t.Fatalf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
		if c.path == "/CarePlan" || c.path == "/RelatedPerson" {
			path := c.path + "/" + a.field(t, "id")
			if a := s.do(t, http.MethodDelete, path, c.token, ""); a.status >= 300 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
	}
	if s.stop() != statusOK {
		t.Fatal(s.stderr)
	}
	return dir
}

// content is all rows of the record, for comparison.
func content(t *testing.T, dir string) string {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all strings.Builder
	for _, table := range []string{"person", "patient", "identity", "state", "reach", "thing", "version", "about", "find_value", "find_text", "find_date"} {
		order := " order by 1, 2, 3"
		if table == "person" || table == "patient" || table == "identity" || table == "reach" {
			order = " order by 1, 2"
		}
		rows, err := db.QueryContext(t.Context(), "select * from "+table+order)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		for rows.Next() {
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				fmt.Fprintf(&all, "%x ", *v.(*any))
			}
			all.WriteString(table + "\n")
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // at the end of each round
			t.Fatal(err)
		}
	}
	return all.String()
}

func change(t *testing.T, dir, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	done, err := db.ExecContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := done.RowsAffected(); n == 0 {
		t.Fatalf("nothing was changed by %s", text)
	}
}

func TestAStoreInUseIsWholeAndReindexChangesNothingInIt(t *testing.T) {
	t.Parallel()
	dir := lived(t)
	if said := must(t, "check", "--data", dir); !strings.Contains(said, "the record is whole") || !strings.Contains(said, " 0 findings") {
		t.Error(said)
	}
	before := content(t, dir)
	if said := must(t, "reindex", "--data", dir); !strings.Contains(said, " 0 findings") {
		t.Error(said)
	}
	if content(t, dir) != before {
		t.Error("reindex changed a store that was as it should be")
	}
}

func TestCheckNamesWhatDiffersAndReindexMakesItAnew(t *testing.T) { //nolint:tparallel // each case needs the directory for itself
	t.Parallel()
	dir := lived(t)
	const goal = `(select num from thing where type = 'Goal' and id = 'amina-goal-walk')`
	for _, c := range []struct {
		name, change, want string
		same               bool // but for counters, it is as before afterwards
	}{
		{"index rows are missing", `delete from find_value where thing = ` + goal, "Goal/amina-goal-walk: the index tables", true},
		{"a text is found by another word", `update find_text set value = 'zz' where thing = (select thing from find_text limit 1)`, ": the index tables", true},
		{"a date is another", `update find_date set low = low - 1 where thing = (select thing from find_date limit 1)`, ": the index tables", true},
		{"it is filed under another person", `update about set person = (select max(num) from person) where thing = ` + goal, "Goal/amina-goal-walk: the index tables", true},
		{"an older version counts as current", `update thing set position = (select min(position) from version where thing = num), deleted = 0 where deleted = 1`, "the table of things", true},
		{"reach is wider", `insert into reach (principal, person) select 'Organization/stranger', max(person) from reach`, "the table of who may reach", true},
		{"a standing is lost", `update state set standing = null where person = (select person from patient where id = 'Patient/person-0000001')`, "Patient/person-0000001: the standing of the person is not", false},
		{"a standing cannot be read", `update state set standing = x'0102' where person = (select person from patient where id = 'Patient/person-0000002')`, "the standing of the person cannot be read", false},
	} {
		t.Run(c.name, func(t *testing.T) { // one after another: they share the store
			before := content(t, dir)
			change(t, dir, c.change)
			status, _, stderr := concord(t, "check", "--data", dir)
			if status != statusFailed || !strings.Contains(stderr, c.want) {
				t.Errorf("status %d, and %q is not said in:\n%s", status, c.want, stderr)
			}
			must(t, "reindex", "--data", dir)
			if said := must(t, "check", "--data", dir); !strings.Contains(said, " 0 findings") {
				t.Error(said)
			}
			if c.same && withoutState(content(t, dir)) != withoutState(before) {
				t.Error("it is not as it was before")
			}
		})
	}

	change(t, dir, `update version set body = x'010203' where thing = `+goal)
	for range 2 {
		status, _, stderr := concord(t, "check", "--data", dir)
		if status != statusFailed || !strings.Contains(stderr, "Goal/amina-goal-walk/_history/") || !strings.Contains(stderr, "it cannot be read") {
			t.Errorf("a broken body: %d\n%s", status, stderr)
		}
		concord(t, "reindex", "--data", dir) // which leaves it
	}
}

// withoutState leaves out the counters of persons, which every repair raises.
func withoutState(content string) string {
	var kept strings.Builder
	for line := range strings.Lines(content) {
		if !strings.HasSuffix(line, " state\n") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func TestFactsAreMadeAnew(t *testing.T) {
	t.Parallel()
	factsAreMadeAnew(t, toolSettings(lived(t), ""))
}

// factsAreMadeAnew gives a store that nobody serves wrong facts, and has them found and made anew.
func factsAreMadeAnew(t *testing.T, s settings) {
	t.Helper()
	p := &process{now: time.Now, newID: uuid.NewString, stderr: io.Discard}
	r, err := openRecord(t.Context(), p, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	store := r.store.(gateway.Kept)
	var wrong []guard.Derived
	err = store.Each(t.Context(), guard.Part{}, func(h guard.Held) error {
		if h.Current && h.Version.Ref.Type == "CareTeam" {
			facts := *h.Version.Facts
			facts.Gives.Ties, facts.Sections = nil, 0
			wrong = append(wrong, guard.Derived{Position: h.Position, Facts: &facts})
		}
		return nil
	})
	if err != nil || len(wrong) == 0 {
		t.Fatal(len(wrong), err)
	}
	if err := store.Amend(t.Context(), wrong, []*consent.Standing{}); err != nil {
		t.Fatal(err)
	}
	found := func(do func(context.Context, gateway.Kept, func(guard.Finding)) (gateway.Tally, error)) string {
		t.Helper()
		var all strings.Builder
		if _, err := do(t.Context(), store, func(f guard.Finding) { fmt.Fprintln(&all, f) }); err != nil {
			t.Fatal(err)
		}
		return all.String()
	}
	told := found(gateway.Check)
	if strings.Count(told, "its facts are not those of its body") != len(wrong) || !strings.Contains(told, "the standing of the person is not") || !strings.Contains(told, "CareTeam/amina-team/_history/") {
		t.Error(told)
	}
	if again := found(gateway.Reindex); strings.Count(again, "its facts") != len(wrong) {
		t.Error(again)
	}
	if left := found(gateway.Check); left != "" {
		t.Error(left)
	}
}
