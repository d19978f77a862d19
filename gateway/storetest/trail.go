package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"concord/consent"
	"concord/gateway/guard"
)

// looked gives all events about a person.
func looked(t *testing.T, s Both, p consent.Person) []string {
	t.Helper()
	return lookedBefore(t, s, p, time.Time{}, 1000)
}

func lookedBefore(t *testing.T, s Both, p consent.Person, before time.Time, limit int) []string {
	t.Helper()
	events, err := s.Looked(t.Context(), p, before, limit)
	if err != nil {
		t.Fatalf("looked: %v", err)
	}
	var all []string
	for _, e := range events {
		all = append(all, e.ID)
	}
	return all
}

func event(id string, minutes int, p consent.Person) guard.Event {
	return guard.Event{ID: id, At: at(minutes), Person: p, Interaction: "read", Action: 'R', Permit: true, Ref: goal}
}

var trailTests = []test{
	{"a person's events are read newest first, with a limit and an end", func(t *testing.T, s Both) {
		if err := s.Append(t.Context(), event("1", 1, "p"), event("2", 2, "q"), event("3", 3, "p")); err != nil {
			t.Fatal(err)
		}
		if err := s.Append(t.Context(), event("4", 4, "p"), event("5", 4, "p"), event("6", 5, "")); err != nil {
			t.Fatal(err)
		}
		equal(t, "all", []string{"5", "4", "3", "1"}, looked(t, s, "p"))
		equal(t, "newest two", []string{"5", "4"}, lookedBefore(t, s, "p", time.Time{}, 2))
		equal(t, "before", []string{"3", "1"}, lookedBefore(t, s, "p", at(4), 9))
		equal(t, "of nobody", nil, looked(t, s, ""))
		equal(t, "of a stranger", nil, looked(t, s, "x"))
	}},
	{"an event is read as it was appended", func(t *testing.T, s Both) {
		want := event("1", 1, "p")
		want.Query, want.Rules, want.Name, want.Withheld = "code=1&x=<y>", []string{"Consent/c/_history/1"}, "Dr Ö", 2
		if err := s.Append(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Looked(t.Context(), "p", time.Time{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "events", []guard.Event{want}, got)
	}},
	{"the events of a commit are in the trail with it", func(t *testing.T, s Both) {
		commit(t, s, guard.Change{Put: []guard.Put{put(goal, "a", 1, "p")}, Events: []guard.Event{event("1", 1, "p")}})
		conflict(t, s, guard.Change{If: []guard.Expect{{Ref: goal}}, Events: []guard.Event{event("2", 1, "p")}})
		equal(t, "events", []string{"1"}, looked(t, s, "p"))
	}},
	{"an event is read as soon as it was appended, whatever else is going on", func(t *testing.T, s Both) {
		const writers, each = 8, 30
		var wait sync.WaitGroup
		for w := range writers {
			wait.Go(func() {
				p := consent.Person(fmt.Sprintf("p%d", w))
				for i := range each {
					if err := s.Append(t.Context(), event(fmt.Sprintf("%d-%d", w, i), i, p), event("other", i, "q")); err != nil {
						t.Errorf("append: %v", err)
						return
					}
					if got := looked(t, s, p); len(got) != i+1 || got[0] != fmt.Sprintf("%d-%d", w, i) {
						t.Errorf("after %d: got %v", i, got)
						return
					}
				}
			})
		}
		wait.Wait()
		equal(t, "of all", writers*each, len(looked(t, s, "q")))
	}},
	{"events are read in the order of their times, however late they were appended", func(t *testing.T, s Both) {
		var want []string
		for i := range 20 {
			minutes := i * 7 % 20
			if err := s.Append(t.Context(), event(fmt.Sprint(minutes), minutes, "p")); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprint(19-i))
		}
		equal(t, "all", want, looked(t, s, "p"))
		equal(t, "some before", want[5:10], lookedBefore(t, s, "p", at(15), 5))
	}},
	{"who was merged keeps their events", func(t *testing.T, s Both) {
		for i := range 6 {
			commit(t, s, guard.Change{Put: []guard.Put{put(goal, fmt.Sprint(i), i, consent.Person(fmt.Sprint("p", i%2)))}, Events: []guard.Event{
				event(fmt.Sprint(i), i, consent.Person(fmt.Sprint("p", i%2))),
			}})
		}
		commit(t, s, guard.Change{Merges: map[consent.Person]consent.Person{"p1": "p0"}, Events: []guard.Event{event("6", 6, "p1")}})
		equal(t, "of the survivor", []string{"6", "5", "4", "3", "2", "1", "0"}, looked(t, s, "p0"))
		equal(t, "of the other, who is the same", looked(t, s, "p0"), looked(t, s, "p1"))
	}},
	{"nothing to append is no error", func(t *testing.T, s Both) {
		if err := s.Append(t.Context()); err != nil {
			t.Error(err)
		}
	}},
}

var togetherTests = []test{
	{"of many who change one thing each one rests on the one before", func(t *testing.T, s Both) {
		const writers, each = 8, 10
		puts(t, s, put(goal, "0", 0, "p"))
		var wait sync.WaitGroup
		for w := range writers {
			wait.Go(func() {
				for i := 0; i < each; {
					ok, err := bump(t, s, fmt.Sprintf("%d-%d", w, i))
					if err != nil {
						t.Errorf("change: %v", err)
						return
					}
					if ok {
						i++
					}
				}
			})
		}
		wait.Wait()
		equal(t, "versions", writers*each+1, len(get(t, s, history(goal))))
		equal(t, "standing", int64(writers*each), get(t, s, state("p")).Standing.Version)
		equal(t, "events", writers*each, len(looked(t, s, "p")))
	}},
	{"a snapshot does not change while others write", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "0", 0, "p"))
		var wait sync.WaitGroup
		view(t, s, func(v guard.Snapshot) error {
			before, err := v.Current(goal)
			if err != nil {
				return err
			}
			wait.Go(func() {
				if _, err := s.Commit(t.Context(), guard.Change{Put: []guard.Put{put(goal, "1", 1, "p")}}); err != nil {
					t.Errorf("commit: %v", err)
				}
			})
			time.Sleep(20 * time.Millisecond) // long enough for a store that would let it through
			after, err := v.Current(goal)
			equal(t, "current", before, after)
			return err
		})
		wait.Wait()
		equal(t, "current", "1", get(t, s, current(goal)).ID)
	}},
}

// bump makes the next version of goal and of the standing; false when somebody else was quicker.
func bump(t *testing.T, s Both, version string) (bool, error) {
	var change guard.Change
	err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
		now, err := v.Current(goal)
		if err != nil {
			return err
		}
		standing, err := v.State("p")
		if err != nil {
			return err
		}
		was := standing.Standing.Version
		change = guard.Change{
			If:        []guard.Expect{{Ref: goal, Version: now.ID}, {Person: "p", Standing: was}},
			Put:       []guard.Put{put(goal, version, int(was), "p")},
			Standings: map[consent.Person]*consent.Standing{"p": stand("p", was+1)},
			Events:    []guard.Event{event(version, int(was), "p")},
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	_, err = s.Commit(t.Context(), change)
	if errors.Is(err, guard.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
