package postgres

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The settings of a session. Every statement of ours is a handful of look-ups in indexes, whatever statistics say
// of a table that was just filled: so no plan may walk a table or build one in memory, and each is made once.
var common = map[string]string{
	"application_name": "concord", "jit": "off", "plan_cache_mode": "force_generic_plan",
	"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
	"client_encoding": "UTF8",
}

// A node that stops in the middle of a transaction, and cannot be told from one that is slow, loses its locks before
// others give up waiting for them.
var (
	reading = map[string]string{"default_transaction_read_only": "on", "idle_in_transaction_session_timeout": "60s"}
	writing = map[string]string{"lock_timeout": "10s", "idle_in_transaction_session_timeout": "5s"}
)

// errAddress does not say what was written: it may hold a password.
var errAddress = errors.New("the address of the database is not one that PostgreSQL has: write postgres://user:password@host/database")

// connect makes a pool of at most n connections. It dials when the first is asked for.
func connect(ctx context.Context, c Config, settings map[string]string, n int) (*pgxpool.Pool, error) {
	conf, err := pgxpool.ParseConfig(string(c.URL))
	if err != nil {
		return nil, errAddress
	}
	conf.MaxConns, conf.MinConns = int32(n), 0 //nolint:gosec // a small number
	conf.MaxConnIdleTime = 5 * time.Minute
	conf.ConnConfig.ConnectTimeout = min(orElse(conf.ConnConfig.ConnectTimeout, 5*time.Second), 30*time.Second)
	conf.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	conf.ConnConfig.Tracer = c.trace
	timeout := orElse(c.Timeout, defaultTimeout)
	maps.Copy(conf.ConnConfig.RuntimeParams, common)
	maps.Copy(conf.ConnConfig.RuntimeParams, settings)
	conf.ConnConfig.RuntimeParams["statement_timeout"] = strconv.FormatInt(timeout.Milliseconds(), 10)
	// What is acknowledged must be on disk: a server that is set otherwise is told so by each session.
	conf.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	return pool, trouble("connect", err)
}

// orElse is d, or the other when d is not set.
func orElse(d, other time.Duration) time.Duration {
	if d <= 0 {
		return other
	}
	return d
}
