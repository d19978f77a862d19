package sqlite

import (
	"context"
	"errors"

	"concord/consent"
	"concord/gateway/guard"
)

// ErrClosed says that the store takes nothing any more.
var ErrClosed = errors.New("the store is closed")

// job is one Change, or events alone, or a portion of the trail to be filed, on its way to the writer. Whoever asks for it packs and hashes everything
// first, so that the writer only writes.
type job struct {
	change    *guard.Change // nil: events alone
	relabel   *relabelling  // nil, or what is labelled anew
	bodies    [][]byte      // of change.Put
	standings map[consent.Person]packed
	events    []sealed
	filing    *filing        // nil, or what of the trail is filed
	touched   map[int64]bool // survivors of whom something has changed

	receipt guard.Receipt
	low     int64 // first position of what was put, for receipts
	err     error
	done    chan struct{}
}

// packed is a standing as it is written.
type packed struct {
	version    int64
	blob       []byte
	principals []string
}

// Commit hands the change to the writer and waits until it is durable. Once it is handed over nothing calls it
// back: then the answer is waited for, however ctx ends.
func (s *Store) Commit(ctx context.Context, change guard.Change) (guard.Receipt, error) {
	if err := sound(change); err != nil {
		return guard.Receipt{}, err
	}
	events, err := seal(change.Events)
	if err != nil {
		return guard.Receipt{}, err
	}
	j := &job{change: &change, events: events, done: make(chan struct{})}
	j.standings, j.touched = map[consent.Person]packed{}, map[int64]bool{}
	for _, p := range change.Put {
		j.bodies = append(j.bodies, s.codec.PackPut(p))
	}
	for p, standing := range change.Standings {
		j.standings[p] = packed{standing.Version, s.codec.Pack(standing.Binary()), standing.Principals()}
	}
	if err := s.submit(ctx, j); err != nil {
		return guard.Receipt{}, err
	}
	return j.receipt, j.err
}

// sound refuses what no caller may ask for: these are faults of ours.
func sound(change guard.Change) error {
	type ref = string
	seen := map[ref]bool{}
	for _, p := range change.Put {
		if p.Version == nil || seen[p.Version.Ref.String()] {
			return errors.New("commit: a change puts each resource once, with a version")
		}
		seen[p.Version.Ref.String()] = true
	}
	for p, standing := range change.Standings {
		if p == "" || standing == nil {
			return errors.New("commit: a standing of nobody, or none")
		}
	}
	return nil
}

// submit gives a job to the writer and waits for it. When it fails the writer never had the job.
func (s *Store) submit(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.queue <- j:
	case <-s.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	<-j.done
	return nil
}
