package mllp_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"concord/gateway/mllp"
	"concord/mappings/hl7v2"
)

// One sender that begins large messages and does not end them would keep the documents of all others out.
func TestASlowPeerLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	w := newWard()
	conf := config(w)
	conf.Limits.Frame, conf.Limits.Memory, conf.Limits.Read = 1<<20, 4<<20, 5*time.Second
	conf.Limits.Message = hl7v2.Limits{Size: 1 << 20}
	slow := loopback
	slow.Label, slow.From = "slow", []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	conf.Peers = []mllp.Peer{slow, loopback}
	_, addr, _ := serve(t, conf, "127.0.0.1:0")
	for range 8 {
		from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
		conn, err := from.DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		p := talkOver(t, conn)
		go func() { _, _ = p.conn.Write([]byte(framed(document("S", 1000<<10))[:990<<10])) }() // it is held up as soon as there is no room
	}
	time.Sleep(300 * time.Millisecond) // until they hold what they can
	other := call(t, addr)
	began := time.Now()
	other.write(framed(document("M1", 900<<10)))
	if got := other.answer(); !strings.HasPrefix(got, "MSA|AA|M1") {
		t.Errorf("got %q", got)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it had to wait for %s", took)
	}
}
