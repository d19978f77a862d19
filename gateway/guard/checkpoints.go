package guard

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The files in the folder of checkpoints. Whoever keeps copies of the first and the last elsewhere can tell when
// the trail, or the folder, was changed.
const (
	checkpointFile = "trail.checkpoints" // one signed checkpoint a line, oldest first
	privateFile    = "trail.key"         // the seed of the Ed25519 key, PEM; for the server alone
	publicFile     = "trail.pub"         // the public key, PEM
)

// Checkpoints appends a signed checkpoint after a batch of the trail, or after some that follow one another closely. It
// never runs ahead of the database: the commit comes first. A checkpoint that cannot be written is logged and made up for
// by the next, since each covers all batches before it; the trail itself is right without.
type Checkpoints struct {
	log *slog.Logger
	key ed25519.PrivateKey
	due chan struct{} // something is pending, and nobody may come to write it

	mu      sync.Mutex
	file    *os.File
	size    int64      // of whole lines in the file
	pending Checkpoint // not yet in the file, when its Seq is not 0
	signed  time.Time  // the time of the last that was written
	dirty   bool       // written, not yet synced
}

// apart is the time between two checkpoints. Under load there are a thousand batches a second, of ten events each, and a
// signature costs as much as recording three of them. The file is synced once a second, however many there are.
const apart = 20 * time.Millisecond

// OpenCheckpoints opens the files of the folder, or makes them.
func OpenCheckpoints(dir string, log *slog.Logger) (*Checkpoints, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of checkpoints: %w", err)
	}
	key, err := signingKey(dir)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, checkpointFile), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("open checkpoints: %w", err)
	}
	c := &Checkpoints{log: log, key: key, due: make(chan struct{}, 1), file: file}
	if err := c.end(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return c, nil
}

// end finds where the last whole line ends, and takes away what a crash left of a line after it.
func (c *Checkpoints) end() error {
	info, err := c.file.Stat()
	if err != nil {
		return fmt.Errorf("find the end of checkpoints: %w", err)
	}
	tail := make([]byte, min(info.Size(), 4096))
	if _, err := c.file.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return fmt.Errorf("find the end of checkpoints: %w", err)
	}
	c.size = info.Size() - int64(len(tail)-1-bytes.LastIndexByte(tail, '\n'))
	if c.size == info.Size() {
		return nil
	}
	if err := c.file.Truncate(c.size); err != nil {
		return fmt.Errorf("take away a torn checkpoint: %w", err)
	}
	return nil
}

// Resume writes the checkpoint that a crash kept from being written, and says when the chain does not go on from
// the last one: then an older database was put in its place, or another one's folder.
func (c *Checkpoints) Resume(ctx context.Context, head Checkpoint) {
	last, ok := c.Last()
	switch {
	case ok && last.Writer == head.Writer && last.Seq > head.Seq:
		c.log.ErrorContext(ctx, "trail_behind_checkpoints",
			slog.Int64("batches", head.Seq), slog.Int64("covered", last.Seq))
	case ok && last.Writer == head.Writer && last.Seq == head.Seq && last.Root != head.Root:
		c.log.ErrorContext(ctx, "trail_differs_from_checkpoints", slog.Int64("batches", head.Seq))
	case head.Seq > 0 && (!ok || last.Writer != head.Writer || last.Seq < head.Seq):
		c.Put(head)
	}
}

// Last is the newest checkpoint in the file that is signed by our key.
func (c *Checkpoints) Last() (Checkpoint, bool) {
	tail := make([]byte, min(c.size, 4096))
	if _, err := c.file.ReadAt(tail, c.size-int64(len(tail))); err != nil {
		return Checkpoint{}, false
	}
	tail = bytes.TrimSuffix(tail, []byte("\n"))
	public, ok := c.key.Public().(ed25519.PublicKey)
	if !ok {
		return Checkpoint{}, false
	}
	last, err := CheckpointFrom(tail[bytes.LastIndexByte(tail, '\n')+1:], public)
	return last, err == nil
}

// Put writes a checkpoint, or keeps it for later when the last one was just now or when that fails.
func (c *Checkpoints) Put(next Checkpoint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = next
	if gap := next.At.Sub(c.signed); gap < 0 || gap >= apart {
		c.flush()
		return
	}
	select {
	case c.due <- struct{}{}:
	default:
	}
}

// flush writes what is pending; the lock is held. The line is one write, and its place moves on only when all of it
// was written.
func (c *Checkpoints) flush() {
	if c.pending.Seq == 0 {
		return
	}
	data, err := c.pending.Sign(c.key)
	if err == nil {
		_, err = c.file.WriteAt(data, c.size) // over what a failure left behind
	}
	if err != nil {
		c.log.Error("write_checkpoint", slog.Any("error", err))
		return
	}
	c.size += int64(len(data))
	c.signed, c.pending, c.dirty = c.pending.At, Checkpoint{}, true
}

// Run writes what Put kept, and once a second syncs the file and tries again what failed, until the store is closed.
func (c *Checkpoints) Run(closed <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-c.due:
			c.later(closed)
		case <-tick.C:
			if err := c.sync(); err != nil {
				c.log.Error("sync_checkpoints", slog.Any("error", err))
			}
		case <-closed:
			return
		}
	}
}

// later writes what is pending, when all that follows it closely had time to come.
func (c *Checkpoints) later(closed <-chan struct{}) {
	select {
	case <-time.After(apart):
	case <-closed:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush()
}

// sync does not hold the lock while the disk works: the writer would wait for it.
func (c *Checkpoints) sync() error {
	c.mu.Lock()
	c.flush()
	dirty := c.dirty
	c.dirty = false
	c.mu.Unlock()
	if !dirty {
		return nil
	}
	if err := c.file.Sync(); err != nil {
		return fmt.Errorf("sync checkpoints: %w", err)
	}
	return nil
}

// Close writes and syncs the last checkpoint. Nothing is put any more.
func (c *Checkpoints) Close() error { return errors.Join(c.sync(), c.file.Close()) }

// signingKey reads the key of the folder, or makes one.
func signingKey(dir string) (ed25519.PrivateKey, error) {
	path := filepath.Join(dir, privateFile)
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	if errors.Is(err, fs.ErrNotExist) {
		return newSigningKey(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of checkpoints: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil || len(block.Bytes) != ed25519.SeedSize {
		return nil, errors.New("the key of checkpoints is not an Ed25519 seed in PEM: restore it, or name another folder")
	}
	return ed25519.NewKeyFromSeed(block.Bytes), nil
}

// newSigningKey writes the public key first: a crash in between leaves no private key without its public one.
func newSigningKey(dir string) (ed25519.PrivateKey, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of checkpoints: %w", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CONCORD TRAIL PUBLIC KEY", Bytes: public})
	if err := os.WriteFile(filepath.Join(dir, publicFile), block, 0o644); err != nil { //nolint:gosec // it is public
		return nil, fmt.Errorf("write the key of checkpoints: %w", err)
	}
	block = pem.EncodeToMemory(&pem.Block{Type: "CONCORD TRAIL SEED", Bytes: key.Seed()})
	if err := os.WriteFile(filepath.Join(dir, privateFile), block, 0o600); err != nil {
		return nil, fmt.Errorf("write the key of checkpoints: %w", err)
	}
	return key, nil
}
