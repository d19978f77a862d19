package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"

	"golang.org/x/sync/errgroup"

	"concord/gateway/postgres"
)

// importCommand is "concord import".
type importCommand struct {
	Data        string   `placeholder:"DIR" help:"Data directory; made when it is not there. No server may be running on it. Needed, but for --url."`
	Database    Secret   `placeholder:"URL" variable:"CONCORD_DATABASE" help:"PostgreSQL that holds the record, instead of SQLite in the data directory. Servers may run on it, with data directories of their own."`
	Checkpoints string   `placeholder:"DIR" help:"Directory of the trail's signed checkpoints, as the server has it. Default: in the data directory."`
	URL         string   `name:"url" placeholder:"BASE" help:"Address of a FHIR service that runs, such as https://care.example/fhir, instead of a store."`
	TokenFile   string   `placeholder:"FILE" help:"With --url: a file that holds an operator's token. It is read again for each request."`
	Paths       []string `arg:"" name:"path" help:"Files of one resource or Bundle (.json) or of one a line (.ndjson), packed with gzip (.gz) or not, or directories of them."`
}

// waiting is how many resources may be read ahead of those being stored.
const waiting = 512

// Run stores what it can, names what it cannot, and ends with one line of figures. It fails when anything was
// refused; the rest is stored all the same.
func (c importCommand) Run(ctx context.Context, p *process) error {
	if c.URL != "" {
		if c.Data != "" || c.Database != "" {
			return errors.New("--url is instead of --data and --database")
		}
		o, err := newOnline(c.URL, c.TokenFile)
		if err != nil {
			return err
		}
		return c.into(ctx, p, o.put, func() error { return nil })
	}
	if c.Data == "" {
		return errors.New("--data is needed, or --url")
	}
	s := toolSettings(c.Data, c.Checkpoints)
	if s.database = postgres.URL(c.Database); c.Database != "" && !isPostgres(c.Database) {
		return errors.New("--database must begin with postgres://")
	}
	if err := makeDirectory(c.Data); err != nil {
		return err
	}
	r, err := openRecord(ctx, p, s, p.jsonLog(slog.LevelWarn))
	if err != nil {
		return err
	}
	operator, err := r.operator(p, "concord import")
	if err != nil {
		return errors.Join(err, r.close())
	}
	return c.into(ctx, p, offline(operator), r.close)
}

// into imports, closes what it imported into, and says how it went.
func (c importCommand) into(ctx context.Context, p *process, to sink, end func() error) error {
	defer frugal()()
	i := newImporter(ctx, to, p.stderr)
	i.progress = progressOn(p)
	err := i.all(ctx, func(yield func(raw) error) error { return eachRaw(c.Paths, yield) })
	i.progress.end()
	if err := errors.Join(err, end()); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.stdout, "%d new, %d unchanged, %d skipped, %d refused\n", i.stored, i.unchanged, i.skipped, i.refused); err != nil {
		return err
	}
	if i.refused > 0 {
		return errReported
	}
	return nil
}

// all reads in one goroutine, decodes in one for each processor, and hands over in the order of reading.
func (i *importer) all(ctx context.Context, each func(yield func(raw) error) error) error {
	type job struct {
		raw  raw
		done chan decoded
	}
	order, work := make(chan *job, waiting), make(chan *job)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(order)
		defer close(work)
		return each(func(r raw) error {
			j := &job{raw: r, done: make(chan decoded, 1)}
			for _, to := range []chan *job{order, work} {
				select {
				case to <- j:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for j := range work {
				j.done <- decode(j.raw)
			}
			return nil
		})
	}
	group.Go(func() error {
		for j := range order {
			select {
			case d := <-j.done:
				i.take(d)
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := i.failed(); err != nil {
				return err
			}
		}
		return nil
	})
	err := errors.Join(group.Wait(), i.finish())
	if errors.Is(err, context.Canceled) {
		return errors.New("stopped: what was read so far is stored; import again to go on")
	}
	return err
}
