package redis_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"concord/gateway/cachetest"
	"concord/gateway/guard"
)

// nearBytes is room for some small values, and for none of the largest that the suite puts.
const nearBytes = 32 << 10

func TestNearCopiesKeepWhatEveryCachePromises(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	var n atomic.Int64
	cachetest.Run(t, func(t *testing.T, now func() time.Time) guard.Cache {
		t.Helper()
		c := config(s.addr)
		c.Now, c.Near = now, nearBytes
		c.Prefix = fmt.Sprint("near", n.Add(1), ":")
		return open(t, c)
	})
}

func TestNearCopyNeedsNoRedis(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := config(s.addr)
	here := open(t, c)
	keep(t, here, 1, "view of a")
	c.Near = nearBytes
	there := open(t, c)
	if got, ok := there.Get(t.Context(), [32]byte{1}); !ok || string(got) != "view of a" {
		t.Fatalf("through Redis: got %q, %t", got, ok)
	}
	there.Put(t.Context(), [32]byte{2}, []byte("view of b"), time.Time{})
	s.kill()
	for key, want := range map[byte]string{1: "view of a", 2: "view of b"} {
		if got, ok := there.Get(t.Context(), [32]byte{key}); !ok || string(got) != want {
			t.Errorf("without Redis: got %q, %t, want %q", got, ok, want)
		}
	}
	lacks(t, here, 1)
}

func TestNearCopyEndsWithItsTime(t *testing.T) {
	t.Parallel()
	var past atomic.Int64
	begin := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	c := config(startServer(t).addr)
	c.Now = func() time.Time { return begin.Add(time.Duration(past.Load())) }
	far := open(t, c)
	for range 100 {
		far.Put(t.Context(), [32]byte{1}, []byte("view of a"), begin.Add(time.Hour))
		if _, ok := far.Get(t.Context(), [32]byte{1}); ok {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.Near = nearBytes
	near := open(t, c)
	if _, ok := near.Get(t.Context(), [32]byte{1}); !ok { // it is learnt, with the end that is inside the seal
		t.Fatal("was not learnt")
	}
	near.Put(t.Context(), [32]byte{2}, []byte("view of b"), begin.Add(time.Hour))
	past.Store(int64(time.Hour) - 1)
	for _, key := range []byte{1, 2} {
		if _, ok := near.Get(t.Context(), [32]byte{key}); !ok {
			t.Errorf("%d was over too early", key)
		}
	}
	past.Store(int64(time.Hour))
	lacks(t, near, 1)
	lacks(t, near, 2)
}

func TestValueThatIsNotOursIsNeverNear(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := config(s.addr)
	keep(t, open(t, c), 1, "view of a")
	client := s.client()
	defer func() { _ = client.Close() }()
	names, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(names) != 1 {
		t.Fatalf("got %q, %v", names, err)
	}
	ours, _ := client.Get(t.Context(), names[0]).Result()
	if err := client.Set(t.Context(), names[0], ours[:len(ours)-1]+"x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	c.Near = nearBytes
	near := open(t, c)
	lacks(t, near, 1)
	if err := client.Set(t.Context(), names[0], ours, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got, ok := near.Get(t.Context(), [32]byte{1}); !ok || string(got) != "view of a" {
		t.Errorf("got %q, %t", got, ok)
	}
}

func TestNearCopiesTakeNoMoreThanTheirRoom(t *testing.T) {
	t.Parallel()
	c := config(freeAddr(t)) // nobody is there: what is found is near
	c.Near = 10_000
	near := open(t, c)
	value := bytes.Repeat([]byte("x"), 2000)
	for key := range byte(9) {
		near.Put(t.Context(), [32]byte{key}, value, time.Time{})
		near.Get(t.Context(), [32]byte{0}) // so that it is never the one used longest ago
	}
	found := 0
	for key := range byte(9) {
		if _, ok := near.Get(t.Context(), [32]byte{key}); ok {
			found++
		}
	}
	if _, first := near.Get(t.Context(), [32]byte{0}); !first || found != 4 {
		t.Errorf("%d values of 2000 bytes in 10,000, the one in use among them: %t", found, first)
	}
	near.Put(t.Context(), [32]byte{0}, make([]byte, 20_000), time.Time{})
	lacks(t, near, 0)
}
