package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/gateway/guard"
	"concord/gateway/postgres"
)

// written makes a database with a trail of six batches of one event each, and one of three, whose node is closed. Its
// clock takes a second to be read, so that each batch has a checkpoint of its own.
func written(t *testing.T) (postgres.URL, string) {
	t.Helper()
	url, dir := clone(t), t.TempDir()
	c, now := node(url, dir), time.Now()
	var reads atomic.Int64
	c.Now = func() time.Time { return now.Add(time.Duration(reads.Add(1)) * time.Second) }
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
	return url, dir
}

// tamper runs SQL behind the store's back.
func tamper(t testing.TB, url postgres.URL, texts ...string) {
	t.Helper()
	if err := shared.server.sql(databaseOf(url), texts...); err != nil {
		t.Fatal(err)
	}
}

func databaseOf(url postgres.URL) string {
	return strings.TrimPrefix(strings.Split(string(url), "?")[0], "postgres://concord@/")
}

func verify(t *testing.T, url postgres.URL, dirs ...string) guard.Report {
	t.Helper()
	report, err := postgres.Verify(t.Context(), url, dirs...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestVerifyASoundTrail(t *testing.T) {
	t.Parallel()
	url, dir := written(t)
	report := verify(t, url, dir)
	if !report.OK() || report.Batches != 7 || report.Events != 9 || report.Checkpoints != 7 || report.Uncovered != 0 {
		t.Errorf("got %+v", report)
	}
	other := t.TempDir()
	one, two := open(t, node(url, dir)), open(t, node(url, other))
	commit(t, one, "again")
	commit(t, two, "there")
	if report := verify(t, url, dir, other); !report.OK() || report.Batches != 9 || report.Uncovered != 0 {
		t.Errorf("while two nodes run: got %+v", report)
	}
	if report := verify(t, url, dir); !report.OK() || report.Unsigned != 1 || report.Uncovered != 1 {
		t.Errorf("with the checkpoints of one node: got %+v", report)
	}
}

func TestVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	const zeros = `decode(repeat('00', 32), 'hex')`
	tests := []struct {
		name string
		sql  []string
		want string // in a finding
	}{
		{"content edited", []string{`update event set content = convert_to(replace(convert_from(content, 'UTF8'), 'create', 'delete'), 'UTF8') where seq = 3`}, "does not say what it said"},
		{"salt edited", []string{`update event set salt = ` + zeros + ` where seq = 3`}, "does not say what it said"},
		{"content erased without its salt", []string{`update event set content = null where seq = 3`}, "does not say what it said"},
		{"leaf edited", []string{`update event set leaf = ` + zeros + ` where seq = 3`}, "root is not that of its events"},
		{"an erased event's leaf edited", []string{`update event set leaf = ` + zeros + `, content = null, salt = null where seq = 3`}, "root is not that of its events"},
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
		{"the whole chain gone", []string{`delete from event`, `delete from batch`, `delete from writer`}, "is not there"},
		{"the writer's name edited", []string{`update writer set id = 'x'`}, "is not there"},
		{"a root edited", []string{`update batch set root = ` + zeros + ` where seq = 7`}, "not the one that was signed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, dir := written(t)
			tamper(t, url, tt.sql...)
			report := verify(t, url, dir)
			if !strings.Contains(strings.Join(report.Findings, "\n"), tt.want) {
				t.Errorf("got %q, want a finding with %q", report.Findings, tt.want)
			}
		})
	}
}

func TestErasureKeepsTheChain(t *testing.T) {
	t.Parallel()
	url, dir := written(t)
	tamper(t, url, `update event set content = null, salt = null where seq = 3`)
	if report := verify(t, url, dir); !report.OK() || report.Erased != 1 {
		t.Errorf("got %+v", report)
	}
}

func TestACheckpointThatACrashKeptBackIsMadeUpFor(t *testing.T) {
	t.Parallel()
	url, dir := written(t)
	path := filepath.Join(dir, "trail.checkpoints")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	if report := verify(t, url, dir); !report.OK() || report.Uncovered != 1 {
		t.Errorf("got %+v", report)
	}
	if err := open(t, node(url, dir)).Close(); err != nil {
		t.Fatal(err)
	}
	if report := verify(t, url, dir); !report.OK() || report.Uncovered != 0 {
		t.Errorf("after opening again: got %+v", report)
	}
}

func TestVerifyWantsItsFiles(t *testing.T) {
	t.Parallel()
	url, _ := written(t)
	if _, err := postgres.Verify(t.Context(), url, t.TempDir()); err == nil {
		t.Error("no error without checkpoints")
	}
}

// When the trail cannot be written, nothing that would be in it happens.
func TestNoTrailNoChange(t *testing.T) {
	t.Parallel()
	url, dir := clone(t), t.TempDir()
	s := open(t, node(url, dir))
	tamper(t, url, `alter table event rename to gone`)
	if err := s.Append(t.Context(), goal("a").Events...); err == nil {
		t.Error("an event was appended to no trail")
	}
	if _, err := s.Commit(t.Context(), goal("a")); err == nil {
		t.Error("a change was committed without its event")
	}
	tamper(t, url, `alter table gone rename to event`)
	entries, _, err := s.Follow(t.Context(), 0, 9)
	if err != nil || len(entries) != 0 {
		t.Errorf("feed: got %d entries, %v", len(entries), err)
	}
	commit(t, s, "b")
	if report := verify(t, url, dir); !report.OK() || report.Events != 1 {
		t.Errorf("got %+v", report)
	}
}
