package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"concord/cmd/concord/region"
	"concord/gateway/postgres"
)

// filled has the region of the demo, and three people more, in a PostgreSQL that nobody serves.
func filled(t *testing.T, url string) string {
	t.Helper()
	data := t.TempDir()
	p := &process{now: time.Now, newID: uuid.NewString, stderr: io.Discard}
	s := toolSettings(data, "")
	s.database = postgres.URL(url)
	r, err := openRecord(t.Context(), p, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	operator, err := r.operator(p, "test")
	if err != nil {
		t.Fatal(err)
	}
	all, err := region.Resources()
	if err != nil {
		t.Fatal(err)
	}
	if err := region.Synthetic(3, 1, func(resource []byte) error { all = append(all, resource); return nil }); err != nil {
		t.Fatal(err)
	}
	i := newImporter(t.Context(), offline(operator), io.Discard)
	if err := i.all(t.Context(), func(yield func(raw) error) error {
		for n, content := range all {
			if err := yield(raw{file: "region", prefix: "Resource", at: position{n, 1}, data: content}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil || i.stored != len(all) {
		t.Fatal(i.stored, err)
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCheckAndReindexOfPostgreSQL(t *testing.T) { //nolint:tparallel // its parts damage one database
	t.Parallel()
	database := startPostgres(t)
	data := filled(t, database.url)
	conn, err := pgx.Connect(t.Context(), database.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	args := func(command string) []string { return []string{command, "--data", data, "--database", database.url} }
	rows := func() string {
		t.Helper()
		var all strings.Builder
		for _, table := range []string{"reach", "thing", "about", "find_value", "find_text", "find_date", "state", "version"} {
			if table == "state" { // without the counter, which every repair raises
				table = "(select person, version, standing from state)"
			}
			var text string
			if err := conn.QueryRow(t.Context(), "select coalesce(string_agg(x::text, E'\n' order by x::text), '') from "+table+" x").Scan(&text); err != nil {
				t.Fatal(err)
			}
			all.WriteString(text)
		}
		return all.String()
	}
	before := rows()
	if said := must(t, args("check")...); !strings.Contains(said, "the trail is whole") || !strings.Contains(said, "the record is whole") || !strings.Contains(said, " 0 findings") {
		t.Error(said)
	}
	if said := must(t, args("reindex")...); !strings.Contains(said, " 0 findings") {
		t.Error(said)
	}
	if rows() != before {
		t.Error("reindex changed a store that was as it should be")
	}
	const goal = `(select num from thing where type = 'Goal' and id = 'amina-goal-walk')`
	for _, c := range []struct{ name, change, want string }{
		{"index rows are missing", `delete from find_value where thing = ` + goal, "Goal/amina-goal-walk: the index tables"},
		{"a text is found by another word", `update find_text set value = 'zz' where ctid = (select ctid from find_text limit 1)`, ": the index tables"},
		{"a date is another", `update find_date set low = low - 1 where ctid = (select ctid from find_date limit 1)`, ": the index tables"},
		{"it is filed under another person", `update about set person = (select max(num) from person where num <> about.person) where thing = ` + goal, "Goal/amina-goal-walk: the index tables"},
		{"a thing counts as deleted", `update thing set deleted = true where num = ` + goal, "the table of things"},
		{"reach is wider", `insert into reach (principal, person) select 'Organization/stranger', max(person) from reach`, "the table of who may reach"},
		{"a standing is lost", `update state set standing = null where person = (select person from patient where id = 'Patient/person-0000001')`, "Patient/person-0000001: the standing of the person is not"},
		{"a standing cannot be read", `update state set standing = '\x0102' where person = (select person from patient where id = 'Patient/person-0000002')`, "the standing of the person cannot be read"},
	} {
		done, err := conn.Exec(t.Context(), c.change)
		if err != nil || done.RowsAffected() == 0 {
			t.Fatalf("%s: %v %v", c.name, done, err)
		}
		status, _, stderr := concord(t, args("check")...)
		if status != statusFailed || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: status %d, and %q is not said in:\n%s", c.name, status, c.want, stderr)
		}
		must(t, args("reindex")...)
		if said := must(t, args("check")...); !strings.Contains(said, " 0 findings") {
			t.Errorf("%s: %s", c.name, said)
		}
		if !strings.Contains(c.name, "standing") && rows() != before {
			t.Errorf("%s: it is not as it was before", c.name)
		}
	}
	s := toolSettings(data, "")
	s.database = postgres.URL(database.url)
	t.Run("facts", func(t *testing.T) { factsAreMadeAnew(t, s) })
	if _, err := conn.Exec(t.Context(), fmt.Sprintf(`update version set body = '\x010203' where thing = %s`, goal)); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := concord(t, args("check")...)
	if status != statusFailed || !strings.Contains(stderr, "Goal/amina-goal-walk/_history/") || !strings.Contains(stderr, "it cannot be read") {
		t.Errorf("a broken body: %d\n%s", status, stderr)
	}
}
