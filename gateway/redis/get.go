package redis

import (
	"context"
	"errors"

	goredis "github.com/redis/go-redis/v9"
)

// Get gives what was put under the key while its time lasts. It waits no longer than Config.Timeout, and while Redis
// is known not to answer, not at all. The value is the caller's own.
func (c *Cache) Get(ctx context.Context, key [32]byte) ([]byte, bool) {
	if !c.breaker.allows() {
		return nil, false
	}
	sealed, err := c.fetch(ctx, key)
	switch {
	case err == nil, errors.Is(err, goredis.Nil):
		c.breaker.succeeded(ctx)
	case ctx.Err() == nil: // else it was the caller who left
		c.breaker.failed(ctx, err)
	}
	if err != nil {
		return nil, false
	}
	value, err := c.seals.open(key, sealed, c.config.Now())
	if errors.Is(err, errForeign) {
		c.breaker.foreign(ctx)
	}
	return value, err == nil
}

func (c *Cache) fetch(ctx context.Context, key [32]byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	return c.client.Get(ctx, c.name(key)).Bytes()
}
