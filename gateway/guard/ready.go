package guard

import (
	"context"
	"fmt"
)

// Ready reports whether the store answers: nil when requests can be served.
func (g *Guard) Ready(ctx context.Context) error {
	err := g.Store.View(ctx, Want{}, func(s Snapshot) error {
		_, err := s.Directory()
		return err
	})
	if err != nil {
		return fmt.Errorf("ask the store: %w", err)
	}
	return nil
}
