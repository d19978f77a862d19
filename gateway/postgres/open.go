// Package postgres keeps the record and the trail in PostgreSQL: the store of many nodes, of which each is one Store
// on the same database. In each node one goroutine makes whatever waits durable with one transaction of a few
// statements; rows are locked before they are decided on, so that no two nodes commit on the same state of a thing
// or of a person. Reads are of one snapshot, and fetch what they will need at once.
//
// It knows nothing of who may see what: See says so.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"concord/gateway/guard"
)

// URL is the address of a database, with its password: it prints as ***.
type URL string

// String hides the address, which may hold a password.
func (URL) String() string { return "***" }

// GoString hides the address too.
func (u URL) GoString() string { return u.String() }

// LogValue hides the address from logs.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// Config says where the store is and what it takes from outside.
type Config struct {
	URL         URL              // postgres://user:password@host/database?sslmode=verify-full, or key=value words
	Checkpoints string           // folder of this node's signed checkpoints, its own and lasting: it names the node's chain
	Readers     int              // connections that read at once; 0: 16. One more writes
	Timeout     time.Duration    // how long one statement may take; 0: 30 s
	Now         func() time.Time // stamps batches of the trail
	NewID       func() string    // names this node's chain; random
	Log         *slog.Logger     // nil: the default one
	Labels      uint64           // the rule set in force (guard.Relabeller); 0: versions are never labelled anew

	trace pgx.QueryTracer // for tests of statements
}

const (
	defaultReaders = 16
	defaultTimeout = 30 * time.Second
)

// Store is a guard.Store and a guard.Trail: one node on a database. Use Close, or the last checkpoint may be missing
// until the next start.
type Store struct {
	now     func() time.Time
	log     *slog.Logger
	limit   time.Duration // of one transaction that writes
	codec   *guard.Packer
	labels  uint64
	known   *known
	lock    *os.File
	write   *pgxpool.Pool // of one connection
	readers *readers
	writer  *writer
	check   *guard.Checkpoints

	queue  chan *job
	closed chan struct{} // nothing is taken any more
	close  sync.Once
	wait   sync.WaitGroup
}

var (
	_ guard.Store = (*Store)(nil)
	_ guard.Trail = (*Store)(nil)
)

// Open connects to the database, brings its tables up to date, goes on with this node's chain and starts the
// writer. Any number of nodes may open a database at once. A second one with the same folder of checkpoints gets
// ErrInUse; a database that does not answer is a *fhir.Error of the kind transient.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.URL == "" || c.Checkpoints == "" || c.Now == nil || c.NewID == nil {
		return nil, errors.New("open postgres store: address, folder of checkpoints, clock and source of ids are needed")
	}
	s := &Store{now: c.Now, log: c.Log, labels: c.Labels, queue: make(chan *job), closed: make(chan struct{})}
	s.limit = orElse(c.Timeout, defaultTimeout) + 10*time.Second
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := s.open(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("open postgres store: %w", err), s.release())
	}
	return s, nil
}

// open takes the parts of a store one after another; release gives them back.
func (s *Store) open(ctx context.Context, c Config) error {
	var err error
	if s.codec, err = guard.NewPacker(); err != nil {
		return err
	}
	if s.known, err = newKnown(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Checkpoints, 0o700); err != nil {
		return fmt.Errorf("make folder of checkpoints: %w", err)
	}
	if s.lock, err = lock(c.Checkpoints); err != nil {
		return err
	}
	if s.write, err = connect(ctx, c, writing, 1); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	n := c.Readers
	if n <= 0 {
		n = defaultReaders
	}
	read, err := connect(ctx, c, reading, n)
	if err != nil {
		return err
	}
	s.readers = newReaders(read, n)
	if s.check, err = guard.OpenCheckpoints(c.Checkpoints, s.log); err != nil {
		return err
	}
	if s.writer, err = newWriter(ctx, s, c.NewID); err != nil {
		return err
	}
	s.wait.Go(s.writer.run)
	s.wait.Go(func() { s.check.Run(s.closed) })
	s.wait.Go(func() { s.readers.tidy(context.WithoutCancel(ctx), s.closed) })
	return nil
}

// Close finishes what was taken, writes the last checkpoint and lets go of the database.
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
	if s.readers != nil {
		s.readers.close()
		s.readers = nil
	}
	if s.write != nil {
		s.write.Close()
		s.write = nil
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}
