package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"concord/gateway/sqlite"
)

// verifyCommand is "concord trail verify".
type verifyCommand struct {
	Data        string `required:"" placeholder:"DIR" help:"Data directory. It may be in use."`
	Checkpoints string `placeholder:"DIR" help:"Directory of the signed checkpoints. Default: in the data directory."`
}

// run prints what was found. It fails when anything is wrong.
func (c verifyCommand) run(ctx context.Context, p *process) error {
	path := filepath.Join(c.Data, databaseFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no database", c.Data)
	}
	report, err := sqlite.Verify(ctx, path, c.Checkpoints)
	if err != nil {
		return err
	}
	for _, finding := range report.Findings {
		if _, err := fmt.Fprintln(p.stderr, finding); err != nil {
			return err
		}
	}
	verdict := "the trail is whole"
	if !report.OK() {
		verdict = "THE TRAIL IS NOT AS IT WAS WRITTEN"
	}
	_, err = fmt.Fprintf(p.stdout, "%s: %d batches, %d events (%d erased), %d checkpoints, %d batches after the last checkpoint\n",
		verdict, report.Batches, report.Events, report.Erased, report.Checkpoints, report.Uncovered)
	if err == nil && !report.OK() {
		return errReported
	}
	return err
}
