package main

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"concord/gateway/guard"
)

// napping is a store that sometimes takes a while: before it looks, between its snapshot and the decision, before it
// commits, before it says that it has, and before it records what is disclosed.
type napping struct{ store }

func nap() {
	if rand.IntN(6) == 0 {
		time.Sleep(rand.N(12 * time.Millisecond))
	}
}

func (s napping) View(ctx context.Context, want guard.Want, use func(guard.Snapshot) error) error {
	nap()
	return s.store.View(ctx, want, func(snap guard.Snapshot) error {
		nap()
		return use(snap)
	})
}

func (s napping) Commit(ctx context.Context, change guard.Change) (guard.Receipt, error) {
	nap()
	receipt, err := s.store.Commit(ctx, change)
	nap()
	return receipt, err
}

func (s napping) Append(ctx context.Context, events ...guard.Event) error {
	nap()
	return s.store.Append(ctx, events...)
}

// countingCache counts the views that a cache had.
type countingCache struct {
	guard.Cache
	had *atomic.Int64
}

func (c countingCache) Get(ctx context.Context, key [32]byte) ([]byte, bool) {
	value, ok := c.Cache.Get(ctx, key)
	if ok {
		c.had.Add(1)
	}
	return value, ok
}
