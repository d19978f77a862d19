package memory_test

import (
	"bytes"
	"testing"
	"time"

	"concord/gateway/memory"
)

func TestCache(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	c := memory.NewCache(2000, clock)
	ctx := t.Context()
	key := func(b byte) [32]byte { return [32]byte{b} }
	has := func(b byte) bool { _, ok := c.Get(ctx, key(b)); return ok }

	value := []byte("view")
	c.Put(ctx, key(1), value, now.Add(time.Minute))
	value[0] = 'x'
	if got, ok := c.Get(ctx, key(1)); !ok || !bytes.Equal(got, []byte("view")) {
		t.Errorf("got %q, %t: what is kept is a copy", got, ok)
	}
	now = now.Add(time.Minute)
	if has(1) {
		t.Error("a view outlived its time")
	}
	c.Put(ctx, key(2), []byte("for ever"), time.Time{})
	now = now.Add(1000 * time.Hour)
	if !has(2) {
		t.Error("a view without an end ended")
	}
	c.Put(ctx, key(3), make([]byte, 1000), time.Time{})
	has(2)
	c.Put(ctx, key(4), make([]byte, 1000), time.Time{})
	if has(3) || !has(2) || !has(4) {
		t.Errorf("full: kept 2 %t, 3 %t, 4 %t; want the least used to go", has(2), has(3), has(4))
	}
	c.Put(ctx, key(4), make([]byte, 3000), time.Time{})
	if has(4) {
		t.Error("a view larger than the cache, or the one before it, was kept")
	}
}
