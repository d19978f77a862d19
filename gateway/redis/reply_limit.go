package redis

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// The bounds of one reply besides its bytes. The largest honest one is the map of a cluster's slots.
const (
	replyElements = 1 << 19
	replyDepth    = 8
	replyBytes    = 1 << 20 // at least, for that map
)

var errReply = errors.New("redis: a reply that is malformed, or larger than anything we asked for")

// dial connects, and puts the limits before the one who reads.
func (c Config) dial(ctx context.Context, network, address string) (net.Conn, error) {
	limits := replies{max: max(c.MaxValue+sealOverhead, replyBytes)}
	if c.TLS != nil {
		conn, err := (&tls.Dialer{Config: c.TLS}).DialContext(ctx, network, address)
		if err != nil {
			return nil, fmt.Errorf("dial Redis: %w", err)
		}
		return &limited{Conn: conn, replies: limits}, nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("dial Redis: %w", err)
	}
	if socket, ok := conn.(syscall.Conn); ok {
		return &limitedSocket{limited{Conn: conn, replies: limits}, socket}, nil
	}
	return &limited{Conn: conn, replies: limits}, nil
}

// limited is a connection to a server that may announce more than there is memory for: go-redis makes room for what
// is announced before it comes.
type limited struct {
	net.Conn
	replies replies
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if fault := l.replies.look(p[:n]); fault != nil {
		return 0, fault
	}
	return n, err
}

// limitedSocket lets go-redis look whether the other side has hung up before it uses an idle connection. TLS has
// none to look at: what is read there is not what came.
type limitedSocket struct {
	limited
	socket syscall.Conn
}

// SyscallConn is that of the connection itself.
func (l *limitedSocket) SyscallConn() (syscall.RawConn, error) { return l.socket.SyscallConn() }

// replies follows a stream of RESP2 replies, without keeping them.
type replies struct {
	max int // bytes of one reply

	line     []byte // of a header that is not whole yet
	skip     int    // bytes still to come of a string
	open     [replyDepth]int
	depth    int // how many arrays are open, each with the elements that are still to come
	size     int // bytes of this reply so far, strings as announced
	elements int // likewise
}

// look fails when what came announces more than is allowed.
func (r *replies) look(p []byte) error {
	for len(p) > 0 {
		if r.skip > 0 {
			n := min(r.skip, len(p))
			r.skip -= n
			p = p[n:]
			continue
		}
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			if err := r.count(len(p), 0); err != nil {
				return err
			}
			r.line = append(r.line, p...)
			return nil
		}
		line := p[:end]
		if len(r.line) > 0 {
			line = append(r.line, line...)
			r.line = r.line[:0]
		}
		if err := r.count(end+1, 0); err != nil {
			return err
		}
		if err := r.header(line); err != nil {
			return err
		}
		p = p[end+1:]
	}
	return nil
}

// header reads the first line of a reply or of an element.
func (r *replies) header(line []byte) error {
	kind, ok := bytes.CutSuffix(line, []byte{'\r'})
	if !ok || len(kind) < 2 {
		return errReply
	}
	switch kind[0] {
	case '+', '-', ':':
		r.complete()
		return nil
	case '$', '*':
	default:
		return errReply
	}
	n, err := strconv.Atoi(string(kind[1:]))
	switch {
	case err != nil || n < -1:
		return errReply
	case kind[0] == '$' && n >= 0:
		if err := r.count(n, 0); err != nil {
			return err
		}
		r.skip = n + len("\r\n")
	case kind[0] == '*' && n > 0:
		if r.depth == replyDepth {
			return errReply
		}
		r.open[r.depth] = n
		r.depth++
		return r.count(0, n)
	}
	r.complete()
	return nil
}

// complete ends an element, and with it the arrays that it was the last of, and with those the reply.
func (r *replies) complete() {
	for r.depth > 0 {
		r.open[r.depth-1]--
		if r.open[r.depth-1] > 0 {
			return
		}
		r.depth--
	}
	r.size, r.elements = 0, 0
}

// count adds to what this reply has announced. The room that is left is compared, so that nothing overflows.
func (r *replies) count(size, elements int) error {
	if size > r.max-r.size || elements > replyElements-r.elements {
		return errReply
	}
	r.size += size
	r.elements += elements
	return nil
}
