package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/sqlite"
	"concord/gateway/storetest"
)

var writers atomic.Int64

// config is that of a store in a folder.
func config(dir string) sqlite.Config {
	return sqlite.Config{
		Path: filepath.Join(dir, "concord.db"), Now: time.Now,
		Log: slog.New(slog.DiscardHandler), NewID: func() string { return fmt.Sprintf("writer-%d", writers.Add(1)) },
	}
}

func open(t testing.TB, c sqlite.Config) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func fresh(t *testing.T) storetest.Both { t.Helper(); return open(t, config(t.TempDir())) }

func TestStoreIsLikeMemory(t *testing.T) {
	t.Parallel()
	storetest.Compare(t, func(*testing.T) storetest.Both { return memory.New(time.Now) }, fresh)
}

// goal makes a change that puts one goal with an event.
func goal(id string) guard.Change {
	ref := fhir.Ref{Type: "Goal", ID: fhir.ID(id)}
	now := time.Date(2025, 1, 2, 3, 4, 5, 6000000, time.UTC)
	return guard.Change{
		Put: []guard.Put{{
			Version: &guard.Version{
				Ref: ref, ID: "v-" + id, Updated: now, JSON: []byte(`{"resourceType":"Goal","id":"` + id + `"}`),
				Facts: &consent.Facts{Ref: ref},
			},
			Index:  []search.Entry{{Param: "code", Kind: search.Token, System: "s", Value: id}},
			People: []consent.Person{"p"},
		}},
		Events: []guard.Event{{ID: "e-" + id, At: now, Person: "p", Interaction: "create", Action: 'C', Permit: true, Ref: ref}},
	}
}

func commit(t testing.TB, s *sqlite.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.Commit(context.Background(), goal(id)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEverythingIsThereAfterReopening(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := open(t, c)
	commit(t, s, "a", "b")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), goal("c")); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("commit after close: got %v, want ErrClosed", err)
	}
	s = open(t, c)
	entries, _, err := s.Follow(t.Context(), 0, 10)
	if err != nil || len(entries) != 2 {
		t.Errorf("feed: got %d entries, %v", len(entries), err)
	}
	commit(t, s, "c")
	events, err := s.Looked(t.Context(), "p", time.Time{}, 10)
	if err != nil || len(events) != 3 {
		t.Errorf("trail: got %d events, %v", len(events), err)
	}
}

func TestASecondProcessIsTurnedAway(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := open(t, c)
	if _, err := sqlite.Open(t.Context(), c); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, c)
}

func TestAPathMayHaveAnyLetters(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b?c=d#e%20ü")
	c := config(dir)
	if _, err := sqlite.Open(t.Context(), c); err == nil {
		t.Fatal("a folder that does not exist was made for the database")
	}
	c.Checkpoints = filepath.Join(t.TempDir(), "new", "folder")
	c.Path = filepath.Join(t.TempDir(), "a b?c=d#e%20ü.db")
	s := open(t, c)
	commit(t, s, "a")
	report, err := sqlite.Verify(t.Context(), c.Path, c.Checkpoints)
	if err != nil || !report.OK() || report.Events != 1 {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestOpenWantsItsParts(t *testing.T) {
	t.Parallel()
	if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: "x"}); err == nil {
		t.Error("no error without a clock")
	}
}
