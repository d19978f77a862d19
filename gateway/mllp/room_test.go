package mllp_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/gateway/guard"
	"concord/gateway/mllp"
	"concord/mappings/hl7v2"
)

// document is a message with so many bytes of a document in it.
func document(id string, size int) string {
	return message("W", id, "A01", "") + "OBX|1|ED|||" + strings.Repeat("x", size) + "\r"
}

func TestWhatIsTooLongIsKeptByteForByte(t *testing.T) {
	t.Parallel()
	w := newWard()
	conf := config(w)
	conf.Limits.Message = hl7v2.Limits{Size: 100 << 10}
	_, addr, stop := serve(t, conf, "127.0.0.1:0")
	p := call(t, addr)
	long := document("M1", 5<<20)
	p.write(framed(long) + framed(admit("W", 2)))
	if got := p.answer(); !strings.Contains(got, "MSA|AE|M1") || !strings.Contains(got, "104^") {
		t.Errorf("got %q", got)
	}
	if got := p.answer(); got != "MSA|AA|M2" {
		t.Errorf("the next one got %q", got)
	}
	stop()
	if len(w.kept) != 1 || w.kept[0] != long {
		t.Error("it is not kept as it came")
	}
}

func TestLargeFramesOfAllConnectionsShareTheMemory(t *testing.T) {
	t.Parallel()
	w := newWard()
	conf := config(w)
	conf.Limits.Frame, conf.Limits.Memory = 1<<20, 3<<20
	conf.Limits.Message = hl7v2.Limits{Size: 1 << 20}
	var now, most atomic.Int32
	conf.Handle = func(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (mllp.Answer, error) {
		for n, peak := now.Add(1), most.Load(); n > peak && !most.CompareAndSwap(peak, n); peak = most.Load() {
		}
		time.Sleep(20 * time.Millisecond) // so that others would come in, if they could
		now.Add(-1)
		return w.handle(ctx, caller, m)
	}
	_, addr, _ := serve(t, conf, "127.0.0.1:0")
	var all []*peer
	for n := range 8 {
		p := call(t, addr)
		all = append(all, p)
		go func() { _, _ = p.conn.Write([]byte(framed(document(fmt.Sprint("M", n), 1000<<10)))) }() // its answer is looked at
	}
	for _, p := range all {
		if got := p.answer(); !strings.HasPrefix(got, "MSA|AA|") {
			t.Errorf("got %q", got)
		}
	}
	if n := most.Load(); n > 3 {
		t.Errorf("%d were in memory at once, and there is room for 3", n)
	}
}

func TestSmallFramesNeedNoRoom(t *testing.T) {
	t.Parallel()
	w := newWard()
	conf := config(w)
	conf.Limits.Frame, conf.Limits.Memory = 1<<20, 1<<20
	conf.Limits.Message = hl7v2.Limits{Size: 1 << 20}
	begun, release := make(chan struct{}, 1), make(chan struct{})
	conf.Handle = func(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (mllp.Answer, error) {
		if m.ControlID() == "M1" {
			begun <- struct{}{}
			<-release
		}
		return w.handle(ctx, caller, m)
	}
	_, addr, _ := serve(t, conf, "127.0.0.1:0")
	large, small := call(t, addr), call(t, addr)
	large.write(framed(document("M1", 1000<<10)))
	<-begun
	small.write(framed(admit("S", 2)))
	if got := small.answer(); got != "MSA|AA|M2" {
		t.Errorf("got %q", got)
	}
	close(release)
	large.answer()
}

func TestWhoWaitsTooLongForRoomSendsAgain(t *testing.T) {
	t.Parallel()
	w := newWard()
	conf := config(w)
	conf.Limits.Frame, conf.Limits.Memory, conf.Limits.Read = 1<<20, 1<<20, 200*time.Millisecond
	conf.Limits.Message = hl7v2.Limits{Size: 1 << 20}
	begun, release := make(chan struct{}, 1), make(chan struct{})
	conf.Handle = func(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (mllp.Answer, error) {
		begun <- struct{}{}
		<-release
		return w.handle(ctx, caller, m)
	}
	_, addr, _ := serve(t, conf, "127.0.0.1:0")
	first, second := call(t, addr), call(t, addr)
	first.write(framed(document("M1", 900<<10)))
	<-begun
	go func() { _, _ = second.conn.Write([]byte(framed(document("M2", 900<<10)))) }()
	if got := second.answer(); !strings.Contains(got, "MSA|AR|M2") || !strings.Contains(got, "207^") {
		t.Errorf("it got %q", got)
	}
	if got := second.answer(); got != "gone" {
		t.Errorf("then %q: what follows would overtake it", got)
	}
	close(release)
	if got := first.answer(); got != "MSA|AA|M1" {
		t.Errorf("got %q", got)
	}
	again := call(t, addr)
	again.write(framed(document("M2", 900<<10)))
	if got := again.answer(); got != "MSA|AA|M2" {
		t.Errorf("sent again it got %q", got)
	}
}
