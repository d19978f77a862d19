package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver of migrations
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date. Migrations only go forward. The tool speaks database/sql, which nothing else
// here does. A session has to be open meanwhile: closing the last connection would fold the whole log.
func migrate(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", address(path, "_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)"))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer func() { _ = db.Close() }()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	packs := goose.NewGoMigration(4, &goose.GoFunc{RunTx: packTrail}, nil)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(packs))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
