package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrating is the advisory lock of a node that brings the tables up to date.
const migrating = tag | 1<<55

// newest is the number of the last migration here.
const newest = 2

const (
	selectNewest    = `select coalesce(max(version_id), 0) from migration where is_applied`
	undefinedObject = "42P01"
)

// upToDate reports whether the tables are those of this release, or of a later one.
func upToDate(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	var version int64
	err := pool.QueryRow(ctx, selectNewest).Scan(&version)
	if code(err) == undefinedObject {
		return false, nil
	}
	return version >= newest, trouble("connect", err)
}

// migrate brings the tables up to date. Migrations only go forward, and the code of the release before runs on the
// tables of this one. Of nodes that start at once one migrates, and the others wait for it.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	if done, err := upToDate(ctx, pool); done || err != nil {
		return err
	}
	conf := pool.Config().ConnConfig
	for _, name := range []string{"statement_timeout", "lock_timeout", "enable_seqscan"} {
		delete(conf.RuntimeParams, name)
	}
	db := stdlib.OpenDB(*conf)
	return errors.Join(alone(ctx, db), db.Close()) // and with the session goes the lock
}

// alone migrates while it holds the lock.
func alone(ctx context.Context, db *sql.DB) error {
	gate, err := db.Conn(ctx)
	if err != nil {
		return trouble("connect", err)
	}
	defer func() { _ = gate.Close() }()
	if _, err := gate.ExecContext(ctx, `select pg_advisory_lock($1)`, int64(migrating)); err != nil {
		return trouble("wait for another node's migration", err)
	}
	return up(ctx, db)
}

// up runs the migrations that were not yet.
func up(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true), goose.WithTableName("migration"))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return trouble("migrate", err)
	}
	return nil
}
