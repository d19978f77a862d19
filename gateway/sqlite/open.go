// Package sqlite keeps the record and the trail in one SQLite file: the embedded default. One goroutine owns the
// writing connection and makes whatever waits durable with one sync; readers have connections of their own.
//
// It knows nothing of who may see what: See says so.
package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"concord/gateway/guard"
)

// Config says where the store is and what it takes from outside.
type Config struct {
	Path        string           // the database file; made when it is not there
	Checkpoints string           // folder of signed checkpoints; empty: beside the database
	Now         func() time.Time // stamps batches of the trail
	NewID       func() string    // names this database's chain; random
	Log         *slog.Logger     // nil: the default one
	Labels      uint64           // the rule set in force (guard.Relabeller); 0: versions are never labelled anew

	portion int // how many events are filed at once; 0: portionSize
}

// Store is a guard.Store and a guard.Trail on one file. Use Close, or the last checkpoint may be missing.
type Store struct {
	now    func() time.Time
	log    *slog.Logger
	path   string
	lock   *os.File
	codec  *guard.Packer
	labels uint64

	readers readers
	writer  *writer
	known   *known
	recent  *recent
	tail    *tail

	queue     chan *job
	portions  chan generation // to be filed; one at most
	overgrown atomic.Bool     // the write-ahead log wants to be cut
	closed    chan struct{}   // nothing is taken any more
	close     sync.Once
	wait      sync.WaitGroup
	check     *guard.Checkpoints
}

var (
	_ guard.Store = (*Store)(nil)
	_ guard.Trail = (*Store)(nil)
)

// Open opens or makes the database, brings its tables up to date and starts the writer. A second process that
// opens the same file gets ErrInUse.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Path == "" || c.Now == nil || c.NewID == nil {
		return nil, errors.New("open sqlite store: path, clock and source of ids are needed")
	}
	s := &Store{
		now: c.Now, log: c.Log, labels: c.Labels, tail: &tail{portion: cmp.Or(c.portion, portionSize)},
		queue: make(chan *job), portions: make(chan generation, 1), closed: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := s.open(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite store: %w", err), s.release())
	}
	return s, nil
}

// private makes the database file, when it is not there, so that nobody else may read it; its companions take
// its mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the path
	if err != nil {
		return fmt.Errorf("make the database file: %w", err)
	}
	return f.Close()
}

func (s *Store) open(ctx context.Context, c Config) error {
	var err error
	if s.lock, err = lock(c.Path + ".lock"); err != nil {
		return err
	}
	if s.codec, err = guard.NewPacker(); err != nil {
		return err
	}
	if s.known, err = newKnown(); err != nil {
		return err
	}
	if s.recent, err = newRecent(); err != nil {
		return err
	}
	if err := private(c.Path); err != nil {
		return err
	}
	tx, err := newSession(c.Path, batching...)
	if err != nil {
		return err
	}
	if err := migrate(ctx, c.Path); err != nil {
		return errors.Join(err, tx.close())
	}
	s.path, s.readers = c.Path, newReaders(c.Path)
	if s.writer, err = newWriter(s, tx, c.NewID); err != nil {
		return err
	}
	dir := c.Checkpoints
	if dir == "" {
		dir = filepath.Dir(c.Path)
	}
	if s.check, err = guard.OpenCheckpoints(dir, s.log); err != nil {
		return errors.Join(err, s.writer.close())
	}
	folder, err := newSession(c.Path, writing...)
	if err != nil {
		return errors.Join(err, s.writer.close())
	}
	s.check.Resume(ctx, s.writer.chain.checkpoint(s.now()))
	s.wait.Go(s.writer.run)
	s.wait.Go(s.filings)
	s.wait.Go(func() { s.check.Run(s.closed) })
	s.wait.Go(func() { s.fold(folder) })
	return nil
}

// Close finishes what was taken, writes the last checkpoint and frees the file.
func (s *Store) Close() error {
	s.close.Do(func() { close(s.closed) })
	s.wait.Wait()
	return s.release()
}

// release gives back what open took, as far as it came.
func (s *Store) release() error {
	var errs []error
	if s.check != nil {
		errs = append(errs, s.check.Close())
		s.check = nil
	}
	errs = append(errs, s.readers.close())
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// The settings of a connection. Every commit is synced before it is acknowledged; the WAL is folded back by the
// writer when nothing waits.
var (
	writing = []string{
		"pragma journal_mode=WAL", "pragma synchronous=FULL", "pragma foreign_keys=0", "pragma cache_size=-4000",
		"pragma temp_store=MEMORY", "pragma wal_autocheckpoint=0",
	}
	// A batch of many changes touches some thousand pages. When these do not fit, they are written before the commit, read
	// back to be changed again, and their frames in the log are written anew: a create took an eighth more.
	batching = append(slices.Clone(writing), "pragma cache_size=-32000")
	reading  = append(slices.Clone(writing), "pragma query_only=1")
)

// address is the file's name as the driver wants it: a URL, so that no letter of the path is taken for a setting.
func address(path, settings string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: settings}).String()
}
