package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"concord/consent"
	"concord/gateway/guard"
)

// The histories would show it if a withdrawal were late: each of these gateways is broken on purpose, in a way that a cache or a
// replica might be, and is found out by each kind of change.
func TestALateWithdrawalIsFound(t *testing.T) {
	t.Parallel()
	changes := mix{families: 1, changers: 2, readers: 3, lasts: 250 * time.Millisecond}
	behind := spoiled{store: newLagging}
	for _, tt := range []struct {
		name  string
		spoil spoiled
		mix   func(*mix)
	}{
		{"the person's own choices, 50 ms late", behind, func(m *mix) { m.flips = noGoals | goalsToCharity | noTreatment }},
		{"the choice of the other person in a meeting, 50 ms late", behind, func(m *mix) { m.flips = noMeetings }},
		{"the care team, 50 ms late", behind, func(m *mix) { m.flips = hospitalTeam | hospiceTeam }},
		{"the care team of the other person, 50 ms late", behind, func(m *mix) { m.flips = hospitalWith | hospiceWith }},
		{"the refusal of break-glass, 50 ms late", behind, func(m *mix) { m.flips, m.glass = noTreatment, true }},
		{"a deny by label, where other label rules are not obeyed", spoiled{labels: true}, func(m *mix) {
			m.flips, m.labels, m.trouble, m.lasts = noTopic, true, true, 600*time.Millisecond
		}},
		{"a choice that is acknowledged before it is done", spoiled{store: func(s store) store { return hasty{s} }}, func(m *mix) { m.flips = noGoals }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := changes
			tt.mix(&m)
			mustBeFound(t, m, func() *cluster { return newCluster(t, 1, nil, nil, tt.spoil) })
		})
	}
}

// mustBeFound demands that a broken cluster soon has a history that the model does not allow.
func mustBeFound(t *testing.T, m mix, begin func() *cluster) {
	t.Helper()
	for range 20 {
		r := newRound(t, begin(), m)
		r.run(t.Context())
		if result, _ := judged(r.histories[0]); result == porcupine.Illegal {
			return
		}
	}
	t.Error("no history shows that it is broken")
}

// behindFor is how far a lagging store may be behind.
const behindFor = 50 * time.Millisecond

// lagging is a store that shows people as it saw them up to 50 ms ago, whatever was committed since, as a cache would that is
// invalidated by time alone.
type lagging struct {
	store
	mu   sync.Mutex
	held map[consent.Person]heldState
}

func newLagging(s store) store { return &lagging{store: s, held: map[consent.Person]heldState{}} }

type heldState struct {
	state *guard.State
	since time.Time
}

func (l *lagging) View(ctx context.Context, want guard.Want, use func(guard.Snapshot) error) error {
	return l.store.View(ctx, want, func(snap guard.Snapshot) error { return use(laggingSnapshot{snap, l}) })
}

// Commit forgets what is held where a writer rested on it, or nobody could write.
func (l *lagging) Commit(ctx context.Context, change guard.Change) (guard.Receipt, error) {
	receipt, err := l.store.Commit(ctx, change)
	if errors.Is(err, guard.ErrConflict) {
		l.mu.Lock()
		clear(l.held)
		l.mu.Unlock()
	}
	return receipt, err
}

type laggingSnapshot struct {
	guard.Snapshot
	l *lagging
}

func (s laggingSnapshot) State(p consent.Person) (*guard.State, error) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	if held, ok := s.l.held[p]; ok && time.Since(held.since) < behindFor {
		return held.state, nil
	}
	state, err := s.Snapshot.State(p)
	if err == nil {
		s.l.held[p] = heldState{state, time.Now()}
	}
	return state, err
}

// hasty is a store that says that a choice is changed, and changes it a little later.
type hasty struct{ store }

func (h hasty) Commit(ctx context.Context, change guard.Change) (guard.Receipt, error) {
	later := slices.ContainsFunc(change.If, func(e guard.Expect) bool { return e.Ref.Type == "Consent" && e.Version != "" })
	if !later {
		return h.store.Commit(ctx, change)
	}
	time.AfterFunc(20*time.Millisecond, func() { _, _ = h.store.Commit(context.WithoutCancel(ctx), change) })
	return guard.Receipt{Position: 1}, nil
}
