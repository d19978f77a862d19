package sqlite

import (
	"context"
	"errors"
)

// maxReaders is how many connections read at once. Reads are short and never wait for a client.
const maxReaders = 16

// readers hands out reading sessions, each to one reader at a time.
type readers struct {
	path  string
	free  chan *session
	slots chan struct{} // one for each session there is
}

func newReaders(path string) readers {
	return readers{path: path, free: make(chan *session, maxReaders), slots: make(chan struct{}, maxReaders)}
}

// read runs the function in one read transaction: all that it reads is of one moment.
func (r readers) read(ctx context.Context, use func(*session) error) error {
	s, err := r.take(ctx)
	if err != nil {
		return err
	}
	if err := s.exec("begin"); err != nil {
		return errors.Join(err, r.drop(s))
	}
	sound := false
	defer func() {
		if !sound { // also when use panics: nobody gets a session that is still inside a transaction
			_ = r.drop(s)
		}
	}()
	err = use(s)
	if end := s.exec("commit"); end != nil {
		return errors.Join(err, end)
	}
	sound = true
	r.free <- s
	return err
}

// take gives a session that is free, or a new one while there may be more, or waits for one until ctx ends.
func (r readers) take(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s := <-r.free:
		return s, nil
	default:
	}
	select {
	case s := <-r.free:
		return s, nil
	case r.slots <- struct{}{}:
		return r.make()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// make opens a session in the slot that was taken for it.
func (r readers) make() (*session, error) {
	s, err := newSession(r.path, reading...)
	if err != nil {
		<-r.slots
		return nil, err
	}
	return s, nil
}

// drop closes a session and frees its slot.
func (r readers) drop(s *session) error {
	<-r.slots
	return s.close()
}

// close closes the sessions that nobody uses. Nobody may read any more.
func (r readers) close() error {
	var errs []error
	for {
		select {
		case s := <-r.free:
			errs = append(errs, r.drop(s))
		default:
			return errors.Join(errs...)
		}
	}
}
