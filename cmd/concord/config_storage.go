package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"concord/gateway/postgres"
	"concord/gateway/redis"
)

// telling notes a fault in a flag.
type telling func(flag, format string, args ...any)

// viewCache says where finished views are kept: in Redis when redis is not nil, else in so many bytes of memory.
type viewCache struct {
	memory int64
	redis  *redis.Config // without its clock and log; Near is its part of the memory
}

// checkDatabase gives the address of the database, none for SQLite. A fault never repeats the address.
func (c serveCommand) checkDatabase(fault telling) postgres.URL {
	if c.Database == "" {
		return ""
	}
	if !isPostgres(c.Database) {
		fault("database", "must begin with postgres://")
	}
	if c.Secret == "" {
		fault("secret", "is needed with --database: every node must sign page cursors with the same")
	}
	return postgres.URL(c.Database)
}

func isPostgres(address Secret) bool {
	return strings.HasPrefix(string(address), "postgres://") || strings.HasPrefix(string(address), "postgresql://")
}

// viewCache reads all flags about the cache of views. There is no default: memory with several nodes would make each
// node lay out every view again, and a Redis that nobody chose would not be watched.
func (c serveCommand) viewCache(fault telling) viewCache {
	megabytes, err := strconv.ParseInt(c.ViewCacheMB, 10, 32)
	switch {
	case c.ViewCache == "":
		fault("view-cache", "is needed: memory for one node, or the address of the Redis that all nodes share")
		return viewCache{}
	case c.ViewCache != "memory":
		if err != nil || megabytes < 0 {
			fault("view-cache-mb", "must be a whole number")
		}
		config := c.redis(fault)
		config.Near = megabytes << 20
		return viewCache{redis: config}
	}
	if len(c.ViewCacheKey) > 0 {
		fault("view-cache-key", "is for Redis: with --view-cache memory there is nothing to seal")
	}
	if err != nil || megabytes < 1 {
		fault("view-cache-mb", "must be a whole number from 1")
	}
	return viewCache{memory: megabytes << 20}
}

func (c serveCommand) redis(fault telling) *redis.Config {
	config, err := redis.ParseURL(redis.Secret(c.ViewCache))
	if err != nil {
		fault("view-cache", "must be memory or the address of a Redis, which %w", err)
	}
	if config.Timeout, err = time.ParseDuration(c.ViewCacheTimeout); err != nil || config.Timeout <= 0 {
		fault("view-cache-timeout", "must be a time such as 50ms")
	}
	for _, text := range splitSecrets(c.ViewCacheKey) {
		key, err := parseKey(text)
		if err != nil {
			fault("view-cache-key", "%w", err)
		}
		config.Keys = append(config.Keys, key)
	}
	if len(config.Keys) == 0 {
		fault("view-cache-key", "is needed with Redis: nothing is kept there in clear")
	}
	return &config
}

func splitSecrets(texts []Secret) []Secret {
	var all []Secret
	for _, t := range texts {
		for one := range strings.FieldsSeq(string(t)) {
			all = append(all, Secret(one))
		}
	}
	return all
}

// parseKey reads ID=HEX. Its error does not repeat the text.
func parseKey(text Secret) (redis.Key, error) {
	id, secret, ok := strings.Cut(string(text), "=")
	if !ok || id == "" {
		return redis.Key{}, errors.New("must be ID=HEX")
	}
	bytes, err := Secret(secret).bytes()
	if err != nil {
		return redis.Key{}, err
	}
	return redis.Key{ID: id, Secret: redis.Secret(bytes)}, nil
}
