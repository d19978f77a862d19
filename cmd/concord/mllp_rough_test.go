package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"concord/mappings/hl7v2"
)

// rough is a system that loses its connection all the time, forgets what it was told, and never loses count: a message is
// sent until it is answered, in its order.
type rough struct {
	to     func() string
	chance *rand.Rand
	said   []said
	next   int      // the first that was not answered
	codes  []string // how each was answered first

	answered *atomic.Int64 // counts them
}

// Run sends everything.
func (r *rough) run(ctx context.Context) error {
	for r.next < len(r.said) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("message %d was not answered: %w", r.next, err)
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.to())
		if err != nil {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		err = r.talk(ctx, conn)
		_ = conn.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// talk uses one connection for a while. Its error is of what was answered; that the connection ends is none.
func (r *rough) talk(ctx context.Context, conn net.Conn) error {
	in := bufio.NewReader(conn)
	for r.next < len(r.said) && ctx.Err() == nil {
		frame := "\x0b" + r.said[r.next].text + "\x1c\r"
		several := 1
		switch r.chance.IntN(12) {
		case 0: // half of it, and then nobody is there any more
			r.write(conn, frame[:1+r.chance.IntN(len(frame)-1)])
			r.reset(conn)
			return nil
		case 1: // all of it, and then nobody hears the answer
			r.write(conn, frame)
			time.Sleep(time.Duration(r.chance.IntN(5)) * time.Millisecond)
			r.reset(conn)
			return nil
		case 2: // byte by byte
			for i := range frame {
				r.write(conn, frame[i:i+1])
			}
		case 3: // one that is broken off, and all of it again
			r.write(conn, frame[:1+r.chance.IntN(len(frame)-2)]+frame)
		case 4, 5, 6: // without waiting for answers
			several = min(1+r.chance.IntN(8), len(r.said)-r.next)
			for _, later := range r.said[r.next+1 : r.next+several] {
				frame += "\x0b" + later.text + "\x1c\r"
			}
			r.write(conn, frame)
		case 7: // one that was answered long ago
			if r.next > 0 {
				old := r.chance.IntN(r.next)
				r.write(conn, "\x0b"+r.said[old].text+"\x1c\r")
				if again, err := r.hear(conn, in, old); err != nil || again {
					return err
				}
			}
			r.write(conn, frame)
		default:
			r.write(conn, frame)
		}
		for range several {
			if again, err := r.hear(conn, in, r.next); err != nil || again {
				return err
			}
			r.next++
			r.answered.Add(1)
		}
	}
	return nil
}

func (r *rough) write(conn net.Conn, bytes string) {
	_, _ = conn.Write([]byte(bytes)) // what did not arrive is not answered
}

// reset ends a connection, sometimes so that what was written is lost on the way.
func (r *rough) reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok && r.chance.IntN(2) == 0 {
		_ = tcp.SetLinger(0) // closing it goes on anyhow
	}
}

// hear reads the answer to a message. It reports whether the connection is of no more use.
func (r *rough) hear(conn net.Conn, in *bufio.Reader, n int) (bool, error) {
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second)) // else the read says it
	answer, err := in.ReadBytes(0x1c)
	if err == nil {
		_, err = in.Discard(1)
	}
	if err != nil {
		return true, nil //nolint:nilerr // it is sent again
	}
	code, again, err := heard(strings.Trim(string(answer), "\x0b\x1c"), r.said[n])
	if err != nil || again {
		return again, err
	}
	if n < len(r.codes) && r.codes[n] != code {
		return false, fmt.Errorf("message %d is answered %s after %s", n, code, r.codes[n])
	}
	if n == len(r.codes) {
		r.codes = append(r.codes, code)
	}
	return false, nil
}

// heard reads an answer, and says what is wrong with it. It reports whether the message is to be sent again.
func heard(answer string, to said) (string, bool, error) {
	m, err := hl7v2.Parse([]byte(answer), hl7v2.Limits{})
	if err != nil {
		return "", false, fmt.Errorf("the answer cannot be read: %w", err)
	}
	a, ok := hl7v2.AnswerOf(m)
	if !ok || a.To != to.control {
		return "", false, fmt.Errorf("message %s is answered by %q", to.control, answer)
	}
	for _, f := range a.Faults {
		if f.Code == hl7v2.InternalFault {
			return "", true, nil
		}
	}
	if (a.Code == hl7v2.ApplicationAccept) == to.faulty {
		return "", false, fmt.Errorf("message %s is answered by %q", to.control, answer)
	}
	return string(a.Code), false, nil
}
