package outbound

import "net"

// NewDialer makes the dialler for protocols other than HTTP. It refuses the same addresses as the client does, and
// waits no longer than Timeout for a connection.
func NewDialer(c Config) *net.Dialer {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	dialer := &net.Dialer{Timeout: c.Timeout}
	if !c.ClosedNetwork {
		dialer.Control = refusePrivate
	}
	return dialer
}
