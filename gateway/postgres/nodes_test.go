package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
	"concord/gateway/postgres"
)

// nodes opens several stores on one database, all at once: one of them migrates it.
func nodes(t *testing.T, url postgres.URL, n int) []*postgres.Store {
	t.Helper()
	all := make([]*postgres.Store, n)
	var wait sync.WaitGroup
	for i := range n {
		c := node(url, t.TempDir())
		wait.Go(func() {
			s, err := postgres.Open(context.Background(), c)
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			all[i] = s
		})
	}
	wait.Wait()
	for _, s := range all {
		if s == nil {
			t.FailNow()
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	return all
}

func TestNodesThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	clone(t) // so that there is a server
	name := fmt.Sprintf("bare%d", databases.Add(1))
	if err := shared.server.sql("postgres", "create database "+name); err != nil {
		t.Fatal(err)
	}
	for i, s := range nodes(t, shared.server.url(name), 4) {
		commit(t, s, fmt.Sprintf("g%d", i))
	}
}

// standing reads the version of a person's standing.
func standing(ctx context.Context, s *postgres.Store, p consent.Person) (int64, error) {
	var version int64
	err := s.View(ctx, guard.Want{}, func(v guard.Snapshot) error {
		state, err := v.State(p)
		if err == nil {
			version = state.Standing.Version
		}
		return err
	})
	return version, err
}

func TestNoTwoNodesCommitOnTheSameStanding(t *testing.T) {
	t.Parallel()
	all := nodes(t, clone(t), 3)
	const rounds = 60
	var won [rounds]atomic.Int64
	var wait sync.WaitGroup
	for i, s := range all {
		for w := range 3 {
			wait.Go(func() {
				for {
					was, err := standing(t.Context(), s, "p")
					if err != nil {
						t.Errorf("read: %v", err)
						return
					}
					if was >= rounds {
						return
					}
					change := goal(fmt.Sprintf("n%d-%d-%d", i, w, was))
					change.If = []guard.Expect{{Person: "p", Standing: was}}
					change.Standings = map[consent.Person]*consent.Standing{"p": {Person: "p", Version: was + 1}}
					_, err = s.Commit(t.Context(), change)
					if err != nil && !errors.Is(err, guard.ErrConflict) {
						t.Errorf("commit: %v", err)
						return
					}
					if err == nil {
						won[was].Add(1)
					}
				}
			})
		}
	}
	wait.Wait()
	for version := range won {
		if n := won[version].Load(); n != 1 {
			t.Errorf("%d commits rested on version %d", n, version)
		}
	}
	for _, s := range all {
		if version, err := standing(t.Context(), s, "p"); err != nil || version != rounds {
			t.Errorf("got version %d, %v", version, err)
		}
	}
}

func TestOfNodesThatCreateTheSameOneSucceeds(t *testing.T) {
	t.Parallel()
	all := nodes(t, clone(t), 3)
	for round := range 20 {
		var made, refused atomic.Int64
		var wait sync.WaitGroup
		for i, s := range all {
			wait.Go(func() {
				change := goal(fmt.Sprintf("r%d", round))
				change.Put[0].Version.ID = fmt.Sprintf("by-%d", i)
				change.If = []guard.Expect{{Ref: change.Put[0].Version.Ref}}
				who := consent.Person(fmt.Sprintf("q%d-%d", round, i))
				change.Keys = map[string]consent.Person{fmt.Sprintf("id|%d", round): who}
				change.Patients = map[fhir.Ref]consent.Person{{Type: "Patient", ID: fhir.ID(fmt.Sprintf("x%d", round))}: who}
				_, err := s.Commit(t.Context(), change)
				switch {
				case err == nil:
					made.Add(1)
				case errors.Is(err, guard.ErrConflict):
					refused.Add(1)
				default:
					t.Errorf("commit: %v", err)
				}
			})
		}
		wait.Wait()
		if made.Load() != 1 || refused.Load() != 2 {
			t.Errorf("%d were made and %d refused", made.Load(), refused.Load())
		}
	}
}

func TestARepeatedChangeIsDoneOnceOnAllNodes(t *testing.T) {
	t.Parallel()
	all := nodes(t, clone(t), 3)
	for round := range 20 {
		var first atomic.Int64
		var wait sync.WaitGroup
		for i, s := range all {
			wait.Go(func() {
				change := goal(fmt.Sprintf("m%d", round))
				change.Key = fmt.Sprintf("message-%d", round)
				change.Put[0].Version.ID = fmt.Sprintf("by-%d", i)
				receipt, err := s.Commit(t.Context(), change)
				if err != nil || len(receipt.Put) != 1 {
					t.Errorf("commit: %v", err)
				} else if !receipt.Replayed {
					first.Add(1)
				}
			})
		}
		wait.Wait()
		if first.Load() != 1 {
			t.Errorf("it was done %d times", first.Load())
		}
	}
}

func TestMergesOnOneNodeAndWritesOnAnother(t *testing.T) {
	t.Parallel()
	all := nodes(t, clone(t), 2)
	const people = 12
	name := func(i int) consent.Person { return consent.Person(fmt.Sprintf("p%02d", i)) }
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := range people - 1 {
			change := guard.Change{Merges: map[consent.Person]consent.Person{name(i): name(i + 1)}}
			if _, err := all[0].Commit(t.Context(), change); err != nil {
				t.Errorf("merge: %v", err)
			}
		}
	})
	wait.Go(func() {
		for i := range people * 4 {
			change := goal(fmt.Sprintf("g%d", i))
			change.Put[0].People = []consent.Person{name(i % people), name((i + 5) % people)}
			if _, err := all[1].Commit(t.Context(), change); err != nil {
				t.Errorf("write: %v", err)
			}
		}
	})
	wait.Wait()
	for _, s := range all {
		err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
			record, err := v.Record(name(0))
			if len(record) != people*4 {
				t.Errorf("the record has %d things, want %d", len(record), people*4)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestAFollowerMissesNothingOfAnyNode(t *testing.T) {
	t.Parallel()
	all := nodes(t, clone(t), 3)
	const writers, each = 3, 40
	var wait sync.WaitGroup
	for i, s := range all {
		for w := range writers {
			wait.Go(func() {
				for n := range each {
					id := fmt.Sprintf("%d-%d", i, w)
					change := goal(id)
					change.Put[0].Version.ID = fmt.Sprintf("%s-%d", id, n)
					change.Put[0].People = []consent.Person{consent.Person(id)} // so that nobody waits for a row
					if _, err := s.Commit(t.Context(), change); err != nil {
						t.Errorf("commit: %v", err)
						return
					}
				}
			})
		}
	}
	for _, s := range all {
		wait.Go(func() {
			next, total := map[fhir.ID]int{}, 0
			var after guard.Position
			for total < len(all)*writers*each && !t.Failed() {
				entries, position, err := s.Follow(t.Context(), after, 7)
				if err != nil {
					t.Errorf("follow: %v", err)
					return
				}
				for _, e := range entries {
					if want := fmt.Sprintf("%s-%d", e.Ref.ID, next[e.Ref.ID]); e.Version != want {
						t.Errorf("got %s, want %s", e.Version, want)
					}
					next[e.Ref.ID]++
				}
				total, after = total+len(entries), position
			}
		})
	}
	wait.Wait()
}

func TestTwoNodesNeedTwoFolders(t *testing.T) {
	t.Parallel()
	c := node(clone(t), t.TempDir())
	open(t, c)
	if _, err := postgres.Open(t.Context(), c); !errors.Is(err, postgres.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
}

// The code of the release before runs on the tables of the next one.
func TestANodeRunsOnTablesOfTheNextRelease(t *testing.T) {
	t.Parallel()
	url := clone(t)
	tamper(t, url, `insert into migration (version_id, is_applied) values (99, true)`, `alter table thing add column later text`)
	commit(t, open(t, node(url, t.TempDir())), "a")
}

func TestAnAddressIsNotPrinted(t *testing.T) {
	t.Parallel()
	c := node("postgres://someone:secret@127.0.0.1:1/db?connect_timeout=1", t.TempDir())
	_, err := postgres.Open(t.Context(), c)
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%#v", c.URL), fmt.Sprint(err)} {
		if strings.Contains(text, "secret") {
			t.Errorf("got %s", text)
		}
	}
	if kindOf(err) != fhir.Transient {
		t.Errorf("nobody listens: got %v", err)
	}
	c.URL = "postgres://someone:secret@[broken"
	if _, err := postgres.Open(t.Context(), c); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	if _, err := postgres.Open(t.Context(), postgres.Config{URL: c.URL}); err == nil {
		t.Error("no error without a clock")
	}
}
