package redis

import (
	"context"
	"errors"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// Get gives what was put under the key while its time lasts. It waits no longer than Config.Timeout, and while Redis
// is known not to answer, not at all. The caller must not change the value: others may be given the same.
func (c *Cache) Get(ctx context.Context, key [32]byte) ([]byte, bool) {
	if value, ok := c.near.get(key, c.config.Now()); ok {
		return value, true
	}
	if !c.breaker.allows() {
		return nil, false
	}
	room := c.rooms.lend()
	defer c.rooms.giveBack(room)
	sealed, err := c.fetch(ctx, key, *room)
	switch {
	case err == nil, errors.Is(err, goredis.Nil):
		c.breaker.succeeded(ctx)
	case ctx.Err() == nil: // else it was the caller who left
		c.breaker.failed(ctx, err)
	}
	if err != nil {
		return nil, false
	}
	opened, err := c.seals.open(key, sealed, c.config.Now())
	if errors.Is(err, errForeign) {
		c.breaker.foreign(ctx)
	}
	if err != nil {
		return nil, false
	}
	c.near.learn(key, opened)
	return opened.value, true
}

// fetch reads the sealed value into the room, or beside it when it is larger than any that was met: go-redis then reads
// it to its end, and says so by this beginning of a text.
func (c *Cache) fetch(ctx context.Context, key [32]byte, room []byte) ([]byte, error) {
	const tooSmall = "redis: buffer too small"
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	name := c.name(key)
	read := c.client.GetToBuffer(ctx, name, room)
	if err := read.Err(); err == nil || !strings.HasPrefix(err.Error(), tooSmall) {
		return read.Bytes(), err
	}
	sealed, err := c.client.Get(ctx, name).Bytes()
	c.rooms.met(len(sealed))
	return sealed, err
}
