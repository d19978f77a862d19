package mllp

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"time"

	"concord/gateway/guard"
	"concord/mappings/hl7v2"
)

// Handle takes one message in, durably, before it returns. The same key and hash again (hl7v2.Message.Key and Hash)
// give the answer that the first gave, and change nothing; the same key with another hash is refused as AE (CONSENT
// rules 15.12). Keys belong to a Caller: two of them may use the same.
//
// A *fhir.Error is told to the sender with its places, unless its Kind says that the fault is ours; that, and any other
// error, is answered with AR, and the sender may send the message again.
type Handle func(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (Answer, error)

// Answer is what became of a message. The zero Answer is that all went well.
type Answer struct {
	Code   hl7v2.AckCode // AA, AE or AR; empty: AA
	Faults []hl7v2.Fault // warnings too, beside AA
	Kept   bool          // it was refused, and is stored whole for somebody to mend
}

// Keep stores a message that is refused before Handle could have it, as it came, for an operator to look at. The
// faults are what its sender is told.
type Keep func(ctx context.Context, caller guard.Caller, raw []byte, faults []hl7v2.Fault) error

// Config is what a Listener needs. Peers, Handle, Now, NewID and Log must be there.
type Config struct {
	TLS        *tls.Config // nil: none, within a closed network
	Peers      []Peer      // the first that fits is taken; who fits none is turned away
	Processing []string    // codes of MSH-11.1 that are taken; empty: P alone, so that tests do not reach the record
	Limits     Limits
	Handle     Handle
	Keep       Keep // nil: what cannot be read is answered, and not kept
	Now        func() time.Time
	NewID      func() string // for requests, and MSH-10 of acknowledgements
	Log        *slog.Logger
}

// Limits bound what peers may ask of a Listener. A zero field takes its default. A connection that waits for its turn
// is not read from, so that its sender waits too.
//
// A frame that is longer than Message allows, and not than Frame, is refused and kept whole. What is longer than that is
// read to its end, so that the next one is not held up, and its sender is told that it was not kept.
type Limits struct {
	Message     hl7v2.Limits
	Frame       int           // bytes of one frame; 64 MiB
	Memory      int           // bytes of the large frames of all connections; 256 MiB, and one Frame at least. Of several peers one takes half at most
	Connections int           // at once; 256
	InFlight    int           // messages of one connection that are read while an earlier one is handled; 4
	Idle        time.Duration // between messages; 10 min
	Read        time.Duration // of one message, and of the TLS handshake; 30 s
	Write       time.Duration // of one acknowledgement; 30 s
	Handle      time.Duration // of what stands behind; 30 s
}

func (l Limits) withDefaults() Limits {
	if l.Message.Size <= 0 {
		l.Message.Size = 16 << 20
	}
	l.Frame = max(orUsual(l.Frame, 64<<20), l.Message.Size)
	l.Memory = max(orUsual(l.Memory, 256<<20), l.Frame+1)
	l.Connections = orUsual(l.Connections, 256)
	l.InFlight = orUsual(l.InFlight, 4)
	l.Idle = orUsual(l.Idle, 10*time.Minute)
	l.Read = orUsual(l.Read, 30*time.Second)
	l.Write = orUsual(l.Write, 30*time.Second)
	l.Handle = orUsual(l.Handle, 30*time.Second)
	return l
}

func orUsual[N int | time.Duration](set, usual N) N {
	if set <= 0 {
		return usual
	}
	return set
}

// check finds all faults of a configuration at once.
func (c Config) check() error {
	var faults []error
	if c.Handle == nil || c.Now == nil || c.NewID == nil || c.Log == nil {
		faults = append(faults, errors.New("a listener needs Handle, Now, NewID and Log"))
	}
	if len(c.Peers) == 0 {
		faults = append(faults, errors.New("a listener without peers would turn everybody away"))
	}
	for _, p := range c.Peers {
		faults = append(faults, p.check(c.TLS))
	}
	return errors.Join(faults...)
}
