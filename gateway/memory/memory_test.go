package memory_test

import (
	"testing"
	"time"

	"concord/gateway/memory"
	"concord/gateway/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Both { return memory.New(time.Now) })
}
