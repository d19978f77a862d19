package redis

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// rooms lends the memory that sealed values are read into. It is needed until they are open, and to make it anew for
// each, as large as the value, took a third of the time of a Get of 100 kB, most of it the collector's.
type rooms struct {
	pool sync.Pool // of *[]byte
	bits atomic.Int32
	most int // bytes
}

// smallestRoom is for the views of most people; in bits.
const smallestRoom = 16

// crlf ends a value in the protocol; with room for it go-redis reads both in one step.
const crlf = 2

func newRooms(most int) *rooms {
	r := &rooms{most: most}
	r.bits.Store(smallestRoom)
	return r
}

// lend gives a room for values as large as any that was met.
func (r *rooms) lend() *[]byte {
	size := min(1<<r.bits.Load(), r.most) + crlf
	if room, ok := r.pool.Get().(*[]byte); ok && len(*room) >= size {
		return room
	}
	room := make([]byte, size)
	return &room
}

func (r *rooms) giveBack(room *[]byte) { r.pool.Put(room) }

// met makes later rooms large enough for such a value.
func (r *rooms) met(size int) {
	want := int32(bits.Len(uint(size))) //nolint:gosec // at most 64
	for {
		is := r.bits.Load()
		if want <= is || r.bits.CompareAndSwap(is, want) {
			return
		}
	}
}
