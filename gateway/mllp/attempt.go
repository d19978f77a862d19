package mllp

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"concord/gateway/outbound"
	"concord/mappings/hl7v2"
)

// attempt sends a frame once and waits for the answer to it.
func (s *Sender) attempt(ctx context.Context, l *line, frame []byte, id string, expected int) (hl7v2.Answer, error) {
	if l.conn == nil {
		if err := s.connect(ctx, l); err != nil {
			return hl7v2.Answer{}, fmt.Errorf("connect: %w", err)
		}
	}
	conn := l.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends a write or read that waits
	defer stop()
	if err := conn.SetWriteDeadline(s.c.Now().Add(s.c.Write)); err != nil {
		return hl7v2.Answer{}, fmt.Errorf("send: %w", err)
	}
	if _, err := conn.Write(frame); err != nil {
		return hl7v2.Answer{}, fmt.Errorf("send: %w", err)
	}
	if err := conn.SetReadDeadline(s.c.Now().Add(s.c.Answer)); err != nil {
		return hl7v2.Answer{}, fmt.Errorf("wait for the acknowledgement: %w", err)
	}
	return s.await(l, id, expected)
}

// await reads until the message is answered. Of two acknowledgements that were asked for the first says only that the
// message is kept safe; when the second does not come, that stands.
func (s *Sender) await(l *line, id string, expected int) (hl7v2.Answer, error) {
	var kept hl7v2.Answer
	for {
		answer, err := s.readAnswer(l, id)
		switch {
		case err != nil && kept.Code != "":
			_ = l.hangUp() // it is good for nothing any more
			return kept, nil
		case err != nil:
			return hl7v2.Answer{}, err
		case answer.Code == hl7v2.CommitAccept && expected > 1 && kept.Code == "":
			kept = answer
		default:
			return answer, nil
		}
	}
}

// readAnswer reads the next acknowledgement of this message.
func (s *Sender) readAnswer(l *line, id string) (hl7v2.Answer, error) {
	for {
		frame, err := l.in.next()
		if err != nil {
			return hl7v2.Answer{}, fmt.Errorf("wait for the acknowledgement: %w", err)
		}
		m, err := hl7v2.Parse(frame, hl7v2.Limits{})
		if err != nil {
			return hl7v2.Answer{}, fmt.Errorf("read the acknowledgement: %w", err)
		}
		if answer, ok := hl7v2.AnswerOf(m); ok && answer.To == id {
			return answer, nil
		}
		s.counts.stray.Add(1)
	}
}

func (s *Sender) connect(ctx context.Context, l *line) error {
	dialer := outbound.NewDialer(s.c.Outbound)
	conn, err := dialer.DialContext(ctx, "tcp", s.c.Addr)
	if err != nil {
		return err
	}
	if s.c.TLS != nil {
		if conn, err = s.secure(ctx, conn); err != nil {
			return err
		}
	}
	s.counts.connections.Add(1)
	l.conn, l.in = conn, newFrames(conn, maxAck, &s.counts, func() error { return nil })
	return nil
}

// secure speaks TLS. The other end has to be who the address says, unless the configuration names somebody.
func (s *Sender) secure(ctx context.Context, conn net.Conn) (net.Conn, error) {
	config := s.c.TLS.Clone()
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(s.c.Addr)
		if err != nil {
			return nil, err
		}
		config.ServerName = host
	}
	handshake, cancel := context.WithTimeout(ctx, s.c.Answer)
	defer cancel()
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(handshake); err != nil {
		_ = conn.Close() // nothing was said yet
		return nil, err
	}
	return secured, nil
}

// hangUp closes the connection where there is one.
func (l *line) hangUp() error {
	if l == nil || l.conn == nil {
		return nil
	}
	conn := l.conn
	l.conn, l.in = nil, nil
	return conn.Close()
}
