// Package mllp is the door for HL7 version 2 over TCP (HL7 v2.5.1 appendix C, "minimal lower layer protocol"): a
// Listener that takes messages in and answers each, and a Sender that gives messages to another system until they are
// acknowledged.
//
// Both keep order and lose nothing: a connection's messages are handled one after the other, what is not acknowledged
// is sent again, and what is sent again is known by its key (CONSENT rules 15.12), which is the business of whoever
// stands behind Handle. Whatever is cut, killed or garbled between, each message is taken once.
//
// The package knows frames, acknowledgements and who a peer is. What a message means, and where it is kept, it does
// not know. No content reaches a log.
package mllp
