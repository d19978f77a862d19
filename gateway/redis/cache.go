// Package redis is a guard.Cache in a Redis server or cluster, shared by many nodes.
//
// A part is kept in the process itself, in front of Redis (near.go).
//
// Redis is believed in nothing. Each value is sealed under a key that Redis never has, and bound to the name that it
// was kept under, so a server that is slow, restarted, gone, or that gives other, older, cut or endless answers makes
// a view slower to give, and never wrong or refused. The package knows nothing of what is in a view, of who may see
// it, or of what it rests on: the guard's name for a view says all that.
package redis

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"concord/gateway/guard"
)

// What holds where Config does not say otherwise, and the limits that nothing changes.
const (
	defaultPrefix   = "concord:view:"
	defaultTimeout  = 50 * time.Millisecond
	defaultMaxValue = 1 << 20

	largestValue = 8 << 20
	// dialTimeout may be longer than a request waits: go-redis dials beside the request, and who gave up leaves the
	// connection to the next.
	dialTimeout = time.Second
)

// Config says where Redis is and under which keys values are sealed. Addrs, Keys and Now are needed.
type Config struct {
	// Addrs are HOST:PORT: one server, or some members of a cluster.
	Addrs []string
	// Cluster says that a single address is that of a cluster. More than one address always is.
	Cluster  bool
	Username string
	Password Secret
	DB       int         // a cluster has only 0
	TLS      *tls.Config // nil: plain TCP

	// Keys open what they sealed; the first seals. To rotate: add the new key behind the old one on every node, then
	// put it first on every node, then take the old one away. Nodes that have no key in common share nothing.
	Keys []Key
	// Prefix begins every name in Redis, and is sealed with the value; empty: "concord:view:".
	Prefix string
	// Timeout is the longest that one Get waits; zero: 50 ms.
	Timeout time.Duration
	// MaxValue is the largest value in bytes that is kept, or read; zero: 1 MiB, at most 8 MiB.
	MaxValue int
	// Near is how many bytes of values are kept in this process too, before Redis is asked; zero: none.
	Near int64

	Now func() time.Time
	Log *slog.Logger // nil: nothing is logged
}

// Cache is a guard.Cache in Redis. Close it when the last request is done.
type Cache struct {
	config  Config
	client  goredis.UniversalClient
	seals   *seals
	breaker *breaker
	near    *near
	rooms   *rooms

	puts   chan put
	queued atomic.Int64 // bytes in puts
	stop   context.CancelFunc
	worker sync.WaitGroup
}

var _ guard.Cache = (*Cache)(nil)

// New makes the Cache. It calls nobody: a Redis that is not there yet is one that has forgotten everything. It fails
// for a Config that cannot be used, with all faults together.
func New(c Config) (*Cache, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	// go-redis writes plain text to the standard error of the whole process. What matters the breaker says.
	logging.Disable()
	ctx, stop := context.WithCancel(context.Background())
	cache := &Cache{
		config:  c,
		client:  goredis.NewUniversalClient(c.options()),
		seals:   newSeals(c.Prefix, c.Keys),
		breaker: &breaker{now: c.Now, log: c.Log},
		near:    newNear(c.Near),
		rooms:   newRooms(c.MaxValue + sealOverhead),
		puts:    make(chan put, queueLength),
		stop:    stop,
	}
	cache.worker.Go(func() { cache.work(ctx) })
	return cache, nil
}

// Close ends the connections. What waits to be put is forgotten.
func (c *Cache) Close() error {
	c.stop()
	c.worker.Wait()
	if err := c.client.Close(); err != nil {
		return fmt.Errorf("close the connections to Redis: %w", err)
	}
	return nil
}

// checked is the Config with its defaults.
func (c Config) checked() (Config, error) {
	var faults []error
	if len(c.Addrs) == 0 {
		faults = append(faults, errors.New("redis: no address"))
	}
	if c.DB != 0 && (c.Cluster || len(c.Addrs) > 1) {
		faults = append(faults, errors.New("redis: a cluster has no database but 0"))
	}
	faults = append(faults, checkKeys(c.Keys)...)
	if c.MaxValue < 0 || c.MaxValue > largestValue {
		faults = append(faults, fmt.Errorf("redis: the largest value must be from 0 to %d bytes", largestValue))
	}
	if c.Near < 0 {
		faults = append(faults, errors.New("redis: what is kept near cannot be less than nothing"))
	}
	if strings.ContainsAny(c.Prefix, "{}") {
		faults = append(faults, errors.New("redis: a prefix with braces would put everything on one member of a cluster"))
	}
	if c.Now == nil {
		faults = append(faults, errors.New("redis: no clock"))
	}
	if c.Prefix == "" {
		c.Prefix = defaultPrefix
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxValue == 0 {
		c.MaxValue = defaultMaxValue
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, errors.Join(faults...)
}

// options are those of go-redis. Nothing is tried twice: a miss costs less than a second try. The protocol is the
// older one, RESP2, which has five kinds of reply and nothing that the server sends unasked.
func (c Config) options() *goredis.UniversalOptions {
	return &goredis.UniversalOptions{
		Addrs:         c.Addrs,
		IsClusterMode: c.Cluster,
		Username:      c.Username,
		Password:      string(c.Password),
		DB:            c.DB,
		Dialer:        c.dial,
		Protocol:      2,

		MaxRetries:            -1,
		DialerRetries:         1,
		DialTimeout:           dialTimeout,
		ReadTimeout:           c.Timeout,
		WriteTimeout:          c.Timeout,
		PoolTimeout:           c.Timeout,
		ContextTimeoutEnabled: true,

		PipelinePoolSize:         -1,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// name is how Redis knows a value. The key is a hash already, and tells nothing.
func (c *Cache) name(key [32]byte) string {
	return c.config.Prefix + base64.RawURLEncoding.EncodeToString(key[:])
}
