package gateway

import (
	"context"

	"concord/consent"
	"concord/gateway/guard"
)

// Reindex makes anew what was derived and is not as it should be: facts, index entries, standings, and the store's own
// tables. It tells each thing that it finds, as Check does, and changes nothing else: no body, no version, nobody's
// identity, and not the trail. It may be cut off at any time and done again. What cannot be made anew, because the body
// itself cannot be read, it tells and leaves.
func Reindex(ctx context.Context, store Kept, tell func(guard.Finding)) (Tally, error) {
	c := &checkup{store: store, tell: tell}
	return c.run(ctx, func(versions []guard.Derived, standings []*consent.Standing) error {
		return store.Amend(ctx, versions, standings)
	}, store.Restore)
}
