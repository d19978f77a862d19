package guard

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

var checkpointTime = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

func mustCheckpoints(t *testing.T, dir string) *Checkpoints {
	t.Helper()
	c, err := OpenCheckpoints(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestACheckpointThatFailedIsMadeUpFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := mustCheckpoints(t, dir)
	c.Put(Checkpoint{Writer: "w", Seq: 1, At: checkpointTime})
	whole := c.file
	broken, err := os.Open(whole.Name()) // cannot be written to
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broken.Close() })
	c.file = broken
	c.Put(Checkpoint{Writer: "w", Seq: 2, At: checkpointTime})
	c.Put(Checkpoint{Writer: "w", Seq: 3, At: checkpointTime})
	if last, ok := c.Last(); !ok || last.Seq != 1 {
		t.Errorf("while it fails: got %d, %t", last.Seq, ok)
	}
	c.file = whole
	if err := c.sync(); err != nil {
		t.Fatal(err)
	}
	if last, ok := c.Last(); !ok || last.Seq != 3 {
		t.Errorf("afterwards: got %d, %t", last.Seq, ok)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestCheckpointsThatFollowOneAnotherCloselyShareOne(t *testing.T) {
	t.Parallel()
	c := mustCheckpoints(t, t.TempDir())
	closed := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() { c.Run(closed) })
	last := func() int64 {
		c.mu.Lock()
		defer c.mu.Unlock()
		last, _ := c.Last()
		return last.Seq
	}
	c.Put(Checkpoint{Writer: "w", Seq: 1, At: checkpointTime})
	c.Put(Checkpoint{Writer: "w", Seq: 2, At: checkpointTime.Add(apart - 1)})
	c.Put(Checkpoint{Writer: "w", Seq: 3, At: checkpointTime.Add(apart - 1)})
	for began := time.Now(); last() != 3; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("batch 3 was not signed after a while, only %d", last())
		}
	}
	c.Put(Checkpoint{Writer: "w", Seq: 4, At: checkpointTime.Add(2 * apart)})
	if got := last(); got != 4 {
		t.Errorf("one that is not close: got %d, want it at once", got)
	}
	c.Put(Checkpoint{Writer: "w", Seq: 5, At: checkpointTime.Add(-time.Hour)})
	if got := last(); got != 5 {
		t.Errorf("after the clock was put back: got %d, want it at once", got)
	}
	close(closed)
	wait.Wait()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheKeyIsForTheServerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := mustCheckpoints(t, dir)
	second := mustCheckpoints(t, dir)
	t.Cleanup(func() { _, _ = first.Close(), second.Close() })
	if !first.key.Equal(second.key) {
		t.Error("the key is not kept")
	}
	for name, want := range map[string]fs.FileMode{privateFile: 0o600, publicFile: 0o644} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm() &^ 0o022; got != want&^0o022 {
			t.Errorf("%s: got mode %o, want %o", name, got, want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, privateFile), []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCheckpoints(dir, slog.Default()); err == nil {
		t.Error("a spoilt key was taken, or replaced")
	}
}
