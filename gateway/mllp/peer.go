package mllp

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"concord/gateway/guard"
)

// Peer is a system that may connect, and the Caller that it acts as. All that is said of it has to be true; a Peer of
// which nothing is said is refused, since it would be everybody.
type Peer struct {
	Label string // for the log and the trail: a word of ours, nothing that the peer says
	// Key is the SHA-256 of the client certificate's public key, in hexadecimal. It may be that of a certificate that
	// nobody signed.
	Key string
	// Name is a DNS name of a client certificate that a known authority signed.
	Name string
	// From are the networks that it calls from. Alone it is enough only within a closed network.
	From []netip.Prefix
	// Caller is who the messages come from, but for Request, which is new for each.
	Caller guard.Caller
}

// check finds faults of a configuration.
func (p Peer) check(t *tls.Config) error {
	if p.Label == "" {
		return errors.New("a peer has no label")
	}
	if p.Key == "" && p.Name == "" && len(p.From) == 0 {
		return fmt.Errorf("peer %q: nothing says who it is: give a key, a name or networks", p.Label)
	}
	if p.Key != "" {
		if digest, err := hex.DecodeString(p.Key); err != nil || len(digest) != sha256.Size {
			return fmt.Errorf("peer %q: a key is 64 hexadecimal digits", p.Label)
		}
		if t == nil || t.ClientAuth < tls.RequestClientCert {
			return fmt.Errorf("peer %q: a key needs TLS that asks for client certificates", p.Label)
		}
	}
	if p.Name != "" && (t == nil || t.ClientAuth < tls.VerifyClientCertIfGiven) {
		return fmt.Errorf("peer %q: a name needs TLS that verifies client certificates", p.Label)
	}
	return nil
}

// is reports whether the other end of a connection is this peer.
func (p Peer) is(from netip.Addr, state *tls.ConnectionState) bool {
	if len(p.From) > 0 && !slices.ContainsFunc(p.From, func(n netip.Prefix) bool { return n.Contains(from) }) {
		return false
	}
	if p.Key == "" && p.Name == "" {
		return true
	}
	if state == nil || len(state.PeerCertificates) == 0 {
		return false
	}
	certificate := state.PeerCertificates[0]
	if p.Key != "" && !strings.EqualFold(p.Key, KeyOf(certificate)) {
		return false
	}
	return p.Name == "" || len(state.VerifiedChains) > 0 && certificate.VerifyHostname(p.Name) == nil
}

// KeyOf is the Key of a Peer that has this certificate.
func KeyOf(c *x509.Certificate) string {
	digest := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(digest[:])
}

// addressOf is where a connection comes from; the zero Addr when it does not say.
func addressOf(c net.Conn) netip.Addr {
	from, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr().Unmap().WithZone("")
}
