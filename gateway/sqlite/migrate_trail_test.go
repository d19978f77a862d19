package sqlite_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/gateway/guard"
	"concord/gateway/sqlite"
)

// unpacked makes the trail of a closed database what it was before events were packed.
func unpacked(t *testing.T, c sqlite.Config) {
	t.Helper()
	codec, err := guard.NewPacker()
	if err != nil {
		t.Fatal(err)
	}
	tamper(t, c, `create table event (
  writer  integer not null, seq integer not null, place integer not null, leaf blob not null, salt blob, content blob,
  person  integer, at integer not null, primary key (writer, seq, place)
) strict, without rowid`)
	rewrite(t, c, func(l trail) {
		db, err := sql.Open("sqlite", c.Path)
		if err != nil {
			t.Fatal(err)
		}
		for seq, events := range l {
			packed, err := codec.UnpackEvents(codec.PackEvents(events))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range packed {
				if _, err := db.ExecContext(t.Context(), `insert into event values (1, ?, ?, ?, ?, ?, nullif(?, 0), ?)`,
					seq, e.Place, e.Leaf, e.Salt, e.Content, e.Person, e.At); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
	tamper(t, c, `drop table events`, `drop table filed`, `delete from clock where name = 'filed'`, `delete from goose_db_version where version_id > 2`)
}

func TestATrailOfSingleRowsIsPackedAsItWas(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tamper []string
		events int // of the person, that are read afterwards
		broken bool
	}{
		{"a sound one", nil, 9, false},
		{"one with an event erased", []string{`update event set content = null, salt = null where seq = 3`}, 8, false},
		{"one with an event gone from the middle", []string{`delete from event where seq = 7 and place = 1`}, 8, true},
		{"one with an event in no batch", []string{`update event set seq = 99 where seq = 3`}, 9, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := written(t)
			before := verify(t, c)
			unpacked(t, c)
			tamper(t, c, tt.tamper...)
			s := open(t, c)
			events, err := s.Looked(t.Context(), "p", time.Time{}, 100)
			if err != nil || len(events) != tt.events {
				t.Errorf("got %d events, %v", len(events), err)
			}
			after := verify(t, c)
			if after.OK() == tt.broken {
				t.Errorf("got %q", after.Findings)
			}
			if after.Findings = nil; tt.tamper == nil && !cmp.Equal(before, after) {
				t.Errorf("got %+v, want %+v", after, before)
			}
			commit(t, s, "more")
			if report := verify(t, c); report.OK() == tt.broken || report.Batches != before.Batches+1 {
				t.Errorf("when it goes on: got %+v", report)
			}
		})
	}
}

// Batches larger than a row, and more events than a portion.
func TestALongTrailIsPackedAndFiled(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir()).Portions(30)
	s := open(t, c)
	var want []string
	for i := range 4 {
		var some []guard.Event
		for j := range 40 {
			e := goal("x").Events[0]
			e.ID, e.At = string(rune('a'+i))+string(rune('A'+j)), e.At.Add(time.Duration(i*40+j)*time.Minute)
			some, want = append(some, e), append([]string{e.ID}, want...)
		}
		if err := s.Append(t.Context(), some...); err != nil {
			t.Fatal(err)
		}
	}
	for _, old := range []bool{false, true} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if old {
			unpacked(t, c)
		}
		s = open(t, c)
		var got []string
		events, err := s.Looked(t.Context(), "p", time.Time{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			got = append(got, e.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from single rows %t: events differ (-want +got):\n%s", old, diff)
		}
		if report := verify(t, c); !report.OK() {
			t.Errorf("from single rows %t: %q", old, report.Findings)
		}
	}
}

func TestRestoreMakesTheTrailsIndexAnew(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"rows gone": `delete from filed`, "rows spoilt": `update filed set postings = x'ff'`, "it ends too early": `update clock set value = 3 * 65536 where name = 'filed'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := written(t)
			tamper(t, c, text)
			s := open(t, c)
			var told []guard.Finding
			if err := s.Restore(t.Context(), func(f guard.Finding) { told = append(told, f) }); err != nil || len(told) != 1 {
				t.Errorf("told %v, %v", told, err)
			}
			if report := verify(t, c); !report.OK() {
				t.Errorf("got %q", report.Findings)
			}
			events, err := s.Looked(t.Context(), "p", time.Time{}, 100)
			if err != nil || len(events) != 9 {
				t.Errorf("got %d events, %v", len(events), err)
			}
		})
	}
}
