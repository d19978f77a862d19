package redis_test

import (
	"bytes"
	"sync"
	"testing"
)

func TestValueLargerThanAnyThatWasMetIsRead(t *testing.T) {
	t.Parallel()
	c := config(startServer(t).addr)
	c.MaxValue = 300_000
	here, there := open(t, c), open(t, c)
	for key, size := range map[byte]int{1: 65_400, 2: 65_536, 3: 200_000, 4: 300_000} {
		keep(t, here, key, string(bytes.Repeat([]byte{key}, size)))
	}
	var all sync.WaitGroup // rooms are lent again: nobody's value may be in another's
	for range 8 {
		all.Go(func() {
			for key, size := range map[byte]int{1: 65_400, 2: 65_536, 3: 200_000, 4: 300_000} {
				if got, ok := there.Get(t.Context(), [32]byte{key}); !ok || !bytes.Equal(got, bytes.Repeat([]byte{key}, size)) {
					t.Errorf("%d bytes: got %d, %t", size, len(got), ok)
				}
			}
		})
	}
	all.Wait()
}
