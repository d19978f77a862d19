package mllp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord/fhir"
	"concord/gateway/guard"
	"concord/gateway/mllp"
	"concord/mappings/hl7v2"
)

// ward is a small record behind a Listener, which obeys the rule of keys: it is what Handle asks for.
type ward struct {
	mu    sync.Mutex
	known map[string]entry
	order map[string][]string // control ids by sender, as they were stored
	kept  []string
	again int
}

type entry struct {
	hash   [32]byte
	answer mllp.Answer
}

func newWard() *ward { return &ward{known: map[string]entry{}, order: map[string][]string{}} }

func (w *ward) handle(_ context.Context, caller guard.Caller, m *hl7v2.Message) (mllp.Answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key, err := m.Key()
	if err != nil {
		return mllp.Answer{}, err
	}
	key = caller.Client + "\r" + key
	if known, ok := w.known[key]; ok {
		w.again++
		if known.hash != m.Hash() {
			return mllp.Answer{}, &fhir.Error{Kind: fhir.Conflict, Issues: []fhir.Issue{{
				Code: fhir.Conflict, Expression: "MSH-10", Diagnostics: "another message had this control id: give each its own",
			}}}
		}
		return known.answer, nil
	}
	answer := mllp.Answer{}
	switch m.Event() {
	case "A99":
		return answer, &fhir.Error{Kind: fhir.NotSupported, Issues: []fhir.Issue{{Code: fhir.NotSupported, Expression: "MSH-9.2", Diagnostics: "no definition takes this event"}}}
	case "A98":
		return answer, errors.New("the disk is full of Amina's data")
	case "A97":
		panic("Amina")
	case "A96":
		answer = mllp.Answer{Code: hl7v2.ApplicationError, Kept: true, Faults: []hl7v2.Fault{{Code: hl7v2.DataType, Location: hl7v2.Path{Segment: "PID", Field: 7}}}}
	}
	w.known[key] = entry{m.Hash(), answer}
	sender := m.Get(hl7v2.Path{Segment: "MSH", Field: 3}).Text()
	w.order[sender] = append(w.order[sender], m.ControlID())
	return answer, nil
}

func (w *ward) keep(_ context.Context, _ guard.Caller, raw []byte, _ []hl7v2.Fault) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if bytes.Contains(raw, []byte("full")) {
		return errors.New("there is no room")
	}
	w.kept = append(w.kept, string(raw))
	return nil
}

func (w *ward) stored() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.known)
}

var loopback = mllp.Peer{
	Label: "ward", From: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Caller: guard.Caller{Client: "ward"},
}

var ids atomic.Int64

func config(w *ward) mllp.Config {
	return mllp.Config{
		Peers: []mllp.Peer{loopback}, Handle: w.handle, Keep: w.keep, Now: time.Now,
		NewID: func() string { return fmt.Sprintf("id%d", ids.Add(1)) }, Log: slog.New(slog.DiscardHandler),
	}
}

// serve starts a Listener, and ends it with the test. stop ends it before.
func serve(t testing.TB, c mllp.Config, addr string) (*mllp.Listener, string, func()) {
	t.Helper()
	l, err := mllp.NewListener(c)
	if err != nil {
		t.Fatal(err)
	}
	on, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx, on) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return l, on.Addr().String(), stop
}

// peer is the other end of a connection, by hand.
type peer struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func call(t testing.TB, addr string) *peer {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return talkOver(t, conn)
}

func talkOver(t testing.TB, conn net.Conn) *peer {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &peer{t, conn, bufio.NewReader(conn)}
}

func (p *peer) write(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.t.Fatal(err)
	}
}

// answer reads one acknowledgement as its segments after MSH; "gone" when the connection ended.
func (p *peer) answer() string {
	p.t.Helper()
	frame, err := p.in.ReadBytes('\r')
	for err == nil && !bytes.HasSuffix(frame, []byte("\x1c\r")) {
		var more []byte
		more, err = p.in.ReadBytes('\r')
		frame = append(frame, more...)
	}
	if err != nil {
		return "gone"
	}
	_, rest, _ := strings.Cut(string(frame), "\r")
	return strings.TrimSuffix(strings.TrimSuffix(rest, "\x1c\r"), "\r")
}

func framed(message string) string { return "\v" + message + "\x1c\r" }

func admit(sender string, n int) string { return message(sender, fmt.Sprint("M", n), "A01", "") }

func message(sender, id, event, acks string) string {
	return "MSH|^~\\&|" + sender + "|NORTH|HUB|REGION|20260301120000||ADT^" + event + "|" + id + "|P|2.5.1|||" + acks +
		"\rEVN||20260301120000\rPID|1||4010232137^^^NHS^NH\r"
}
