package mllp

import "sync/atomic"

// Counts is what a Listener or Sender has met so far.
type Counts struct {
	Connections uint64 // that were taken, or made
	Turned      uint64 // connections turned away: too many, no peer of ours, no TLS
	Accepted    uint64 // messages answered with AA or CA
	Refused     uint64 // messages answered with anything else
	Faults      uint64 // of them those where the fault was ours
	Resent      uint64 // messages that had to be sent once more
	Stray       uint64 // acknowledgements of nothing that was asked
	Malformed   uint64 // frames that were cut off, not ended, or too long
	Garbage     uint64 // bytes between frames
}

type counts struct {
	connections, turned, accepted, refused, faults, resent, stray, malformed, garbage atomic.Uint64
}

func (c *counts) read() Counts {
	return Counts{
		Connections: c.connections.Load(), Turned: c.turned.Load(),
		Accepted: c.accepted.Load(), Refused: c.refused.Load(), Faults: c.faults.Load(),
		Resent: c.resent.Load(), Stray: c.stray.Load(), Malformed: c.malformed.Load(), Garbage: c.garbage.Load(),
	}
}
