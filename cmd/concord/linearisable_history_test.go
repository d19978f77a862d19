package main

import (
	"fmt"
	"strings"
	"sync"

	"github.com/anishathalye/porcupine"
)

// history is what happened to one family.
type history struct {
	kin
	start kinship

	mu  sync.Mutex
	ops []happened
}

// happened is one operation; one in doubt may take effect until its node's life is over.
type happened struct {
	porcupine.Operation
	life *life
}

func (h *history) add(client int, c call, e ending, call, ret int64, l *life) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, happened{porcupine.Operation{ClientId: client, Input: c, Output: e, Call: call, Return: ret}, l})
}

// operations are the history as the checker wants it, when all lives are over.
func (h *history) operations() []porcupine.Operation {
	ops := make([]porcupine.Operation, 0, len(h.ops))
	for _, op := range h.ops {
		if op.Output.(ending).doubt {
			op.Return = max(op.Return, op.life.over)
		}
		ops = append(ops, op.Operation)
	}
	return ops
}

// tally counts what histories hold.
type tally struct {
	histories, reads, sawSome, sawNone, changes, doubts int
	kept                                                int64             // views that a cache had
	ways                                                map[string][2]int // how often each way to read saw nothing, and something
}

func (c *tally) count(h *history) {
	c.histories++
	for _, op := range h.ops {
		in, out := op.Input.(call), op.Output.(ending)
		switch {
		case in.asked == 0 && out.doubt:
			c.doubts++
		case in.asked == 0:
			c.changes++
		default:
			way, _, _ := strings.Cut(in.name, " by viewer")
			both := c.ways[way]
			c.reads++
			if out.seen != 0 {
				c.sawSome++
				both[1]++
			} else {
				c.sawNone++
				both[0]++
			}
			c.ways[way] = both
		}
	}
}

func (c tally) String() string {
	return fmt.Sprintf("%d histories: %d reads (%d saw something, %d nothing), %d changes, %d in doubt, %d views found in a cache",
		c.histories, c.reads, c.sawSome, c.sawNone, c.changes, c.doubts, c.kept)
}
