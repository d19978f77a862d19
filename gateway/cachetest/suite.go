// Package cachetest is the suite that every Cache passes. It tests what guard.Cache promises: never wrong, whatever
// is forgotten. It knows nothing of where a Cache keeps things.
package cachetest

import (
	"bytes"
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"concord/gateway/guard"
)

// Open opens an empty Cache by the given clock, and closes it by t.Cleanup.
type Open func(t *testing.T, now func() time.Time) guard.Cache

// Run runs the suite. A Cache may forget; one that keeps nothing at all fails.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, one := range tests {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			clock := &clock{now: time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)}
			one.run(&subject{t: t, Cache: open(t, clock.read), clock: clock})
		})
	}
}

// test is one promise, said as a sentence.
type test struct {
	name string
	run  func(s *subject)
}

// A Cache may work beside its callers: so often a value is put, and looked for after each, a millisecond apart.
const (
	puts  = 200
	looks = 50
)

// subject is a Cache under test, with its clock.
type subject struct {
	guard.Cache
	t     *testing.T
	clock *clock
}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// key is the name of a view.
func key(name string) [32]byte { return sha256.Sum256([]byte(name)) }

// keep puts until the Cache has it.
func (s *subject) keep(name string, value []byte, until time.Time) {
	s.t.Helper()
	for range puts {
		s.Put(s.t.Context(), key(name), value, until)
		for range looks {
			if got, ok := s.Get(s.t.Context(), key(name)); ok && bytes.Equal(got, value) {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	s.t.Fatalf("%s of %d bytes was never kept", name, len(value))
}

// holds fails when the Cache gives anything but the value; it may have forgotten it.
func (s *subject) holds(name string, value []byte) {
	s.t.Helper()
	if got, ok := s.Get(s.t.Context(), key(name)); ok && !bytes.Equal(got, value) {
		s.t.Errorf("%s: got %d bytes that were never put there", name, len(got))
	}
}

// lacks fails when the Cache gives anything.
func (s *subject) lacks(name, why string) {
	s.t.Helper()
	if got, ok := s.Get(s.t.Context(), key(name)); ok || got != nil {
		s.t.Errorf("%s: got %d bytes, %t: %s", name, len(got), ok, why)
	}
}
