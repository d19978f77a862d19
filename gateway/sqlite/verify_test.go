package sqlite_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord/gateway/sqlite"
)

// written makes a closed database with a trail of six batches of one event each, and one of three.
func written(t *testing.T) sqlite.Config {
	t.Helper()
	c := config(t.TempDir())
	s := open(t, c)
	for i := range 6 {
		commit(t, s, fmt.Sprintf("g%d", i))
	}
	change := goal("last")
	change.Events = append(change.Events, goal("x").Events[0], goal("y").Events[0])
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

// tamper runs SQL behind the store's back.
func tamper(t *testing.T, c sqlite.Config, texts ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", c.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, c sqlite.Config) sqlite.Report {
	t.Helper()
	report, err := sqlite.Verify(t.Context(), c.Path, c.Checkpoints)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestVerifyASoundTrail(t *testing.T) {
	t.Parallel()
	c := written(t)
	report := verify(t, c)
	if !report.OK() || report.Batches != 7 || report.Events != 9 || report.Checkpoints != 7 || report.Uncovered != 0 {
		t.Errorf("got %+v", report)
	}
	s := open(t, c)
	commit(t, s, "again")
	if report := verify(t, c); !report.OK() || report.Batches != 8 {
		t.Errorf("while the server runs: got %+v", report)
	}
}

func TestVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		sql  []string
		want string // in a finding
	}{
		{"content edited", []string{`update event set content = cast(replace(cast(content as text), 'create', 'delete') as blob) where seq = 3`}, "does not say what it said"},
		{"salt edited", []string{`update event set salt = zeroblob(16) where seq = 3`}, "does not say what it said"},
		{"content erased without its salt", []string{`update event set content = null where seq = 3`}, "does not say what it said"},
		{"leaf edited", []string{`update event set leaf = zeroblob(32) where seq = 3`}, "root is not that of its events"},
		{"an erased event's leaf edited", []string{`update event set leaf = zeroblob(32), content = null, salt = null where seq = 3`}, "root is not that of its events"},
		{"an event filed under another time", []string{`update event set at = at + 1 where seq = 3`}, "filed under another"},
		{"an event filed under nobody", []string{`update event set person = null where seq = 3`}, "filed under another"},
		{"an event gone from the middle", []string{`delete from event where seq = 7 and place = 1`}, "written with 3"},
		{"an event put in", []string{`insert into event select writer, seq, 1, leaf, salt, content, person, at from event where seq = 3`}, "written with 1"},
		{"an event in no batch", []string{`insert into event select writer, 99, 0, leaf, salt, content, person, at from event where seq = 3`}, "stand in no batch"},
		{"two events swapped", []string{
			`update event set place = 9 where seq = 7 and place = 0`, `update event set place = 0 where seq = 7 and place = 1`,
			`update event set place = 1 where seq = 7 and place = 9`,
		}, "root is not that of its events"},
		{"two batches swapped", []string{
			`update event set seq = 99 where seq = 3`, `update event set seq = 3 where seq = 4`, `update event set seq = 4 where seq = 99`,
		}, "root is not that of its events"},
		{"a batch gone from the middle", []string{`delete from event where seq = 3`, `delete from batch where seq = 3`}, "follows batch 2"},
		{"a batch's time edited", []string{`update batch set at = at + 1 where seq = 3`}, "root is not that of its events"},
		{"the last batch gone", []string{`delete from event where seq = 7`, `delete from batch where seq = 7`}, "the trail ends at batch 6"},
		{"the last event gone", []string{`delete from event where seq = 7 and place = 2`}, "written with 3"},
		{"everything gone", []string{`delete from event`, `delete from batch`}, "the trail ends at batch 0"},
		{"the writer's name edited", []string{`update writer set id = 'x'`}, "another database's trail"},
		{"another chain put in", []string{`insert into writer (id) values ('x')`}, "2 chains"},
		{"a root edited", []string{`update batch set root = zeroblob(32) where seq = 7`}, "not the one that was signed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := written(t)
			tamper(t, c, tt.sql...)
			report := verify(t, c)
			if !strings.Contains(strings.Join(report.Findings, "\n"), tt.want) {
				t.Errorf("got %q, want a finding with %q", report.Findings, tt.want)
			}
		})
	}
}

