package mllp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"concord/fhir"
	"concord/gateway/guard"
	"concord/mappings/hl7v2"
)

// answer handles one message and writes what there is to say. It reports whether the connection may go on.
func (t *talk) answer(ctx context.Context, a arrival) bool {
	c := &t.l.c
	start := c.Now()
	caller := t.peer.Caller
	caller.Request = c.NewID()

	// What has begun is finished, also when the server is asked to stop.
	handling, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Limits.Handle)
	said, fault := t.take(handling, caller, a)
	cancel()

	m := a.message
	if m == nil {
		m = headerOf(a)
	}
	written := t.write(m, said)
	t.count(said, fault)
	attrs := []slog.Attr{
		slog.String("peer", t.peer.Label),
		slog.String("code", string(said.Code)),
		slog.Int("faults", len(said.Faults)),
		slog.Duration("duration", c.Now().Sub(start)),
		slog.String("request", caller.Request),
	}
	level := slog.LevelInfo
	if fault != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("cause", fault.Error()))
	}
	c.Log.LogAttrs(ctx, level, "message", attrs...)
	// After a fault of ours the sender sends this message again: the ones behind it must not overtake it.
	return written == nil && fault == nil
}

// take gives the message to those behind, or refuses it before. The error is a fault of ours, which the log has.
func (t *talk) take(ctx context.Context, caller guard.Caller, a arrival) (Answer, error) {
	refusal := a.err
	if refusal == nil {
		refusal = t.refuses(a.message)
	}
	switch {
	case refusal == nil:
	case ours(refusal):
		return Answer{Code: hl7v2.ApplicationReject, Faults: hl7v2.FaultsOf(refusal, request(caller))}, refusal
	default:
		return t.keep(ctx, caller, a, hl7v2.FaultsOf(refusal, request(caller)))
	}
	said, err := t.handle(ctx, caller, a.message)
	switch {
	case err == nil && said.Code == "":
		said.Code = hl7v2.ApplicationAccept
		return said, nil
	case err == nil:
		return said, nil
	case ours(err):
		return faulted(caller), err
	default:
		faults := hl7v2.FaultsOf(err, request(caller))
		return Answer{Code: outcome(faults), Faults: faults}, nil
	}
}

// handle calls Handle, with a net under it: a bug in what one message meets must not end the connections of all.
func (t *talk) handle(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (Answer, error) {
	var said Answer
	var err error
	func() {
		defer func() {
			if v := recover(); v != nil { // its value may hold anything: only its type is told
				err = fmt.Errorf("panic of type %T\n%s", v, debug.Stack())
			}
		}()
		said, err = t.l.c.Handle(ctx, caller, m)
	}()
	return said, err
}

// refuses says why a message that can be read is not for us.
func (t *talk) refuses(m *hl7v2.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	where := hl7v2.Path{Segment: "MSH", Field: 11}
	if slices.Contains(t.l.c.Processing, m.Get(where).Text()) {
		return nil
	}
	return &fhir.Error{Kind: fhir.NotSupported, Issues: []fhir.Issue{{
		Code: fhir.NotSupported, Expression: where.String(),
		Diagnostics: "messages of this processing id are not taken here: production messages have P",
	}}}
}

// keep stores what is refused. When that goes wrong the sender has to send it again, or it would be lost.
func (t *talk) keep(ctx context.Context, caller guard.Caller, a arrival, faults []hl7v2.Fault) (Answer, error) {
	said := Answer{Code: outcome(faults), Faults: faults}
	if t.l.c.Keep == nil || a.frame == nil {
		return said, nil
	}
	if err := t.l.c.Keep(ctx, caller, a.frame, faults); err != nil {
		return faulted(caller), err
	}
	said.Kept = true
	return said, nil
}

// write sends the acknowledgements that the message asks for.
func (t *talk) write(m *hl7v2.Message, said Answer) error {
	codes := []hl7v2.AckCode{said.Code}
	if m != nil {
		codes = m.AckCodes(said.Code, said.Kept)
	}
	var out []byte
	for _, code := range codes {
		faults := said.Faults
		if code == hl7v2.CommitAccept {
			faults = nil // it says that the message is kept safe, whatever is in it
		}
		out = appendFrame(out, hl7v2.Ack(m, hl7v2.Acknowledgement{
			Code: code, Faults: faults, ControlID: t.l.c.NewID(), At: t.l.c.Now(),
		}).Bytes())
	}
	if len(out) == 0 {
		return nil
	}
	if err := t.conn.SetWriteDeadline(t.l.c.Now().Add(t.l.c.Limits.Write)); err != nil {
		return err
	}
	_, err := t.conn.Write(out)
	return err
}

func (t *talk) count(said Answer, fault error) {
	counts := &t.l.counts
	if said.Code == hl7v2.ApplicationAccept {
		counts.accepted.Add(1)
		return
	}
	counts.refused.Add(1)
	if fault != nil {
		counts.faults.Add(1)
	}
}

// headerOf is the header of a message that could not be read, to answer it; nil when not even that can be.
func headerOf(a arrival) *hl7v2.Message {
	head := a.frame
	if e, ok := errors.AsType[*frameError](a.err); ok {
		head = e.head
	}
	m, err := hl7v2.ParseHeader(head)
	if err != nil {
		return nil
	}
	return m
}

// outcome is AR for what is not for us or is our fault, and AE for all that is wrong with the content.
func outcome(faults []hl7v2.Fault) hl7v2.AckCode {
	for _, f := range faults {
		switch f.Code {
		case hl7v2.UnsupportedMessage, hl7v2.UnsupportedEvent, hl7v2.UnsupportedProcess, hl7v2.UnsupportedVersion, hl7v2.InternalFault:
			return hl7v2.ApplicationReject
		default:
		}
	}
	return hl7v2.ApplicationError
}

// ours reports whether the same message may be taken later, with nothing in it changed.
func ours(err error) bool {
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		return true
	}
	switch e.Kind {
	case fhir.Exception, fhir.Transient, fhir.Throttled:
		return true
	default:
		return false
	}
}

func faulted(caller guard.Caller) Answer {
	return Answer{Code: hl7v2.ApplicationReject, Faults: []hl7v2.Fault{{
		Code: hl7v2.InternalFault, Diagnostic: request(caller), UserMessage: "the fault is ours: send the message again later",
	}}}
}

func request(caller guard.Caller) string { return "request " + caller.Request }
