package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"concord/gateway/postgres"
	"concord/gateway/sqlite"
)

// verifyCommand is "concord trail verify".
type verifyCommand struct {
	Data        string   `placeholder:"DIR" help:"Data directory. It may be in use. Needed, but for --database."`
	Database    Secret   `placeholder:"URL" variable:"CONCORD_DATABASE" help:"PostgreSQL that holds the record, instead of SQLite in the data directory. It may be in use."`
	Checkpoints []string `sep:"none" placeholder:"DIR" help:"Directory of signed checkpoints. With --database repeat it for each node's; a chain without them is checked in itself alone. Default: in the data directory."`
}

// Run prints what was found. It fails when anything is wrong.
func (c verifyCommand) Run(ctx context.Context, p *process) error {
	report, err := c.verify(ctx)
	if err != nil {
		return err
	}
	for _, finding := range report.Findings {
		if _, err := fmt.Fprintln(p.stderr, finding); err != nil {
			return err
		}
	}
	verdict := "the trail is whole"
	if len(report.Findings) > 0 {
		verdict = "THE TRAIL IS NOT AS IT WAS WRITTEN"
	}
	_, err = fmt.Fprintf(p.stdout, "%s: %d batches, %d events (%d erased), %d checkpoints, %d batches after the last checkpoint\n",
		verdict, report.Batches, report.Events, report.Erased, report.Checkpoints, report.Uncovered)
	if err == nil && len(report.Findings) > 0 {
		return errReported
	}
	return err
}

// verified is what either store's report says.
type verified struct {
	Batches, Events, Erased, Checkpoints, Uncovered int64
	Findings                                        []string
}

func (c verifyCommand) verify(ctx context.Context) (verified, error) {
	if c.Database != "" {
		if !isPostgres(c.Database) {
			return verified{}, errors.New("--database must begin with postgres://")
		}
		r, err := postgres.Verify(ctx, postgres.URL(c.Database), c.Checkpoints...)
		return verified{r.Batches, r.Events, r.Erased, r.Checkpoints, r.Uncovered, r.Findings}, err
	}
	path := filepath.Join(c.Data, databaseFile)
	if c.Data == "" || len(c.Checkpoints) > 1 {
		return verified{}, errors.New("--data is needed, with one directory of checkpoints at most")
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return verified{}, fmt.Errorf("%s holds no database", c.Data)
	}
	r, err := sqlite.Verify(ctx, path, strings.Join(c.Checkpoints, ""))
	return verified{r.Batches, r.Events, r.Erased, r.Checkpoints, r.Uncovered, r.Findings}, err
}