func TestErasureKeepsTheChain(t *testing.T) {
	t.Parallel()
	c := written(t)
	tamper(t, c, `update event set content = null, salt = null where seq = 3`)
	if report := verify(t, c); !report.OK() || report.Erased != 1 {
		t.Errorf("got %+v", report)
	}
}

func TestVerifyFindsAnOlderCopy(t *testing.T) {
	t.Parallel()
	c := written(t)
	old, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, c)
	commit(t, s, "new")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.Path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if report := verify(t, c); report.OK() {
		t.Error("nothing was found")
	}
	s = open(t, c)
	commit(t, s, "over", "it")
	if report := verify(t, c); report.OK() {
		t.Error("nothing was found after it was written on")
	}
}

func TestVerifyReadsCheckpoints(t *testing.T) {
	t.Parallel()
	c := written(t)
	path := filepath.Join(filepath.Dir(c.Path), "trail.checkpoints")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(whole, []byte("\n")), []byte("\n"))
	tests := []struct {
		name      string
		file      []byte
		want      string // in a finding; "" when there must be none
		uncovered int64
	}{
		{"a crash before the last two", bytes.Join(lines[:5], nil), "", 2},
		{"a crash inside the last", whole[:len(whole)-20], "", 1},
		{"none left", nil, "", 7},
		{"one edited", bytes.Replace(whole, []byte(`"seq":3`), []byte(`"seq":4`), 1), "line 3 has no good signature", 0},
		{"one that is no line at all", append([]byte("nonsense\n"), whole...), "line 1 has no good signature", 0},
		{"one twice", append(bytes.Clone(lines[0]), whole...), "follows one of batch 1", 0},
		{"an endless line", bytes.Repeat([]byte("x"), 9000), "longer than any checkpoint", 7},
	}
	for _, tt := range tests {
		if err := os.WriteFile(path, tt.file, 0o600); err != nil {
			t.Fatal(err)
		}
		report := verify(t, c)
		if report.Uncovered != tt.uncovered || !strings.Contains(strings.Join(report.Findings, "\n"), tt.want) || report.OK() != (tt.want == "") {
			t.Errorf("%s: got %+v", tt.name, report)
		}
	}
	if err := os.WriteFile(path, whole[:len(whole)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	if report := verify(t, c); !report.OK() || report.Uncovered != 0 {
		t.Errorf("after opening again: got %+v", report)
	}
}

func TestVerifyWantsItsFiles(t *testing.T) {
	t.Parallel()
	c := written(t)
	if _, err := sqlite.Verify(t.Context(), c.Path, t.TempDir()); err == nil {
		t.Error("no error without checkpoints")
	}
	if _, err := sqlite.Verify(t.Context(), c.Path+"x", filepath.Dir(c.Path)); err == nil {
		t.Error("no error without a database")
	}
}

// When the trail cannot be written, nothing that would be in it happens.
func TestNoTrailNoChange(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := open(t, c)
	tamper(t, c, `alter table event rename to gone`)
	if err := s.Append(t.Context(), goal("a").Events...); err == nil {
		t.Error("an event was appended to no trail")
	}
	if _, err := s.Commit(t.Context(), goal("a")); err == nil {
		t.Error("a change was committed without its event")
	}
	tamper(t, c, `alter table gone rename to event`)
	entries, _, err := s.Follow(t.Context(), 0, 9)
	if err != nil || len(entries) != 0 {
		t.Errorf("feed: got %d entries, %v", len(entries), err)
	}
	commit(t, s, "b")
	if report := verify(t, c); !report.OK() || report.Events != 1 {
		t.Errorf("got %+v", report)
	}
}
