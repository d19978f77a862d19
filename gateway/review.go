package gateway

import (
	"context"
	"time"

	"concord/gateway/guard"
)

// Review answers in the background what conditional creates left open: whether what they could not see was there already
// (CONSENT rules section 10 row 12). It looks every so often until ctx ends, and tells of each look that failed.
func Review(ctx context.Context, operator guard.Reading, every time.Duration, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		for {
			settled, err := operator.Settle(ctx)
			if err != nil && ctx.Err() == nil {
				failed(err)
			}
			if err != nil || settled == 0 {
				break
			}
		}
	}
}
