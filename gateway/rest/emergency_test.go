package rest_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"concord/fhir/care"
	"concord/gateway/guard"
)

// In an emergency what cannot be recorded in the trail is recorded beside it, and shown; and comes into the trail when
// that takes anything again (CONSENT rules 14.6).
func TestAnEmergencyDoesNotWaitForTheTrail(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"), hospitalTeam)
	path := filepath.Join(t.TempDir(), "queue")
	open := func() *guard.TrailQueue {
		queue, err := guard.OpenTrailQueue(path)
		if err != nil {
			t.Fatal(err)
		}
		return queue
	}
	queue := open()
	w.rebuild(t, guard.Glass{ACR: []string{"stepped-up"}, Roles: []string{care.RoleClinician}}, queue)
	w.breaks(t, doctor(t))
	w.store.full = true
	for _, who := range []guard.Caller{emergency(t), doctor(t)} {
		w.status(t, who, "200", "GET", "Observation/o1")
		w.status(t, who, "404", "GET", "Observation/absent")
		w.status(t, who, "200", "GET", "Observation?patient=Patient/p0")
		w.status(t, who, "200", "GET", "Patient/p0/$whole-person")
	}
	mixed := emergency(t)
	mixed.Purposes = []string{"ETREAT", "TREAT"}
	for _, who := range []guard.Caller{gp(t), mixed, person(t, "p0")} {
		w.caller = who
		if status, body := w.raw(t, "GET", "Observation/o1", ""); status != 503 {
			t.Errorf("%s with %v: %d\n%s", who.Subject, who.Purposes, status, body)
		}
	}
	w.caller = emergency(t)
	if status, _ := w.raw(t, "POST", "Observation", observation("", "44054006")); status < 500 {
		t.Errorf("a write that cannot be recorded: %d", status)
	}
	count := func(interaction string) int {
		events, err := w.store.Looked(t.Context(), w.personOf(t, "p0"), time.Time{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return len(slices.DeleteFunc(events, func(e guard.Event) bool { return e.Interaction != interaction }))
	}
	if got := count("read"); got != 0 {
		t.Fatalf("the trail is full and took %d reads", got)
	}
	// The node dies with a torn line, and starts again.
	if err := queue.Close(); err != nil {
		t.Fatal(err)
	}
	torn, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = torn.WriteString(`{"id":"torn`)
	_ = torn.Close()
	queue = open()
	t.Cleanup(func() { _ = queue.Close() })
	w.rebuild(t, guard.Glass{}, queue)
	if err := w.guard.Replay(t.Context()); err == nil {
		t.Error("the queue was emptied into a full trail")
	}
	w.store.full = false
	w.status(t, gp(t), "200", "GET", "Observation/o1")
	if reads, views := count("read"), count("whole-person"); reads != 3 || views != 2 {
		t.Errorf("the trail has %d reads and %d views of the person, want 3 and 2", reads, views)
	}
	if rest, err := os.ReadFile(path); err != nil || len(rest) != 0 {
		t.Errorf("the queue still has %d bytes, %v", len(rest), err)
	}
}
