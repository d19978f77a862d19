package mllp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"concord/fhir"
	"concord/mappings/hl7v2"
)

// talk is one connection: one goroutine reads ahead, another handles the messages one by one, in their order, and
// writes the answers.
type talk struct {
	l    *Listener
	conn net.Conn
	peer *Peer
	room *room
}

// arrival is a message as it was read: a frame, or why there is none.
type arrival struct {
	frame   []byte
	message *hl7v2.Message
	err     error
	place   *place // that the frame has in memory, until it is answered
}

// run serves the connection, closes it, and waits for the reader.
func (t *talk) run(ctx context.Context) {
	arrivals := make(chan arrival, t.l.c.Limits.InFlight-1)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(arrivals)
		t.read(reading, arrivals)
	}()
	cut := false
	for a := range arrivals {
		cut = ctx.Err() != nil || !t.answer(ctx, a)
		a.place.leave()
		if cut {
			break
		}
	}
	stop()
	_ = t.conn.SetReadDeadline(t.l.c.Now()) // ends the reader; a connection that is gone has ended it already
	for a := range arrivals {
		a.place.leave()
	}
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
func (t *talk) read(ctx context.Context, to chan<- arrival) {
	limits := t.l.c.Limits
	in := newFrames(t.conn, limits.Frame, &t.l.counts, func() error { return t.allow(ctx, limits.Read) })
	for t.allow(ctx, limits.Idle) == nil {
		room := &place{room: t.room}
		in.grow = func(size int) error { return t.grow(ctx, room, size) }
		a := t.arrive(in)
		a.place = room
		if _, ok := errors.AsType[*fhir.Error](a.err); a.err != nil && !ok {
			room.leave()
			t.left(ctx, a.err)
			return
		}
		select {
		case to <- a:
		case <-ctx.Done():
			room.leave()
			return
		}
		if errors.Is(a.err, errCrowded) { // the rest of this frame was not read
			return
		}
	}
}

// arrive reads one frame. A frame that cannot be parsed is there nevertheless, to be kept.
func (t *talk) arrive(in *frames) arrival {
	frame, err := in.next()
	if refused, ok := errors.AsType[*frameError](err); ok {
		return arrival{frame: refused.frame, err: refused}
	}
	if err != nil {
		return arrival{err: err}
	}
	message, err := hl7v2.Parse(frame, t.l.c.Limits.Message)
	return arrival{frame: frame, message: message, err: err}
}

// grow makes room for a frame. Who had to wait for it has the whole time again to send.
func (t *talk) grow(ctx context.Context, p *place, size int) error {
	if size == 0 {
		p.leave()
	}
	if p.fits(size) {
		return nil
	}
	if err := p.await(ctx, size); err != nil {
		return err
	}
	return t.allow(ctx, t.l.c.Limits.Read)
}

// left tells of a peer that went in the middle of a message. It sends the message again, since nobody answered it.
func (t *talk) left(ctx context.Context, err error) {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		t.l.c.Log.LogAttrs(ctx, slog.LevelWarn, "a message was cut off", slog.String("peer", t.peer.Label))
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
