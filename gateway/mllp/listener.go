package mllp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Listener takes HL7 v2 messages in. NewListener makes it, Serve runs it.
type Listener struct {
	c      Config
	slots  chan struct{} // one for each connection
	rooms  []*room       // for large frames, of each of the peers
	counts counts
}

// NewListener makes a Listener. The error names all faults of the configuration.
func NewListener(c Config) (*Listener, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("configure the HL7 v2 listener: %w", err)
	}
	c.Limits = c.Limits.withDefaults()
	if len(c.Processing) == 0 {
		c.Processing = []string{"P"}
	}
	if c.TLS != nil {
		c.TLS = c.TLS.Clone()
		c.TLS.MinVersion = max(c.TLS.MinVersion, tls.VersionTLS12)
	}
	return &Listener{c: c, slots: make(chan struct{}, c.Limits.Connections), rooms: newRooms(c.Limits, len(c.Peers))}, nil
}

// Counts is what the Listener has met so far.
func (l *Listener) Counts() Counts { return l.counts.read() }

// longestPause is how long accepting waits when it goes wrong again and again, as without file descriptors.
const longestPause = time.Second

// Serve takes connections until ctx ends. Then the messages that are being handled are finished and answered, for no
// longer than Limits.Handle and Limits.Write; those that wait behind them are not, and their senders send them again.
// It closes on, and returns when no connection is left.
func (l *Listener) Serve(ctx context.Context, on net.Listener) error {
	var open sync.WaitGroup
	defer open.Wait()
	stop := context.AfterFunc(ctx, func() { _ = on.Close() }) // Accept reports it
	defer stop()
	pause := time.Duration(0)
	for {
		conn, err := on.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = conn.Close() // nothing was said yet
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("take connections: %w", err)
		case err != nil:
			pause = min(max(2*pause, time.Millisecond), longestPause)
			l.c.Log.LogAttrs(ctx, slog.LevelWarn, "cannot take a connection", slog.String("cause", err.Error()))
			wait(ctx, pause)
			continue
		}
		pause = 0
		select {
		case l.slots <- struct{}{}:
			open.Go(func() {
				defer func() { <-l.slots }()
				l.connection(ctx, conn)
			})
		default: // better to say so at once than to leave the sender waiting
			l.turnAway(ctx, conn, "too many connections")
		}
	}
}

// connection serves one peer until either end has enough.
func (l *Listener) connection(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(l.c.Now()) }) // no more is read
	defer stop()
	who, secured, why := l.greet(ctx, conn)
	if why != "" {
		l.turnAway(ctx, conn, why)
		return
	}
	peer := &l.c.Peers[who]
	l.counts.connections.Add(1)
	l.c.Log.LogAttrs(ctx, slog.LevelInfo, "peer connected", slog.String("peer", peer.Label))
	(&talk{l: l, conn: secured, peer: peer, room: l.rooms[who]}).run(ctx)
	l.c.Log.LogAttrs(ctx, slog.LevelInfo, "peer left", slog.String("peer", peer.Label))
}

// greet finds out which of the peers is there, by its place among them, or says why none.
func (l *Listener) greet(ctx context.Context, conn net.Conn) (int, net.Conn, string) {
	var state *tls.ConnectionState
	if l.c.TLS != nil {
		handshake, cancel := context.WithTimeout(ctx, l.c.Limits.Read)
		defer cancel()
		secured := tls.Server(conn, l.c.TLS)
		if err := secured.HandshakeContext(handshake); err != nil {
			return 0, nil, "no TLS that is taken here"
		}
		s := secured.ConnectionState()
		state, conn = &s, secured
	}
	from := addressOf(conn)
	for i := range l.c.Peers {
		if l.c.Peers[i].is(from, state) {
			return i, conn, ""
		}
	}
	return 0, nil, "no peer of this listener"
}

func (l *Listener) turnAway(ctx context.Context, conn net.Conn, why string) {
	l.counts.turned.Add(1)
	l.c.Log.LogAttrs(ctx, slog.LevelWarn, "connection turned away", slog.String("reason", why))
	_ = conn.Close() // the other end is gone either way
}

// wait waits, or until ctx ends.
func wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
