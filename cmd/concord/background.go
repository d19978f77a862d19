package main

import (
	"context"
	"sync"
)

// background runs what outlives the request that began it, until the gateway is closed.
type background struct {
	ctx  context.Context //nolint:containedctx // it is that of all tasks, and ends with close
	stop context.CancelFunc
	wait sync.WaitGroup
}

func newBackground() *background {
	b := &background{}
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b
}

func (b *background) run(task func(context.Context)) {
	b.wait.Go(func() { task(b.ctx) })
}

// close ends the tasks and waits for them. No more may be begun by then.
func (b *background) close() {
	b.stop()
	b.wait.Wait()
}
