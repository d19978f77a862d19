package memory

import (
	"context"
	"slices"

	"concord/consent"
	"concord/gateway/guard"
)

var _ guard.Relabeller = (*Store)(nil)

// Labelled is what the last Relabel said.
func (s *Store) Labelled(ctx context.Context) (guard.Labelled, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.labelled, ctx.Err()
}

// Relabel puts other versions in the place of those that are there: a reader may hold the old ones.
func (s *Store) Relabel(ctx context.Context, versions []guard.Relabelled, done guard.Labelled) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	touched := map[consent.Person]bool{}
	for _, one := range versions {
		t, ok := s.things[one.Ref]
		if !ok {
			continue
		}
		for i, v := range t.versions {
			if v.ID != one.Version {
				continue
			}
			next := *v
			next.Facts = one.Facts
			t.versions[i] = &next
			for _, p := range t.people {
				touched[s.survivor(p)] = true
			}
		}
	}
	for p := range touched {
		s.records[p]++
	}
	s.labelled = done
	return nil
}

// asLabelled are versions as they are now, for a receipt of long ago.
func (s *Store) asLabelled(put []*guard.Version) []*guard.Version {
	var now []*guard.Version
	for _, v := range put {
		t := s.things[v.Ref]
		now = append(now, t.versions[slices.IndexFunc(t.versions, func(o *guard.Version) bool { return o.ID == v.ID })])
	}
	return now
}
