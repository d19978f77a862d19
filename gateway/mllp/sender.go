package mllp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"concord/fhir"
	"concord/gateway/outbound"
	"concord/mappings/hl7v2"
)

// SenderConfig is what a Sender needs. Label, Addr, Now and Log must be there; a zero time takes its default.
type SenderConfig struct {
	Label    string          // of the other system, for the log
	Addr     string          // host:port
	TLS      *tls.Config     // nil: none, within a closed network
	Outbound outbound.Config // which addresses may be called, and how long connecting may take
	Answer   time.Duration   // how long to wait for an acknowledgement before the message is sent again; 30 s
	Write    time.Duration   // of one message; 30 s
	First    time.Duration   // the pause before the first time that a message is sent again, doubled after each; 100 ms
	Longest  time.Duration   // that the pause becomes; 1 min
	Now      func() time.Time
	Log      *slog.Logger
}

// Sender gives messages to one other system, one at a time, over one connection that it makes when there is something
// to send. Any number of goroutines may send, and wait for each other; messages whose order matters are sent by one.
type Sender struct {
	c      SenderConfig
	turn   chan *line // holds the line when nobody sends; waiting for it is what holds senders back
	counts counts
}

// line is a connection, or nil parts between connections.
type line struct {
	conn net.Conn
	in   *frames
}

// Limits of an acknowledgement: others may write long ERR segments.
const maxAck = 1 << 20

// ErrClosed is what Send returns after Close.
var ErrClosed = errors.New("the sender is closed")

// NewSender makes a Sender. Nothing is called yet.
func NewSender(c SenderConfig) (*Sender, error) {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil || c.Label == "" || c.Now == nil || c.Log == nil {
		return nil, errors.New("configure the HL7 v2 sender: it needs Label, Addr as host:port, Now and Log")
	}
	c.Answer, c.Write = orUsual(c.Answer, 30*time.Second), orUsual(c.Write, 30*time.Second)
	c.First, c.Longest = orUsual(c.First, 100*time.Millisecond), orUsual(c.Longest, time.Minute)
	s := &Sender{c: c, turn: make(chan *line, 1)}
	s.turn <- &line{}
	return s, nil
}

// Counts is what the Sender has met so far.
func (s *Sender) Counts() Counts { return s.counts.read() }

// Send gives the message to the other system and returns what that answers: accepted, or refused for good. Until there
// is an answer it connects and sends again, however long that takes; only ctx ends it, and then the other system may
// have the message or not. So who must not lose a message keeps it until Send returns an Answer, and sends it again
// after a restart: the other end knows it by its key.
//
// Errors: Required when the message has no control id, BusinessRule when it asks for no acknowledgement, ErrClosed,
// and that of ctx.
func (s *Sender) Send(ctx context.Context, m *hl7v2.Message) (hl7v2.Answer, error) {
	if _, err := m.Key(); err != nil {
		return hl7v2.Answer{}, err
	}
	expected := m.AckCodes(hl7v2.ApplicationAccept, true)
	if len(expected) == 0 {
		return hl7v2.Answer{}, fhir.Errorf(fhir.BusinessRule, "MSH-15 and MSH-16 ask for no acknowledgement, so that nobody would know whether the message arrived: ask for one")
	}
	var l *line
	select {
	case l = <-s.turn:
	case <-ctx.Done():
		return hl7v2.Answer{}, fmt.Errorf("wait to send: %w", ctx.Err())
	}
	defer func() { s.turn <- l }()
	if l == nil {
		return hl7v2.Answer{}, ErrClosed
	}
	return s.deliver(ctx, l, m, len(expected))
}

// Close ends the connection, after the message that is being sent.
func (s *Sender) Close() error {
	l := <-s.turn
	s.turn <- nil
	return l.hangUp()
}

// deliver tries until there is an answer that stands.
func (s *Sender) deliver(ctx context.Context, l *line, m *hl7v2.Message, expected int) (hl7v2.Answer, error) {
	frame := appendFrame(nil, m.Bytes())
	for pause := s.c.First; ; pause = min(2*pause, s.c.Longest) {
		answer, err := s.attempt(ctx, l, frame, m.ControlID(), expected)
		if err == nil && !again(answer) {
			s.count(answer)
			return answer, nil
		}
		// A late answer to this attempt must not be taken for one to the next: the connection has to go.
		_ = l.hangUp() // it is gone either way
		if ctx.Err() != nil {
			return hl7v2.Answer{}, fmt.Errorf("send: %w", ctx.Err())
		}
		s.counts.resent.Add(1)
		attrs := []slog.Attr{slog.String("peer", s.c.Label), slog.Duration("pause", pause)}
		if err != nil {
			attrs = append(attrs, slog.String("cause", err.Error()))
		}
		s.c.Log.LogAttrs(ctx, slog.LevelWarn, "a message is to be sent again", attrs...)
		wait(ctx, pause)
	}
}

// again reports whether the other system says that the fault is its own.
func again(a hl7v2.Answer) bool {
	if a.Code != hl7v2.ApplicationReject && a.Code != hl7v2.CommitReject {
		return false
	}
	for _, f := range a.Faults {
		if f.Code == hl7v2.InternalFault || f.Code == hl7v2.RecordLocked {
			return true
		}
	}
	return false
}

func (s *Sender) count(a hl7v2.Answer) {
	if a.Code == hl7v2.ApplicationAccept || a.Code == hl7v2.CommitAccept {
		s.counts.accepted.Add(1)
		return
	}
	s.counts.refused.Add(1)
}
