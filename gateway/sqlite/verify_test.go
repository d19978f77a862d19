package sqlite_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/gateway/guard"
	"concord/gateway/sqlite"
)

// written makes a closed database with a trail of six batches of one event each, and one of three. Its clock takes a
// second to be read, so that each batch has a checkpoint of its own. Five events are filed.
func written(t *testing.T) sqlite.Config {
	t.Helper()
	c := config(t.TempDir()).Portions(5)
	now := time.Now()
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
	for range 2 { // a start files what the end of the last run left
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, c)
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
		edit func(trail)
		sql  []string
		want string // in a finding
	}{
		{"content edited", func(l trail) {
			l[3][0].Content = bytes.ReplaceAll(l[3][0].Content, []byte("create"), []byte("delete"))
		}, nil, "does not say what it said"},
		{"salt edited", func(l trail) { l[3][0].Salt = make([]byte, guard.SaltSize) }, nil, "does not say what it said"},
		{"content erased without its salt", func(l trail) { l[3][0].Content = nil }, nil, "does not say what it said"},
		{"leaf edited", func(l trail) { l[3][0].Leaf = make([]byte, 32) }, nil, "root is not that of its events"},
		{"an erased event's leaf edited", func(l trail) {
			l[3][0].Leaf, l[3][0].Content, l[3][0].Salt = make([]byte, 32), nil, nil
		}, nil, "root is not that of its events"},
		{"an event filed under another time", func(l trail) { l[3][0].At++ }, nil, "filed under another"},
		{"an event filed under nobody", func(l trail) { l[3][0].Person = 0 }, nil, "filed under another"},
		{"an event filed under a number that nobody has", func(l trail) { l[3][0].Person = 99 }, nil, "filed under another"},
		{"an event gone from the middle", func(l trail) { l[7] = slices.Delete(l[7], 1, 2) }, nil, "written with 3"},
		{"an event put in", func(l trail) { l[3] = append(l[3], l[3][0]) }, nil, "written with 1"},
		{"an event in no batch", func(l trail) { l[99] = l[3] }, nil, "stand in no batch"},
		{"two events swapped", func(l trail) {
			l[7][0], l[7][1] = l[7][1], l[7][0]
			l[7][0].Place, l[7][1].Place = 0, 1
		}, nil, "root is not that of its events"},
		{"two batches swapped", func(l trail) { l[3], l[4] = l[4], l[3] }, nil, "root is not that of its events"},
		{"a row that is none", nil, []string{`update events set packed = x'7b7d' where num / 65536 = 3`}, "not what was written"},
		{"a batch gone from the middle", func(l trail) { delete(l, 3) }, []string{`delete from batch where seq = 3`}, "follows batch 2"},
		{"a batch's time edited", nil, []string{`update batch set at = at + 1 where seq = 3`}, "root is not that of its events"},
		{"the last batch gone", func(l trail) { delete(l, 7) }, []string{`delete from batch where seq = 7`}, "the trail ends at batch 6"},
		{"the last event gone", func(l trail) { l[7] = l[7][:2] }, nil, "written with 3"},
		{"everything gone", nil, []string{`delete from events`, `delete from batch`}, "the trail ends at batch 0"},
		{"the writer's name edited", nil, []string{`update writer set id = 'x'`}, "another database's trail"},
		{"another chain put in", nil, []string{`insert into writer (id) values ('x')`}, "2 chains"},
		{"a root edited", nil, []string{`update batch set root = zeroblob(32) where seq = 7`}, "not the one that was signed"},
		{"an event that the index does not name", nil, []string{`delete from filed`}, "the index by person"},
		{"an index that is none", nil, []string{`update filed set postings = x'ff'`}, "the index by person"},
		{"an index that ends too early", nil, []string{`update clock set value = 0 where name = 'filed'`}, "the index by person"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := written(t)
			if tt.edit != nil {
				rewrite(t, c, tt.edit)
			}
			tamper(t, c, tt.sql...)
			report := verify(t, c)
			if !strings.Contains(strings.Join(report.Findings, "\n"), tt.want) {
				t.Errorf("got %q, want a finding with %q", report.Findings, tt.want)
			}
		})
	}
}

// trail is all events by their batches, in the order of their places.
type trail map[int64][]guard.NumberedEvent

// rewrite changes events as somebody would who knows how they are packed.
func rewrite(t *testing.T, c sqlite.Config, edit func(trail)) {
	t.Helper()
	codec, err := guard.NewPacker()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", c.Path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), `select num / 65536, packed from events order by num`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() // before the writing below the loop has ended it
	all := trail{}
	for rows.Next() {
		var seq int64
		var packed []byte
		if err := rows.Scan(&seq, &packed); err != nil {
			t.Fatal(err)
		}
		events, err := codec.UnpackEvents(packed)
		if err != nil {
			t.Fatal(err)
		}
		all[seq] = append(all[seq], events...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	edit(all)
	if _, err := db.ExecContext(t.Context(), `delete from events`); err != nil {
		t.Fatal(err)
	}
	for seq, events := range all {
		if _, err := db.ExecContext(t.Context(), `insert into events (num, packed) values (?, ?)`, seq*65536, codec.PackEvents(events)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestErasureKeepsTheChain(t *testing.T) {
	t.Parallel()
	c := written(t)
	rewrite(t, c, func(l trail) { l[3][0].Content, l[3][0].Salt = nil, nil })
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
	tamper(t, c, `alter table events rename to gone`)
	if err := s.Append(t.Context(), goal("a").Events...); err == nil {
		t.Error("an event was appended to no trail")
	}
	if _, err := s.Commit(t.Context(), goal("a")); err == nil {
		t.Error("a change was committed without its event")
	}
	tamper(t, c, `alter table gone rename to events`)
	entries, _, err := s.Follow(t.Context(), 0, 9)
	if err != nil || len(entries) != 0 {
		t.Errorf("feed: got %d entries, %v", len(entries), err)
	}
	commit(t, s, "b")
	if report := verify(t, c); !report.OK() || report.Events != 1 {
		t.Errorf("got %+v", report)
	}
}
