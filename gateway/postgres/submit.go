package postgres

import (
	"context"
	"errors"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// ErrClosed says that the store takes nothing any more.
var ErrClosed = errors.New("the store is closed")

// job is one Change, or events alone, on its way to the writer. Whoever asks for it packs and hashes everything
// first, so that the writer only writes.
type job struct {
	change    *guard.Change // nil: events alone
	bodies    [][]byte      // of change.Put
	standings map[consent.Person]packed
	events    []sealed

	receipt guard.Receipt
	replay  []int64 // positions that the first commit with the key put
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
// back: then the answer is waited for, however ctx ends. A *fhir.Error of the kind transient says that the database
// did not answer; when it went away in the middle of a change without events, that change may have been done.
func (s *Store) Commit(ctx context.Context, change guard.Change) (guard.Receipt, error) {
	if err := sound(change); err != nil {
		return guard.Receipt{}, err
	}
	events, err := seal(change.Events)
	if err != nil {
		return guard.Receipt{}, err
	}
	j := &job{change: &change, events: events, done: make(chan struct{}), standings: map[consent.Person]packed{}}
	for _, p := range change.Put {
		j.bodies = append(j.bodies, s.codec.PackPut(p))
	}
	for p, standing := range change.Standings {
		j.standings[p] = packed{standing.Version, s.codec.Pack(standing.Binary()), standing.Principals()}
	}
	if err := s.submit(ctx, j); err != nil {
		return guard.Receipt{}, err
	}
	if j.err == nil && len(j.replay) > 0 {
		return s.replayed(ctx, j)
	}
	return j.receipt, j.err
}

const selectReplayed = `select position, id, person from version where position = any($1) order by position`

// replayed reads what the first commit with the key put.
func (s *Store) replayed(ctx context.Context, j *job) (guard.Receipt, error) {
	err := s.View(ctx, guard.Want{}, func(snap guard.Snapshot) error {
		v, ok := snap.(*snapshot)
		if !ok {
			return errGone
		}
		var err error
		j.receipt.Put, err = v.listed(selectReplayed, j.replay)
		return err
	})
	return j.receipt, trouble("read what was done before", err)
}

// sound refuses what no caller may ask for: these are faults of ours.
func sound(change guard.Change) error {
	seen := map[fhir.Ref]bool{}
	for _, p := range change.Put {
		if p.Version == nil || seen[p.Version.Ref] {
			return errors.New("commit: a change puts each resource once, with a version")
		}
		seen[p.Version.Ref] = true
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
