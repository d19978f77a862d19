package redis_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/gateway/cachetest"
	"concord/gateway/guard"
	"concord/gateway/redis"
)

func TestCacheKeepsWhatEveryCachePromises(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	var n atomic.Int64
	cachetest.Run(t, func(t *testing.T, now func() time.Time) guard.Cache {
		t.Helper()
		c := config(s.addr)
		c.Now = now
		c.Prefix = fmt.Sprint("test", n.Add(1), ":")
		return open(t, c)
	})
}

func TestClusterKeepsWhatEveryCachePromises(t *testing.T) { //nolint:tparallel // what the suite left is looked at after it
	t.Parallel()
	a, b := startServer(t, "--cluster-enabled", "yes"), startServer(t, "--cluster-enabled", "yes")
	join(t, a, b)
	var n atomic.Int64
	t.Run("suite", func(t *testing.T) { // waits for its parts, which are parallel
		cachetest.Run(t, func(t *testing.T, now func() time.Time) guard.Cache {
			t.Helper()
			c := config(a.addr)
			c.Cluster = true
			c.Now = now
			c.Prefix = fmt.Sprint("test", n.Add(1), ":")
			return open(t, c)
		})
	})
	for _, s := range []*server{a, b} {
		client := s.client()
		defer func() { _ = client.Close() }()
		if n, err := client.DBSize(t.Context()).Result(); err != nil || n == 0 {
			t.Errorf("%d values on a member, %v: want both to hold some", n, err)
		}
	}
}

// join makes a cluster of two, each with half of the slots.
func join(t *testing.T, a, b *server) {
	t.Helper()
	ca, cb := a.client(), b.client()
	defer func() { _, _ = ca.Close(), cb.Close() }()
	host, port, _ := strings.Cut(b.addr, ":")
	for _, err := range []error{
		ca.ClusterAddSlotsRange(t.Context(), 0, 8191).Err(),
		cb.ClusterAddSlotsRange(t.Context(), 8192, 16383).Err(),
		ca.ClusterMeet(t.Context(), host, port).Err(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		up := 0
		for _, s := range []*server{a, b} {
			client := s.client()
			if info, err := client.ClusterInfo(t.Context()).Result(); err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_slots_assigned:16384") {
				up++
			}
			_ = client.Close()
		}
		if up == 2 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the cluster did not come up")
}

func TestNodesShareValues(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--requirepass", "of the test")
	c := config(s.addr)
	c.Password = "of the test"
	here, there := open(t, c), open(t, c)
	keep(t, here, 1, "view of a")
	if got, ok := there.Get(t.Context(), [32]byte{1}); !ok || string(got) != "view of a" {
		t.Errorf("another node got %q, %t", got, ok)
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	older, newer := redis.Key{ID: "a", Secret: redis.Secret(bytes.Repeat([]byte("a"), 32))}, redis.Key{ID: "b", Secret: redis.Secret(bytes.Repeat([]byte("b"), 32))}
	with := func(keys ...redis.Key) *redis.Cache {
		c := config(s.addr)
		c.Keys = keys
		return open(t, c)
	}
	keep(t, with(older), 1, "sealed under the older")
	both := with(newer, older)
	keep(t, both, 2, "sealed under the newer")
	if got, ok := both.Get(t.Context(), [32]byte{1}); !ok || string(got) != "sealed under the older" {
		t.Errorf("under both keys: got %q, %t", got, ok)
	}
	after := with(newer)
	lacks(t, after, 1)
	if _, ok := after.Get(t.Context(), [32]byte{2}); !ok {
		t.Error("the newer key did not open what it sealed")
	}
}

func TestRedisSeesNeitherValuesNorKeepsThemForEver(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := open(t, config(s.addr))
	keep(t, c, 1, "view of Amina")
	client := s.client()
	defer func() { _ = client.Close() }()
	names, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(names) != 1 || !strings.HasPrefix(names[0], "concord:view:") {
		t.Fatalf("got %q, %v: want one value of ours", names, err)
	}
	sealed, err := client.Get(t.Context(), names[0]).Result()
	if err != nil || strings.Contains(sealed, "Amina") {
		t.Errorf("the value stands in clear, or %v", err)
	}
	if ttl, err := client.TTL(t.Context(), names[0]).Result(); err != nil || ttl <= 0 || ttl > 24*time.Hour {
		t.Errorf("kept for %s, %v", ttl, err)
	}
}

func TestConfigThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(c *redis.Config)
	}{
		{"no address", func(c *redis.Config) { c.Addrs = nil }},
		{"no key", func(c *redis.Config) { c.Keys = nil }},
		{"a key that is too short", func(c *redis.Config) { c.Keys[0].Secret = "short" }},
		{"a key without an id", func(c *redis.Config) { c.Keys[0].ID = "" }},
		{"two keys with one id", func(c *redis.Config) { c.Keys = append(c.Keys, c.Keys[0]) }},
		{"no clock", func(c *redis.Config) { c.Now = nil }},
		{"less than nothing kept near", func(c *redis.Config) { c.Near = -1 }},
		{"values without a limit", func(c *redis.Config) { c.MaxValue = 1 << 40 }},
		{"a prefix that ties everything to one member", func(c *redis.Config) { c.Prefix = "{concord}" }},
		{"a database of a cluster", func(c *redis.Config) { c.DB, c.Cluster = 1, true }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := config("127.0.0.1:1")
			test.change(&c)
			if cache, err := redis.New(c); err == nil {
				t.Errorf("was taken; close: %v", cache.Close())
			} else if strings.Contains(err.Error(), "short") {
				t.Errorf("%v: repeats a secret", err)
			}
		})
	}
}
