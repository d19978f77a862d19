package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// A change that names a Patient of somebody else's fails when it has made a person already: that one is taken back, and
// nobody who shares the batch notices.
func TestAChangeThatFailsHalfDoneTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := open(t, c)
	held := fhir.Ref{Type: "Patient", ID: "held"}
	if _, err := s.Commit(t.Context(), guard.Change{Patients: map[fhir.Ref]consent.Person{held: "p"}}); err != nil {
		t.Fatal(err)
	}
	const each = 60
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			for i := range each {
				if _, err := s.Commit(t.Context(), goal(fmt.Sprintf("%d-%d", w, i))); err != nil {
					t.Errorf("a change that is right: %v", err)
				}
			}
		})
		wait.Go(func() {
			for i := range each {
				change := goal(fmt.Sprintf("bad-%d-%d", w, i))
				change.Patients = map[fhir.Ref]consent.Person{held: consent.Person(fmt.Sprintf("stranger-%d-%d", w, i))}
				if _, err := s.Commit(t.Context(), change); !errors.Is(err, guard.ErrConflict) {
					t.Errorf("a change that fails: got %v", err)
				}
			}
		})
	}
	wait.Wait()
	events, err := s.Looked(t.Context(), "p", time.Time{}, 10*each)
	if err != nil || len(events) != 4*each {
		t.Errorf("got %d events, %v", len(events), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if report := verify(t, c); !report.OK() || report.Events != 4*each {
		t.Errorf("got %+v", report)
	}
	db, err := sql.Open("sqlite", c.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for text, want := range map[string]int{
		`select count(*) from person`: 1, `select count(*) from thing`: 4 * each, `select count(*) from version`: 4 * each,
	} {
		var got int
		if err := db.QueryRowContext(t.Context(), text).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %d, want %d (%v)", text, got, want, err)
		}
	}
}
