package outbound

import (
	"fmt"
	"net/netip"
	"syscall"
)

// reserved are ranges beyond those that netip itself tells apart: they lead into a network or nowhere.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by carriers
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // carries an IPv4 address
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"), // carries an IPv4 address
	netip.MustParsePrefix("2001::/32"), // likewise
}

// refusePrivate is a net.Dialer.Control: it sees the address after the name was resolved, so a name that points
// inside does not help.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the address to call: %w", err)
	}
	if !public(to.Addr()) {
		return ErrForbiddenAddress
	}
	return nil
}

// public reports whether the address is one of the open internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
