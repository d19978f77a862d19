package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// TrailQueue is a file of this node's own, to which emergencies are recorded while the trail cannot be written: the one
// exception to the rule that what is not in the trail is not disclosed (CONSENT rules 14.6). What is in it goes into the
// trail as soon as that takes anything again. An event may come there twice, under one id, when the node dies between
// the two steps; none is lost.
type TrailQueue struct {
	waiting atomic.Bool // there is something in the file

	mu   sync.Mutex
	file *os.File
	size int64 // of whole lines
}

// OpenTrailQueue opens the file, or makes it. What a crash left of a line at its end was never acknowledged, and goes.
func OpenTrailQueue(path string) (*TrailQueue, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("open the queue of the trail: %w", err)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the queue of the trail: %w", err), file.Close())
	}
	q := &TrailQueue{file: file, size: int64(bytes.LastIndexByte(content, '\n') + 1)}
	if err := file.Truncate(q.size); err != nil {
		return nil, errors.Join(fmt.Errorf("mend the queue of the trail: %w", err), file.Close())
	}
	q.waiting.Store(q.size > 0)
	return q, nil
}

// Close closes the file. What is in it stays.
func (q *TrailQueue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.file.Close(); err != nil {
		return fmt.Errorf("close the queue of the trail: %w", err)
	}
	return nil
}

// put is durable when it returns without an error.
func (q *TrailQueue) put(events []Event) error {
	var lines []byte
	for _, e := range events {
		content, err := e.Content()
		if err != nil {
			return err
		}
		lines = append(append(lines, content...), '\n')
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	_, err := q.file.WriteAt(lines, q.size)
	if err == nil {
		err = q.file.Sync()
	}
	if err != nil { // what is left of longer lines would stand after the next, and be read as one when the node has died
		return errors.Join(fmt.Errorf("write to the queue of the trail: %w", err), q.file.Truncate(q.size))
	}
	q.size += int64(len(lines))
	q.waiting.Store(true)
	return nil
}

// replay puts everything into the trail, and empties the file when it is there.
func (q *TrailQueue) replay(ctx context.Context, trail Trail) error {
	if !q.waiting.Load() {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	content := make([]byte, q.size)
	if _, err := q.file.ReadAt(content, 0); err != nil {
		return fmt.Errorf("read the queue of the trail: %w", err)
	}
	var events []Event
	for line := range bytes.Lines(content) { // of whatever length: a query may be long
		e, err := EventFrom(line)
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	for some := range slices.Chunk(events, replayedAtOnce) {
		if err := trail.Append(ctx, some...); err != nil {
			return fmt.Errorf("put the queue into the trail: %w", err)
		}
	}
	if err := errors.Join(q.file.Truncate(0), q.file.Sync()); err != nil {
		return fmt.Errorf("empty the queue of the trail: %w", err)
	}
	q.size = 0
	q.waiting.Store(false)
	return nil
}

// replayedAtOnce is how many events go into one batch of the trail.
const replayedAtOnce = 256

// urgentTrail is a trail that does not keep an emergency waiting: reads for it are recorded in the queue when the trail
// fails. For all else it fails as the trail does.
type urgentTrail struct {
	Trail
	queue *TrailQueue
}

// Append is durable when it returns, in the trail or, for reads in an emergency, in the queue.
func (t urgentTrail) Append(ctx context.Context, events ...Event) error {
	err := t.Trail.Append(ctx, events...)
	if err == nil {
		// What fails stays in the queue, and the next event tries again; so does a caller who leaves keep nothing waiting.
		_ = t.queue.replay(context.WithoutCancel(ctx), t.Trail)
		return nil
	}
	if len(events) == 0 || slices.ContainsFunc(events, func(e Event) bool { return !e.urgent() }) {
		return err
	}
	if late := t.queue.put(events); late != nil {
		return errors.Join(err, late)
	}
	return nil
}

// urgent reports whether an event is a read in an emergency: for all its purposes, and whatever came of it, or the
// answer would tell.
func (e Event) urgent() bool {
	purposes := strings.Fields(e.Purpose)
	return (e.Action == 'R' || e.Action == 'E') && len(purposes) > 0 && !slices.ContainsFunc(purposes, func(p string) bool {
		return p != "ETREAT" && p != "ERTREAT" && p != purposeBTG
	})
}

// Replay puts into the trail what was recorded while it could not be written. It is for the start; later every event
// that the trail takes does the same.
func (g *Guard) Replay(ctx context.Context) error {
	if g.Queue == nil {
		return nil
	}
	trail := g.Trail
	if urgent, ok := trail.(urgentTrail); ok {
		trail = urgent.Trail
	}
	return g.Queue.replay(ctx, trail)
}
