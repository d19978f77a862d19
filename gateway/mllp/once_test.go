package mllp_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"concord/gateway/guard"
	"concord/gateway/mllp"
	"concord/mappings/hl7v2"
)

// cutting passes bytes both ways to wherever to says, and cuts each connection after some of them.
func cutting(t *testing.T, to func() string, seed uint64) string {
	t.Helper()
	on, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	chance := rand.New(rand.NewPCG(seed, 1))
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
			forth, back := int64(1+chance.IntN(12_000)), int64(1+chance.IntN(12_000))
			open.Go(func() { pass(far, near, forth) })
			open.Go(func() { pass(near, far, back) })
		}
	})
	t.Cleanup(func() {
		_ = on.Close()
		open.Wait()
	})
	return on.Addr().String()
}

func pass(to, from net.Conn, most int64) {
	_, _ = io.CopyN(to, from, most) // ends where it is cut, or where an end hangs up
	_ = to.Close()
	_ = from.Close()
}

// TestEachMessageOnceAndInOrder is the promise of the package: whatever is cut, and however often the receiver dies,
// each message is stored once, in the order of its sender, and each sender gets the first answer.
func TestEachMessageOnceAndInOrder(t *testing.T) {
	t.Parallel()
	const senders, each = 8, 1250
	w := newWard()
	var where sync.Mutex
	chance := rand.New(rand.NewPCG(7, 2))
	conf := config(w)
	conf.Handle = func(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (mllp.Answer, error) {
		where.Lock()
		dies := chance.IntN(100)
		where.Unlock()
		if dies == 0 {
			return mllp.Answer{}, errors.New("died before it was stored")
		}
		answer, err := w.handle(ctx, caller, m)
		if dies == 1 {
			return mllp.Answer{}, errors.New("died before it was answered")
		}
		return answer, err
	}
	addr := ""
	var stop func()
	start := func() {
		_, a, end := serve(t, conf, "127.0.0.1:0")
		where.Lock()
		defer where.Unlock()
		addr, stop = a, end
	}
	start()
	through := cutting(t, func() string {
		where.Lock()
		defer where.Unlock()
		return addr
	}, 7)

	var work sync.WaitGroup
	var resent [senders]uint64
	for n := range senders {
		name := string(rune('A' + n))
		s := sender(t, through, nil)
		work.Go(func() {
			for i := range each {
				answer, err := s.Send(t.Context(), parse(t, admit(name, i)))
				if err != nil || answer.Code != "AA" {
					t.Errorf("%s %d: %s, %v", name, i, answer.Code, err)
					return
				}
			}
			resent[n] = s.Counts().Resent
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		work.Wait()
	}()
	kills := 0
	for alive := true; alive; {
		select {
		case <-done:
			alive = false
		case <-time.After(50 * time.Millisecond):
			stop() // what it had read and not handled is lost with it
			start()
			kills++
		}
	}

	if got := w.stored(); got != senders*each {
		t.Errorf("%d messages are stored, want %d", got, senders*each)
	}
	var again uint64
	for n := range senders {
		name := string(rune('A' + n))
		again += resent[n]
		for i, id := range w.order[name] {
			if want := parse(t, admit(name, i)).ControlID(); id != want {
				t.Fatalf("sender %s: %s stands where %s should", name, id, want)
			}
		}
	}
	if again == 0 || w.again == 0 {
		t.Errorf("nothing was cut: %d sent again, %d known again", again, w.again)
	}
	t.Logf("%d sent again, %d known again, %d restarts", again, w.again, kills)
}
