package mllp_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"concord/fhir"
	"concord/gateway/mllp"
	"concord/gateway/outbound"
	"concord/mappings/hl7v2"
)

func within(t testing.TB, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}

func parse(t testing.TB, text string) *hl7v2.Message {
	t.Helper()
	m, err := hl7v2.Parse([]byte(text), hl7v2.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// scripted is another system that says these frames, one entry for each message that it gets, and hangs up on "".
func scripted(t *testing.T, says ...string) (string, *atomic.Int64) {
	t.Helper()
	on, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = on.Close() })
	var got atomic.Int64
	go func() {
		for {
			conn, err := on.Accept()
			if err != nil {
				return
			}
			p := talkOver(t, conn)
			for p.answer() != "gone" { // it reads a message as well
				n := int(got.Add(1)) - 1
				if n >= len(says) || says[n] == "" {
					_ = conn.Close()
					break
				}
				if _, err := conn.Write([]byte(says[n])); err != nil {
					break
				}
			}
		}
	}()
	return on.Addr().String(), &got
}

func says(code, id, rest string) string {
	return framed("MSH|^~\\&|HUB||W||20260301||ACK|1|P|2.5.1\rMSA|" + code + "|" + id + "\r" + rest)
}

func TestSenderGoesOnUntilThereIsAnAnswer(t *testing.T) {
	t.Parallel()
	busy := says("AR", "M1", "ERR|||207|E\r")
	for _, c := range []struct {
		name, acks string
		says       []string
		want       hl7v2.AckCode
		sent       int64
	}{
		{"accepted", "", []string{says("AA", "M1", "")}, "AA", 1},
		{"refused for good", "", []string{says("AE", "M1", "ERR||PID^1^3|103|E\r")}, "AE", 1},
		{"rejected for good", "", []string{says("AR", "M1", "ERR||MSH^1^9|200|E\r")}, "AR", 1},
		{"the other's own fault", "", []string{busy, busy, says("AA", "M1", "")}, "AA", 3},
		{"hung up on", "", []string{"", "", says("AA", "M1", "")}, "AA", 3},
		{"no acknowledgement in time", "", []string{"noise", says("AA", "M1", "")}, "AA", 2},
		{"half an acknowledgement", "", []string{"\vMSH|^~\\&|", says("AA", "M1", "")}, "AA", 2},
		{"an acknowledgement that cannot be read", "", []string{framed("hello"), says("AA", "M1", "")}, "AA", 2},
		{"acknowledgements of other messages before", "", []string{says("AA", "M0", "") + says("AE", "M7", "") + says("AA", "M1", "")}, "AA", 1},
		{"kept safe, which was all it asked", "AL|NE", []string{says("CA", "M1", "")}, "CA", 1},
		{"kept safe, then refused", "AL|AL", []string{says("CA", "M1", "") + says("AE", "M1", "")}, "AE", 1},
		{"kept safe, and nothing more", "AL|AL", []string{says("CA", "M1", "")}, "CA", 1},
		{"not kept", "AL|AL", []string{says("CE", "M1", "")}, "CE", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			addr, got := scripted(t, c.says...)
			s := sender(t, addr, func(c *mllp.SenderConfig) { c.Answer = time.Second })
			answer, err := s.Send(t.Context(), parse(t, message("W", "M1", "A01", c.acks)))
			if err != nil || answer.Code != c.want {
				t.Errorf("got %s, %v, want %s", answer.Code, err, c.want)
			}
			if n := got.Load(); n != c.sent {
				t.Errorf("it was sent %d times, want %d", n, c.sent)
			}
		})
	}
}

func TestSenderRefuses(t *testing.T) {
	t.Parallel()
	addr, got := scripted(t)
	s := sender(t, addr, nil)
	for name, text := range map[string]string{
		"no control id":          message("W", "", "A01", ""),
		"no acknowledgement":     message("W", "M1", "A01", "NE|NE"),
		"acknowledgement of bad": message("W", "M1", "A01", "ER|ER"),
	} {
		_, err := s.Send(t.Context(), parse(t, text))
		if _, ok := errors.AsType[*fhir.Error](err); !ok {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if got.Load() != 0 {
		t.Error("something was sent")
	}
}

func TestSenderEndsWithItsContext(t *testing.T) {
	t.Parallel()
	addr, _ := scripted(t, "noise")
	s := sender(t, addr, nil)
	ctx, cancel := within(t, 50*time.Millisecond)
	defer cancel()
	if _, err := s.Send(ctx, parse(t, admit("W", 1))); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Send(t.Context(), parse(t, admit("W", 1))); !errors.Is(err, mllp.ErrClosed) {
		t.Errorf("after Close the error is %v", err)
	}
}

func TestSenderCallsNobodyInside(t *testing.T) {
	t.Parallel()
	addr, got := scripted(t, says("AA", "M1", ""))
	s := sender(t, addr, func(c *mllp.SenderConfig) { c.Outbound = outbound.Config{} })
	ctx, cancel := within(t, 50*time.Millisecond)
	defer cancel()
	if _, err := s.Send(ctx, parse(t, admit("W", 1))); err == nil || got.Load() != 0 {
		t.Errorf("a private address was called: %v", err)
	}
}
