package memory_test

import (
	"testing"
	"time"

	"concord/gateway/cachetest"
	"concord/gateway/guard"
	"concord/gateway/memory"
)

func TestCacheKeepsWhatEveryCachePromises(t *testing.T) {
	t.Parallel()
	cachetest.Run(t, func(_ *testing.T, now func() time.Time) guard.Cache { return memory.NewCache(1<<20, now) })
}
