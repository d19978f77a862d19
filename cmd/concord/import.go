package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/mattn/go-isatty"
	"golang.org/x/sync/errgroup"
)

// importCommand is "concord import".
type importCommand struct {
	Data        string   `required:"" placeholder:"DIR" help:"Data directory; made when it is not there. No server may be running on it."`
	Checkpoints string   `placeholder:"DIR" help:"Directory of the trail's signed checkpoints, as the server has it. Default: in the data directory."`
	Paths       []string `arg:"" name:"path" help:"Files of one resource or Bundle (.json) or of one a line (.ndjson), or directories of them."`
}

// waiting is how many resources may be read ahead of those being stored.
const waiting = 512

// run stores what it can, names what it cannot, and ends with one line of figures. It fails when anything was
// refused; the rest is stored all the same.
func (c importCommand) run(ctx context.Context, p *process) error {
	if err := makeDirectory(c.Data); err != nil {
		return err
	}
	r, err := openRecord(ctx, p, toolSettings(c.Data, c.Checkpoints), p.jsonLog(slog.LevelWarn))
	if err != nil {
		return err
	}
	operator, err := r.operator(p, "concord import")
	if err != nil {
		return errors.Join(err, r.close())
	}
	i := newImporter(operator, p.stderr)
	i.progress = progressOn(p)
	err = i.all(ctx, c.Paths)
	i.progress.end()
	if err := errors.Join(err, r.close()); err != nil {
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

// all reads in one goroutine, decodes in one for each processor, and stores in another, in the order of reading.
func (i *importer) all(ctx context.Context, paths []string) error {
	type job struct {
		raw  raw
		done chan decoded
	}
	order, work := make(chan *job, waiting), make(chan *job)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(order)
		defer close(work)
		return eachRaw(paths, func(r raw) error {
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
				i.take(ctx, d)
			case <-ctx.Done():
				return ctx.Err()
			}
			if i.fault != nil {
				return i.fault
			}
		}
		return i.finish(ctx)
	})
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		return errors.New("stopped: what was read so far is stored; import again to go on")
	}
	return err
}

// meter shows on a terminal how far the import has come. The zero meter shows nothing.
type meter struct {
	to    io.Writer
	now   func() time.Time
	shown time.Time
}

const meterPace = 200 * time.Millisecond

func progressOn(p *process) meter {
	f, ok := p.stderr.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return meter{}
	}
	return meter{to: f, now: p.now}
}

func (m *meter) show(done int) {
	if m.to == nil || m.now().Sub(m.shown) < meterPace {
		return
	}
	m.shown = m.now()
	fmt.Fprintf(m.to, "\r%d resources", done)
}

func (m *meter) end() {
	if m.to != nil {
		fmt.Fprint(m.to, "\r\x1b[K")
	}
}
