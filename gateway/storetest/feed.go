package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"concord/consent"
	"concord/gateway/guard"
)

var feedTests = []test{
	{"the feed has every version in the order of commits", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1, "p"), put(ref("Location", "l"), "a", 1))
		last := puts(t, s, gone(goal, "b", 2, "p", "q")).Position
		entries, position, err := s.Follow(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "last position", last, position)
		for i := range entries {
			if i > 0 && entries[i].Position <= entries[i-1].Position {
				t.Errorf("position %d follows %d", entries[i].Position, entries[i-1].Position)
			}
			entries[i].Position = 0
		}
		equal(t, "entries", []guard.Entry{
			{Ref: goal, Version: "a", People: []consent.Person{"p"}},
			{Ref: ref("Location", "l"), Version: "a"},
			{Ref: goal, Version: "b", People: []consent.Person{"p", "q"}},
		}, entries)
	}},
	{"the feed comes in parts, and stays where it is at its end", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1), put(ref("Goal", "g2"), "b", 1), put(ref("Goal", "g3"), "c", 1))
		var got []string
		var after guard.Position
		for range 4 {
			entries, next, err := s.Follow(t.Context(), after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				got = append(got, e.Version)
			}
			if len(entries) == 0 && next != after {
				t.Errorf("the position went from %d to %d without an entry", after, next)
			}
			after = next
		}
		equal(t, "versions", []string{"a", "b", "c"}, got)
	}},
	{"a follower misses nothing that many writers commit", func(t *testing.T, s Both) {
		const writers, each = 8, 25
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var wait sync.WaitGroup
		for w := range writers {
			wait.Go(func() {
				for i := range each {
					p := put(ref("Goal", fmt.Sprintf("g%d", w)), fmt.Sprintf("%d-%d", w, i), i, "p")
					if _, err := s.Commit(t.Context(), guard.Change{Put: []guard.Put{p}}); err != nil {
						t.Errorf("commit: %v", err)
						stop()
						return
					}
				}
			})
		}
		next := map[string]int{}
		var after guard.Position
		for n := 0; n < writers*each && ctx.Err() == nil; {
			entries, position, err := s.Follow(ctx, after, 7)
			if err != nil {
				t.Errorf("follow: %v", err)
				break
			}
			for _, e := range entries {
				who := e.Ref.String()
				if want := fmt.Sprintf("%s-%d", e.Ref.ID[1:], next[who]); e.Version != want {
					t.Errorf("got version %s, want %s", e.Version, want)
				}
				next[who]++
			}
			n, after = n+len(entries), position
		}
		wait.Wait()
	}},
}
