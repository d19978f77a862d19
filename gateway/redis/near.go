package redis

import (
	"bytes"
	"math"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// near keeps the values that were opened or put last in this process, opened, so that a view that many look at is not
// fetched, decrypted and collected again for each of them. What was used longest ago goes when there is no more room.
//
// A copy here can no more outlive a consent than its original in Redis can. A value is asked for by its name only, and
// the guard's name for a view says which version of the person's standing and record it rests on: once a choice is
// withdrawn nobody asks under the old name, on any node. What the name cannot say stands inside the value, and the
// guard compares that with the snapshot of the moment at each use, wherever the value came from. Until is asked at
// each use too. Nothing gets here but what this process made, or what its seal showed to be ours.
type near struct {
	limit int64 // bytes; 0: nothing is kept

	mu   sync.Mutex
	lru  *simplelru.LRU[[32]byte, opened]
	size int64 // bytes, with overhead
}

// opened is a value as it was put, and when its time ends; the zero time is never.
type opened struct {
	value []byte
	until time.Time
}

// overhead is about what the list and the map cost for each value, in bytes.
const overhead = 256

func (o opened) size() int64 { return int64(len(o.value)) + overhead }

func (o opened) over(now time.Time) bool { return !o.until.IsZero() && !now.Before(o.until) }

func newNear(limit int64) *near {
	n := &near{limit: limit}
	lru, err := simplelru.NewLRU(math.MaxInt, func(_ [32]byte, o opened) { n.size -= o.size() })
	if err != nil {
		panic(err) // only for a size below one
	}
	n.lru = lru
	return n
}

func (n *near) get(key [32]byte, now time.Time) ([]byte, bool) {
	if n.limit == 0 {
		return nil, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	o, ok := n.lru.Get(key)
	if !ok {
		return nil, false
	}
	if o.over(now) {
		n.lru.Remove(key)
		return nil, false
	}
	return o.value, true
}

// learn keeps what was opened, unless there is something under the key already: this process put that meanwhile.
func (n *near) learn(key [32]byte, o opened) {
	if n.limit == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.lru.Contains(key) {
		n.add(key, o)
	}
}

// put keeps a copy of the caller's value in the place of any older one.
func (n *near) put(key [32]byte, value []byte, until time.Time) {
	if n.limit == 0 {
		return
	}
	o := opened{bytes.Clone(value), until}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lru.Remove(key)
	n.add(key, o)
}

// add makes room. For a value that is larger than all there is none is made: it would drive out the others for nothing.
func (n *near) add(key [32]byte, o opened) {
	if o.size() > n.limit {
		return
	}
	n.lru.Add(key, o)
	n.size += o.size()
	for n.size > n.limit {
		n.lru.RemoveOldest()
	}
}
