package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

func TestAStatementThatTakesTooLongIsGivenUp(t *testing.T) {
	t.Parallel()
	url := clone(t)
	c := node(url, t.TempDir())
	c.Timeout = 200 * time.Millisecond
	s := open(t, c)
	commit(t, s, "a")
	conn, err := pgx.Connect(t.Context(), string(url))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, text := range []string{`begin`, `lock table thing in access exclusive mode`} {
		if _, err := conn.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	ref := fhir.Ref{Type: "Goal", ID: "a"}
	err = s.View(t.Context(), guard.Want{Refs: []fhir.Ref{ref}}, func(guard.Snapshot) error { return nil })
	if kindOf(err) != fhir.Transient {
		t.Errorf("read: got %v", err)
	}
	if _, err := s.Commit(t.Context(), goal("b")); kindOf(err) != fhir.Transient {
		t.Errorf("commit: got %v", err)
	}
	if _, err := conn.Exec(t.Context(), `rollback`); err != nil {
		t.Fatal(err)
	}
	commit(t, s, "b")
}

func TestAReaderWaitsForAConnectionAsLongAsItMay(t *testing.T) {
	t.Parallel()
	c := node(clone(t), t.TempDir())
	c.Readers = 1
	s := open(t, c)
	err := s.View(t.Context(), guard.Want{}, func(guard.Snapshot) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := s.View(ctx, guard.Want{}, func(guard.Snapshot) error { return nil })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAReaderThatPanicsLeavesNoTransactionToOthers(t *testing.T) {
	t.Parallel()
	c := node(clone(t), t.TempDir())
	c.Readers = 1
	s := open(t, c)
	func() {
		defer func() { _ = recover() }()
		_ = s.View(t.Context(), guard.Want{}, func(guard.Snapshot) error { panic("mine") })
	}()
	commit(t, s, "a")
	if record := recordOf(t, s); len(record) != 1 {
		t.Errorf("got %d things", len(record))
	}
}

// What names hold that comes from outside is kept as it is, whatever it is.
func TestNamesMayHoldAnyBytes(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	const odd = "id|\x00\xff|'\\"
	change := goal("a")
	change.Key, change.Keys = odd, map[string]consent.Person{odd: "p"}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	receipt, err := s.Commit(t.Context(), change)
	if err != nil || !receipt.Replayed {
		t.Errorf("repeated: got %t, %v", receipt.Replayed, err)
	}
	err = s.View(t.Context(), guard.Want{Keys: []string{odd}}, func(v guard.Snapshot) error {
		p, err := v.Find(odd)
		if p != "p" {
			t.Errorf("found %q", p)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestARecordIsReadInAFewTrips(t *testing.T) {
	t.Parallel()
	url := clone(t)
	change := guard.Change{}
	for i := range 60 {
		change.Put = append(change.Put, goal(fmt.Sprint(i)).Put...)
	}
	if _, err := open(t, node(url, t.TempDir())).Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	l := &listener{texts: map[string]bool{}}
	s := open(t, node(url, t.TempDir()).Traced(l))
	before := l.trips
	if record := recordOf(t, s); len(record) != 60 {
		t.Errorf("got %d things", len(record))
	}
	if trips := l.trips - before; trips > 6 {
		t.Errorf("%d trips", trips)
	}
}

func recordOf(t *testing.T, s guard.Store) []*guard.Version {
	t.Helper()
	var record []*guard.Version
	err := s.View(t.Context(), guard.Want{Records: []consent.Person{"p"}}, func(v guard.Snapshot) error {
		var err error
		record, err = v.Record("p")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// PostgreSQL's texts hold no zero byte. No id of ours has one; if one did, it would be alone in being refused.
func TestAChangeThatCannotBeWrittenTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() {
			id := fmt.Sprint(i)
			if i%8 == 0 {
				id += "\x00"
			}
			_, err := s.Commit(t.Context(), goal(id))
			if (err != nil) != (i%8 == 0) {
				t.Errorf("%d: got %v", i, err)
			}
		})
	}
	wait.Wait()
}
