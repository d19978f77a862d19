// Package folder is the door for systems that can do no more than write files: it watches a folder, takes each file in
// that is renamed into it, and moves it to the folder done or failed within. A file is taken in once by its name and
// content, also when the program ends between the two. What is wrong with it stands in a file beside it, with the place
// of each fault and what to do.
//
// It knows files and names. What is in a file, and where it is kept, is the business of whoever stands behind Take. No
// content reaches a log.
package folder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"concord/fhir"
	"concord/gateway"
)

// The folders within the watched one.
const (
	doneDir   = "done"
	failedDir = "failed"
)

// Config is what a Folder needs. Dir, Every, Take and Log must be there.
type Config struct {
	Dir   string
	Label string        // for the log
	Every time.Duration // how often it looks
	Size  int64         // bytes of one file; 64 MB
	// Take takes one file in, durably, before it returns. The key names the file by name and content: the same key again
	// changes nothing. An error that is no *fhir.Error, or is of a kind that may pass, leaves the file where it is.
	Take func(ctx context.Context, key, name string, body []byte) ([]gateway.Outcome, error)
	Log  *slog.Logger
}

// Folder watches one folder. New makes it, Run runs it.
type Folder struct{ c Config }

// New makes the folders done and failed where they are not there.
func New(c Config) (*Folder, error) {
	if c.Dir == "" || c.Every <= 0 || c.Take == nil || c.Log == nil {
		return nil, errors.New("a watched folder needs Dir, Every, Take and Log")
	}
	if c.Size <= 0 {
		c.Size = 64 << 20
	}
	for _, name := range []string{doneDir, failedDir} {
		if err := os.MkdirAll(filepath.Join(c.Dir, name), 0o700); err != nil {
			return nil, fmt.Errorf("make the folder %s: %w", name, err)
		}
	}
	return &Folder{c}, nil
}

// Run takes files in until ctx ends, in the order of their names. A file that cannot be taken in now holds up those after it, so that
// their order stays.
func (f *Folder) Run(ctx context.Context) error {
	for {
		if err := f.Once(ctx); err != nil && ctx.Err() == nil {
			f.c.Log.LogAttrs(ctx, slog.LevelError, "folder", slog.String("folder", f.c.Label), slog.String("cause", err.Error()))
		}
		timer := time.NewTimer(f.c.Every)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

// Once takes in what is there now.
func (f *Folder) Once(ctx context.Context) error {
	entries, err := os.ReadDir(f.c.Dir) // by name
	if err != nil {
		return fmt.Errorf("look into the folder: %w", err)
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// What begins with a dot, or ends with .part or .tmp, is still being written.
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") || slices.Contains([]string{".part", ".tmp"}, filepath.Ext(e.Name())) {
			continue
		}
		if err := f.take(ctx, e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// take takes one file in and moves it. The move comes last: when it is missed the file is taken again, and changes nothing.
func (f *Folder) take(ctx context.Context, name string) error {
	path := filepath.Join(f.c.Dir, name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody else was faster
	}
	if err != nil {
		return fmt.Errorf("look at a file: %w", err)
	}
	if info.Size() > f.c.Size {
		return f.tooLong(ctx, name)
	}
	body, err := os.ReadFile(path) //nolint:gosec // the folder is the operator's
	if err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	// What has begun is finished, also when the program is asked to stop.
	outcomes, err := f.c.Take(context.WithoutCancel(ctx), name+" "+digest, name, body)
	if err != nil && passing(err) {
		return fmt.Errorf("take a file in: %w", err)
	}
	told := tell(outcomes, err)
	return f.move(ctx, arrived{name, digest}, told, slog.Int("records", len(outcomes)), slog.Int("refused", told.refused))
}

// tooLong moves a file that nobody reads.
func (f *Folder) tooLong(ctx context.Context, name string) error {
	file, err := os.Open(filepath.Join(f.c.Dir, name)) //nolint:gosec // the folder is the operator's
	if err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	told := tell(nil, fhir.Errorf(fhir.TooLong, "the file is larger than %d bytes, and was not read: divide it", f.c.Size))
	return f.move(ctx, arrived{name, hex.EncodeToString(sum.Sum(nil))}, told, slog.Int("refused", 0), slog.String("reason", "the file is too large"))
}

// passing reports whether the same file may be taken later, with nothing in it changed.
func passing(err error) bool {
	told, ok := errors.AsType[*fhir.Error](err)
	return !ok || told.Kind == fhir.Transient || told.Kind == fhir.Throttled || told.Kind == fhir.Exception
}

// arrived is a file by its name and the digest of its content.
type arrived struct{ name, digest string }

// move puts a file where it was dealt with, and beside it what there is to tell of it. One of that name that is there
// already stays, and this one gets its digest as well.
func (f *Folder) move(ctx context.Context, file arrived, told telling, attrs ...slog.Attr) error {
	to := doneDir
	if told.failed {
		to = failedDir
	}
	target := filepath.Join(f.c.Dir, to, file.name)
	if _, err := os.Stat(target); err == nil {
		target += "." + file.digest[:16]
	}
	if len(told.lines) > 0 { // first: when the move is missed it is written again
		if err := os.WriteFile(target+faultsSuffix, told.text(), 0o600); err != nil {
			return fmt.Errorf("tell of a file: %w", err)
		}
	}
	if err := os.Rename(filepath.Join(f.c.Dir, file.name), target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("move a file: %w", err)
	}
	f.c.Log.LogAttrs(ctx, slog.LevelInfo, "file", append([]slog.Attr{slog.String("folder", f.c.Label), slog.String("to", to)}, attrs...)...)
	return nil
}
