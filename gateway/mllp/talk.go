package mllp

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"concord/mappings/hl7v2"
)

// talk is one connection: one goroutine reads ahead, another handles the messages one by one, in their order, and
// writes the answers.
type talk struct {
	l    *Listener
	conn net.Conn
	peer *Peer
}

// arrival is a message as it was read: a frame, or why there is none.
type arrival struct {
	frame   []byte
	message *hl7v2.Message
	err     error
}

// run serves the connection, closes it, and waits for the reader.
func (t *talk) run(ctx context.Context) {
	arrivals := make(chan arrival, t.l.c.Limits.InFlight-1)
	gone := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(arrivals)
		t.read(ctx, arrivals, gone)
	}()
	cut := false
	for a := range arrivals {
		if cut = ctx.Err() != nil || !t.answer(ctx, a); cut {
			break
		}
	}
	close(gone)
	_ = t.conn.SetReadDeadline(t.l.c.Now()) // ends the reader; a connection that is gone has ended it already
	<-done
	if cut {
		t.drain()
	}
	_ = t.conn.Close() // all that was to be said was written
}

// drainTime is for a peer to hear that the connection ends.
const drainTime = 500 * time.Millisecond

// drain reads on for a moment what nobody will answer. A connection that is closed with bytes unread is reset, and the
// last answer could be lost to the peer on the way.
func (t *talk) drain() {
	half, ok := t.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || t.conn.SetReadDeadline(t.l.c.Now().Add(drainTime)) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, t.conn) // ends with the time, or with the peer
}

// read reads frames, and parses them while earlier ones are handled, until the connection ends or nobody listens.
func (t *talk) read(ctx context.Context, to chan<- arrival, gone <-chan struct{}) {
	limits := t.l.c.Limits
	in := newFrames(t.conn, limits.Message.Size, &t.l.counts, func() error { return t.allow(ctx, limits.Read) })
	for t.allow(ctx, limits.Idle) == nil {
		frame, err := in.next()
		a := arrival{frame: frame, err: err}
		if _, ok := errors.AsType[*frameError](err); err != nil && !ok {
			return
		}
		if err == nil {
			a.message, a.err = hl7v2.Parse(frame, limits.Message)
		}
		select {
		case to <- a:
		case <-gone:
			return
		}
	}
}

// allow gives the peer time to send. That ctx ended is looked at afterwards: the deadline that its end set may just
// have been replaced.
func (t *talk) allow(ctx context.Context, d time.Duration) error {
	if err := t.conn.SetReadDeadline(t.l.c.Now().Add(d)); err != nil {
		return err
	}
	return ctx.Err()
}
