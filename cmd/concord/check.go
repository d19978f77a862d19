package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"concord/gateway"
	"concord/gateway/guard"
	"concord/gateway/postgres"
)

// kept says which store is looked after. Nobody may serve it meanwhile.
type kept struct {
	Data        string `required:"" placeholder:"DIR" help:"Data directory. No server may be running on it; with --database it is that of a node, and no node may be running."`
	Database    Secret `placeholder:"URL" variable:"CONCORD_DATABASE" help:"PostgreSQL that holds the record, instead of SQLite in the data directory."`
	Checkpoints string `placeholder:"DIR" help:"Directory of the trail's signed checkpoints, as the server has it. Default: in the data directory."`
}

// checkCommand is "concord check".
type checkCommand struct {
	kept `embed:""`
}

// reindexCommand is "concord reindex".
type reindexCommand struct {
	kept `embed:""`
}

// Run names what differs, one line each, and fails when anything does.
func (c checkCommand) Run(ctx context.Context, p *process) error {
	tally, err := c.lookAfter(ctx, p, gateway.Check)
	if err != nil {
		return err
	}
	trail := c.trail().Run(ctx, p)
	if trail != nil && !errors.Is(trail, errReported) {
		return trail
	}
	verdict := "the record is whole"
	if tally.Findings > 0 {
		verdict = "THE RECORD IS NOT AS IT SHOULD BE"
	}
	if _, err := fmt.Fprintf(p.stdout, "%s: %d versions, %d people, %d findings\n", verdict, tally.Versions, tally.People, tally.Findings); err != nil {
		return err
	}
	if tally.Findings > 0 {
		return errReported
	}
	return trail
}

// Run makes anew what can be, and names it. What cannot be, a check names afterwards.
func (c reindexCommand) Run(ctx context.Context, p *process) error {
	tally, err := c.lookAfter(ctx, p, gateway.Reindex)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%d versions, %d people, %d findings dealt with; check again to see what is left\n", tally.Versions, tally.People, tally.Findings)
	return err
}

// trail is the command that verifies the trail of the same store, with the checkpoints of this node.
func (k kept) trail() verifyCommand {
	verify := verifyCommand{Data: k.Data, Database: k.Database}
	switch {
	case k.Checkpoints != "":
		verify.Checkpoints = []string{k.Checkpoints}
	case k.Database != "":
		verify.Checkpoints = []string{filepath.Join(k.Data, checkpointsFolder)}
	}
	return verify
}

// lookAfter opens the store that is there, and has it looked through.
func (k kept) lookAfter(ctx context.Context, p *process, do func(context.Context, gateway.Kept, func(guard.Finding)) (gateway.Tally, error)) (gateway.Tally, error) {
	s := toolSettings(k.Data, k.Checkpoints)
	if k.Database != "" {
		if !isPostgres(k.Database) {
			return gateway.Tally{}, errors.New("--database must begin with postgres://")
		}
		s.database = postgres.URL(k.Database)
	} else if _, err := os.Stat(filepath.Join(k.Data, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return gateway.Tally{}, fmt.Errorf("%s holds no database", k.Data)
	}
	r, err := openRecord(ctx, p, s, p.jsonLog(slog.LevelWarn))
	if err != nil {
		return gateway.Tally{}, err
	}
	store, ok := r.store.(gateway.Kept)
	if !ok {
		return gateway.Tally{}, errors.Join(errors.New("this store cannot be looked through"), r.close())
	}
	tally, err := do(ctx, store, func(f guard.Finding) { _, _ = fmt.Fprintln(p.stderr, f) })
	if errors.Is(err, context.Canceled) {
		err = errors.New("stopped: run it again to go on")
	}
	return tally, errors.Join(err, r.close())
}
