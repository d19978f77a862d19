package memory

import (
	"context"
	"slices"

	"concord/gateway/guard"
)

// Follow gives the feed after a position: position n is the n-th version that was ever put.
func (s *Store) Follow(ctx context.Context, after guard.Position, limit int) ([]guard.Entry, guard.Position, error) {
	if err := ctx.Err(); err != nil {
		return nil, after, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	from := min(max(int(after), 0), len(s.feed))
	to := min(from+max(limit, 0), len(s.feed))
	if from == to {
		return nil, after, nil
	}
	return slices.Clone(s.feed[from:to]), guard.Position(to), nil
}
