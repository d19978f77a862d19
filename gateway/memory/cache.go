package memory

import (
	"bytes"
	"context"
	"math"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"concord/gateway/guard"
)

// Cache is a guard.Cache in this process. It forgets what was used longest ago when it is full.
type Cache struct {
	now   func() time.Time
	limit int64 // bytes

	mu   sync.Mutex
	lru  *simplelru.LRU[[32]byte, kept]
	size int64 // bytes, with overhead
}

// kept is a finished view and when it ends; the zero time is never.
type kept struct {
	value []byte
	until time.Time
}

// overhead is about what the list and the map cost for each entry, in bytes.
const overhead = 256

var _ guard.Cache = (*Cache)(nil)

// NewCache makes a Cache of at most maxBytes.
func NewCache(maxBytes int64, now func() time.Time) *Cache {
	c := &Cache{now: now, limit: maxBytes}
	lru, err := simplelru.NewLRU(math.MaxInt, func(_ [32]byte, k kept) { c.size -= cost(k.value) })
	if err != nil {
		panic(err) // only for a size below one
	}
	c.lru = lru
	return c
}

// Get gives what was put under the key, unless its time is over. The caller must not change it.
func (c *Cache) Get(_ context.Context, key [32]byte) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.lru.Get(key)
	if !ok {
		return nil, false
	}
	if !k.until.IsZero() && !c.now().Before(k.until) {
		c.lru.Remove(key)
		return nil, false
	}
	return k.value, true
}

// Put keeps a copy of the value until then; the zero time is for ever. What is too large is not kept.
func (c *Cache) Put(_ context.Context, key [32]byte, value []byte, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Remove(key)
	if cost(value) > c.limit {
		return
	}
	c.lru.Add(key, kept{bytes.Clone(value), until})
	c.size += cost(value)
	for c.size > c.limit {
		c.lru.RemoveOldest()
	}
}

func cost(value []byte) int64 { return int64(len(value)) + overhead }
