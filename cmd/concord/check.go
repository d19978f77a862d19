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
)

// checkCommand is "concord check".
type checkCommand struct {
	Data        string `required:"" placeholder:"DIR" help:"Data directory. No server may be running on it."`
	Checkpoints string `placeholder:"DIR" help:"Directory of the trail's signed checkpoints, as the server has it. Default: in the data directory."`
}

// reindexCommand is "concord reindex".
type reindexCommand struct {
	Data        string `required:"" placeholder:"DIR" help:"Data directory. No server may be running on it."`
	Checkpoints string `placeholder:"DIR" help:"Directory of the trail's signed checkpoints, as the server has it. Default: in the data directory."`
}

// run names what differs, one line each, and fails when anything does.
func (c checkCommand) run(ctx context.Context, p *process) error {
	tally, err := lookAfter(ctx, p, c.Data, c.Checkpoints, gateway.Check)
	if err != nil {
		return err
	}
	verify := verifyCommand{Data: c.Data}
	if c.Checkpoints != "" {
		verify.Checkpoints = []string{c.Checkpoints}
	}
	trail := verify.run(ctx, p)
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

// run makes anew what can be, and names it. What cannot be, a check names afterwards.
func (c reindexCommand) run(ctx context.Context, p *process) error {
	tally, err := lookAfter(ctx, p, c.Data, c.Checkpoints, gateway.Reindex)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%d versions, %d people, %d findings dealt with; check again to see what is left\n", tally.Versions, tally.People, tally.Findings)
	return err
}

// lookAfter opens the store that is there, and has it looked through.
func lookAfter(ctx context.Context, p *process, data, checkpoints string, do func(context.Context, gateway.Kept, func(guard.Finding)) (gateway.Tally, error)) (gateway.Tally, error) {
	if _, err := os.Stat(filepath.Join(data, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return gateway.Tally{}, fmt.Errorf("%s holds no database", data)
	}
	r, err := openRecord(ctx, p, toolSettings(data, checkpoints), p.jsonLog(slog.LevelWarn))
	if err != nil {
		return gateway.Tally{}, err
	}
	kept, ok := r.store.(gateway.Kept)
	if !ok {
		return gateway.Tally{}, errors.Join(errors.New("this store cannot be looked through"), r.close())
	}
	tally, err := do(ctx, kept, func(f guard.Finding) { _, _ = fmt.Fprintln(p.stderr, f) })
	if errors.Is(err, context.Canceled) {
		err = errors.New("stopped: run it again to go on")
	}
	return tally, errors.Join(err, r.close())
}
