package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// badLine passes bytes both ways between an address that stays and wherever to says, and cuts each connection after some of
// them: in a frame, behind it, in its answer, wherever it comes to.
func badLine(t *testing.T, seed uint64, to func() string) string {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	chance := rand.New(rand.NewPCG(seed, 33))
	open.Go(func() {
		for {
			near, err := on.Accept()
			if err != nil {
				return
			}
			far, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", to())
			if err != nil { // it is down at the moment
				_ = near.Close()
				continue
			}
			forth, back := int64(1+chance.IntN(40_000)), int64(1+chance.IntN(40_000))
			open.Go(func() { carry(far, near, forth) })
			open.Go(func() { carry(near, far, back) })
		}
	})
	t.Cleanup(func() {
		_ = on.Close()
		open.Wait()
	})
	return on.Addr().String()
}

func carry(to, from net.Conn, most int64) {
	_, _ = io.CopyN(to, from, most) // ends where it is cut, or where an end hangs up
	_ = to.Close()
	_ = from.Close()
}
