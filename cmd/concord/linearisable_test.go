package main

import (
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// Revocation is linearisable: no read is answered under a standing that was withdrawn before the read began, on any node,
// whatever stalls or dies; and there is one order of all changes and answers about a family that explains every one.

// everythingAtOnce is all kinds of changes and of trouble.
var everythingAtOnce = mix{flips: allFacts, glass: true, labels: true, trouble: true, families: 2, changers: 2, readers: 4, lasts: 1200 * time.Millisecond}

// enoughRounds are so many that every way to read must have seen both answers, and some views must have been kept.
const enoughRounds = 10

// rounds is how often each kind of cluster is tried: CONCORD_ROUNDS for a long run.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CONCORD_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatal("CONCORD_ROUNDS must be a whole number from 1")
	}
	return n
}

func TestRevocationIsLinearisableOnManyNodes(t *testing.T) {
	t.Parallel()
	database := startPostgres(t, "-c", "max_connections=300")
	t.Run("each with a cache of its own", func(t *testing.T) {
		t.Parallel()
		tryRounds(t, func() *cluster { return newCluster(t, 3, database, nil, spoiled{}) })
	})
	t.Run("with one Redis", func(t *testing.T) {
		t.Parallel()
		cache := startRedis(t)
		tryRounds(t, func() *cluster { return newCluster(t, 3, database, cache, spoiled{}) })
	})
	t.Run("and one that is late is found out", func(t *testing.T) {
		t.Parallel()
		m := mix{flips: noGoals | goalsToCharity, families: 1, changers: 2, readers: 3, lasts: 400 * time.Millisecond}
		mustBeFound(t, m, func() *cluster {
			var first sync.Once
			return newCluster(t, 3, database, nil, spoiled{store: func(s store) store {
				behind := s
				first.Do(func() { behind = newLagging(s) })
				return behind
			}})
		})
	})
}

func TestRevocationIsLinearisableOnOneNode(t *testing.T) {
	t.Parallel()
	tryRounds(t, func() *cluster { return newCluster(t, 1, nil, nil, spoiled{}) })
}

// tryRounds demands that each round has a history that the model allows, and that it is one worth asking about.
func tryRounds(t *testing.T, begin func() *cluster) {
	t.Helper()
	total := tally{ways: map[string][2]int{}}
	n := rounds(t)
	for range n {
		r := newRound(t, begin(), everythingAtOnce)
		r.run(t.Context())
		for _, h := range r.histories {
			result, why := judged(h)
			if result != porcupine.Ok {
				t.Errorf("%s", why)
			}
			total.count(h)
		}
		total.kept += r.kept.Load()
		if t.Failed() {
			break
		}
	}
	t.Log(total)
	if min(total.changes, total.sawSome, total.sawNone) == 0 {
		t.Errorf("too little happened to show anything: %s", total)
	}
	if n < enoughRounds {
		return
	}
	if total.kept == 0 {
		t.Error("no view was ever found in a cache")
	}
	for way, both := range total.ways {
		if min(both[0], both[1]) == 0 {
			t.Errorf("%s: %d times nothing was seen, %d times something: it shows nothing", way, both[0], both[1])
		}
	}
}
