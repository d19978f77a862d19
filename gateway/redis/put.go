package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// The bounds of what waits to be put, and of what goes to Redis in one trip.
const (
	queueLength = 256
	queueBytes  = 16 << 20
	tripLength  = 32
	tripBytes   = 1 << 20
)

// longestKept is how long Redis keeps a value that has no end, or a far one: without it, a server that nobody told
// to evict would fill.
const longestKept = 24 * time.Hour

// put is a sealed value on its way.
type put struct {
	name   string
	sealed []byte
	ttl    time.Duration
}

// Put seals the value and leaves it to a worker, because the guard puts a view while it holds a snapshot of the
// store, and no reader should wait for Redis with the store held open. The queue is bounded in number and bytes; what
// finds it full is dropped, and so is what is too large or over already. The zero time is for ever.
func (c *Cache) Put(ctx context.Context, key [32]byte, value []byte, until time.Time) {
	ttl := longestKept
	if !until.IsZero() {
		ttl = min(ttl, until.Sub(c.config.Now()).Truncate(time.Millisecond))
	}
	if ttl <= 0 || len(value) > c.config.MaxValue {
		return
	}
	c.near.put(key, value, until)
	if c.breaker.isOpen() {
		return
	}
	// Room is taken before the work of sealing.
	size := int64(len(value) + sealOverhead)
	if c.queued.Add(size) > queueBytes {
		c.queued.Add(-size)
		return
	}
	sealed, err := c.seals.seal(key, value, until)
	if err != nil {
		c.queued.Add(-size)
		c.config.Log.ErrorContext(ctx, "view_cannot_be_sealed")
		return
	}
	c.rooms.met(len(sealed))
	p := put{c.name(key), sealed, ttl}
	select {
	case c.puts <- p:
		c.queued.Add(int64(len(sealed)) - size)
	default:
		c.queued.Add(-size)
	}
}

// work puts what waits until the context ends, as much in one trip as there is.
func (c *Cache) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-c.puts:
			trip := c.gather(p)
			if c.breaker.allows() {
				c.send(ctx, trip)
			}
		}
	}
}

// gather is the put with those that wait behind it, within the bounds of one trip.
func (c *Cache) gather(p put) []put {
	trip := []put{p}
	size := len(p.sealed)
	c.queued.Add(-int64(size))
	for len(trip) < tripLength && size < tripBytes {
		select {
		case p = <-c.puts:
			trip = append(trip, p)
			size += len(p.sealed)
			c.queued.Add(-int64(len(p.sealed)))
		default:
			return trip
		}
	}
	return trip
}

func (c *Cache) send(ctx context.Context, trip []put) {
	limit, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	_, err := c.client.Pipelined(limit, func(pipe goredis.Pipeliner) error {
		for _, p := range trip {
			pipe.Set(limit, p.name, p.sealed, p.ttl)
		}
		return nil
	})
	// A server that says no is one that answers: when it is full, it still gives what it has.
	var reply goredis.Error
	switch {
	case err == nil, errors.As(err, &reply):
		c.breaker.succeeded(ctx)
	case ctx.Err() == nil:
		c.breaker.failed(ctx, err)
	}
}
