package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"concord/fhir"
	"concord/gateway/guard"
)

// kindOf is the kind of an error that callers are told, or "".
func kindOf(err error) fhir.Kind {
	if e, ok := errors.AsType[*fhir.Error](err); ok {
		return e.Kind
	}
	return ""
}

func TestADatabaseThatStopsAndStarts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("stops a server and starts it")
	}
	server := durable(t)
	dir := t.TempDir()
	s := open(t, node(server.url("postgres"), dir))
	commit(t, s, "before")
	all := said{map[string]bool{"before": true}, map[string]bool{"before": true}}
	read := func() error {
		return s.View(t.Context(), guard.Want{Refs: []fhir.Ref{{Type: "Goal", ID: "before"}}}, func(v guard.Snapshot) error {
			_, err := v.Current(fhir.Ref{Type: "Goal", ID: "before"})
			return err
		})
	}
	for round := range 3 {
		if err := read(); err != nil {
			t.Fatal(err)
		}
		server.stop()
		if err := read(); kindOf(err) != fhir.Transient {
			t.Errorf("read while it is down: got %v", err)
		}
		if _, err := s.Commit(t.Context(), goal("lost")); kindOf(err) != fhir.Transient {
			t.Errorf("commit while it is down: got %v", err)
		}
		if err := s.Append(t.Context(), goal("lost").Events...); kindOf(err) != fhir.Transient {
			t.Errorf("append while it is down: got %v", err)
		}
		if _, _, err := s.Follow(t.Context(), 0, 1); kindOf(err) != fhir.Transient {
			t.Errorf("follow while it is down: got %v", err)
		}
		if err := server.start(); err != nil {
			t.Fatal(err)
		}
		if err := read(); err != nil {
			t.Errorf("read when it is back: %v", err)
		}
		id := fmt.Sprintf("after-%d", round)
		commit(t, s, id)
		all.commits[id], all.appends[id] = true, true
	}
	check(t, s, all)
	if report := verify(t, server.url("postgres"), dir); !report.OK() || report.Uncovered != 0 {
		t.Errorf("the trail: %+v", report)
	}
}

// A server that stops and starts again and again under load makes requests fail, and loses nothing.
func TestAStormOverRestarts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("stops a server and starts it")
	}
	server := durable(t)
	dir := t.TempDir()
	s := open(t, node(server.url("postgres"), dir))
	all := said{map[string]bool{}, map[string]bool{}}
	var mu sync.Mutex
	ctx, end := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("%d-%d", w, i)
				_, err := s.Commit(context.WithoutCancel(ctx), goal(id))
				switch {
				case err == nil:
					mu.Lock()
					all.commits[id], all.appends[id] = true, true
					mu.Unlock()
				case kindOf(err) != fhir.Transient:
					t.Errorf("got %v", err)
				}
			}
		})
	}
	for range 3 {
		time.Sleep(150 * time.Millisecond)
		server.stop()
		if err := server.start(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond)
	end()
	wait.Wait()
	check(t, s, all)
	if report := verify(t, server.url("postgres"), dir); !report.OK() || report.Uncovered != 0 {
		t.Errorf("the trail: %+v", report)
	}
	if len(all.commits) < 10 {
		t.Errorf("%d commits show little", len(all.commits))
	}
}
