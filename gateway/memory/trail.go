package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"concord/consent"
	"concord/gateway/guard"
)

// Append keeps the events as long as the process lives. There is no chain: nobody else can reach the memory.
func (s *Store) Append(ctx context.Context, events ...guard.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.append(events)
	return nil
}

func (s *Store) append(events []guard.Event) {
	s.trailMu.Lock()
	defer s.trailMu.Unlock()
	s.trail = append(s.trail, events...)
}

// Looked gives the newest events about a person, and about those who were merged into them.
func (s *Store) Looked(ctx context.Context, p consent.Person, before time.Time, limit int) ([]guard.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.trailMu.Lock()
	defer s.trailMu.Unlock()
	p = s.survivor(p)
	var looked []guard.Event
	for _, e := range slices.Backward(s.trail) {
		if e.Person != "" && s.survivor(e.Person) == p && (before.IsZero() || e.At.UnixMicro() < before.UnixMicro()) {
			looked = append(looked, e)
		}
	}
	slices.SortStableFunc(looked, func(a, b guard.Event) int { return cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()) })
	return looked[:min(max(limit, 0), len(looked))], nil
}
