package guard_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/consent"
	"concord/gateway/guard"
	"concord/gateway/memory"
)

// broken is a trail that takes nothing while it is down.
type broken struct {
	down  bool
	taken []guard.Event
}

func (b *broken) Append(_ context.Context, events ...guard.Event) error {
	if b.down {
		return errors.New("the disk is full")
	}
	b.taken = append(b.taken, events...)
	return nil
}

func (b *broken) Looked(context.Context, consent.Person, time.Time, int) ([]guard.Event, error) {
	return nil, nil
}

// What was queued comes into the trail in its order and as it was, also after the node was stopped, and once.
func TestTheQueueComesIntoTheTrail(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "queue")
	now := func() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }
	trail := &broken{down: true}
	open := func() (*guard.Guard, *guard.TrailQueue) {
		queue, err := guard.OpenTrailQueue(path)
		if err != nil {
			t.Fatal(err)
		}
		g, err := guard.New(guard.Config{
			Store: memory.New(now), Trail: trail, Cache: memory.NewCache(1, now), Base: consent.Default(), Now: now,
			NewID: func() string { return "x" }, Secret: []byte("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"), Queue: queue,
		})
		if err != nil {
			t.Fatal(err)
		}
		return g, queue
	}
	events := []guard.Event{
		{ID: "1", At: now(), Interaction: "read", Action: 'R', Purpose: "ETREAT", Step: "base-policy", Standing: 7, Labels: 1 << 63},
		{ID: "2", At: now(), Interaction: "search-type", Action: 'E', Purpose: "ETREAT BTG", Rules: []string{"Consent/c/_history/1"}},
		{ID: "3", At: now(), Interaction: "search-type", Action: 'E', Purpose: "ETREAT", Query: strings.Repeat("code=x&", 200_000)},
	}
	g, queue := open()
	if err := g.Trail.Append(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]guard.Event{
		"a write":           {Action: 'C', Purpose: "ETREAT"},
		"another purpose":   {Action: 'R', Purpose: "TREAT"},
		"one of two":        {Action: 'R', Purpose: "ETREAT TREAT"},
		"no purpose at all": {Action: 'R'},
	} {
		if err := g.Trail.Append(t.Context(), e); err == nil {
			t.Errorf("%s was let through without a trail", name)
		}
	}
	if err := g.Trail.Append(t.Context(), events[0], guard.Event{Action: 'U', Purpose: "ETREAT"}); err == nil {
		t.Error("a write beside a read was let through without a trail")
	}
	if err := queue.Close(); err != nil {
		t.Fatal(err)
	}
	g, queue = open()
	t.Cleanup(func() { _ = queue.Close() })
	if err := g.Replay(t.Context()); err == nil {
		t.Error("a trail that is down took the queue")
	}
	trail.down = false
	for range 2 {
		if err := g.Replay(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(events, trail.taken); diff != "" {
		t.Error(diff)
	}
	if left, err := os.Stat(path); err != nil || left.Size() != 0 {
		t.Errorf("the queue was not emptied: %v", err)
	}
}

// An event that was stored before the newer fields were there has the same content still: what was sealed verifies.
func TestOlderEventsKeepTheirContent(t *testing.T) {
	t.Parallel()
	const old = `{"id":"e","at":"2026-11-21T09:00:00Z","person":"p","interaction":"read","action":"R","permit":true,"type":"Goal","resource":"g","policy":"b","reason":"base-policy"}`
	e, err := guard.EventFrom([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	again, err := e.Content()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(old, string(again)); diff != "" {
		t.Error(diff)
	}
}
