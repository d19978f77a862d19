package mllp_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/gateway/guard"
	"concord/gateway/mllp"
	"concord/mappings/hl7v2"
)

func TestEachMessageIsAnswered(t *testing.T) {
	t.Parallel()
	ok := message("W", "M1", "A01", "")
	for _, c := range []struct {
		name string
		send []string
		want []string
		kept int
	}{
		{"accepted", []string{framed(ok)}, []string{"MSA|AA|M1"}, 0},
		{"sent again", []string{framed(ok), framed(ok)}, []string{"MSA|AA|M1", "MSA|AA|M1"}, 0},
		{
			"another under the same control id",
			[]string{framed(ok), framed(ok + "NK1|1\r")},
			[]string{"MSA|AA|M1", "MSA|AE|M1\rERR||MSH^1^10|205^Duplicate key identifier^HL70357|E|||R|another message had this control id: give each its own"},
			0,
		},
		{
			"a type that nobody takes, and the next is not held up",
			[]string{framed(message("W", "M1", "A99", "")), framed(message("W", "M2", "A01", ""))},
			[]string{"MSA|AR|M1\rERR||MSH^1^9^1^2|201^Unsupported event code^HL70357|E|||R|no definition takes this event", "MSA|AA|M2"},
			0,
		},
		{
			"a fault of ours ends the connection, so that nothing overtakes",
			[]string{framed(message("W", "M1", "A98", "")) + framed(message("W", "M2", "A01", ""))},
			[]string{"MSA|AR|M1\rERR|||207^Application internal error^HL70357|E|||R|the fault is ours: send the message again later", "gone"},
			0,
		},
		{
			"a bug behind likewise",
			[]string{framed(message("W", "M1", "A97", ""))},
			[]string{"MSA|AR|M1\rERR|||207^Application internal error^HL70357|E|||R|the fault is ours: send the message again later", "gone"},
			0,
		},
		{
			"refused and kept, asked only whether it is kept",
			[]string{framed(message("W", "M1", "A96", "AL|NE"))},
			[]string{"MSA|CA|M1"},
			0,
		},
		{
			"refused and kept, asked both",
			[]string{framed(message("W", "M1", "A96", "AL|AL"))},
			[]string{"MSA|CA|M1", "MSA|AE|M1\rERR||PID^1^7|102^Data type error^HL70357|E"},
			0,
		},
		{"both acknowledgements", []string{framed(message("W", "M1", "A01", "AL|AL"))}, []string{"MSA|CA|M1", "MSA|AA|M1"}, 0},
		{"none asked for", []string{framed(message("W", "M1", "A01", "NE|NE")), framed(message("W", "M2", "A01", ""))}, []string{"MSA|AA|M2"}, 0},
		{
			"a message for training",
			[]string{framed(strings.Replace(ok, "|P|", "|T|", 1))},
			[]string{"MSA|AR|M1\rERR||MSH^1^11|202^Unsupported processing id^HL70357|E|||R|messages of this processing id are not taken here: production messages have P"},
			1,
		},
		{
			"an unknown version",
			[]string{framed(strings.Replace(ok, "|2.5.1|", "|3.0|", 1))},
			[]string{"MSA|AR|M1\rERR||MSH^1^12|203^Unsupported version id^HL70357|E|||R|this version of HL7 v2 is not read here: send one of 2.2, 2.3, 2.3.1, 2.4, 2.5, 2.5.1, 2.6, 2.7, 2.7.1, 2.8, 2.8.1, 2.8.2"},
			1,
		},
		{
			"a line end within a field",
			[]string{framed(ok + "NTE|1||one\rtwo\r")},
			[]string{"MSA|AE|M1\rERR||NTE^1|100^Segment sequence error^HL70357|E|||R|line 5 of the message does not begin with the name of a segment: escape a line end inside a field as \\E\\.br\\E\\"},
			1,
		},
		{
			"what is no message, and the next is not held up",
			[]string{framed("hello"), framed(ok)},
			[]string{"MSA|AE|\rERR||MSH^1|100^Segment sequence error^HL70357|E|||R|a message begins with MSH and its encoding characters: MSH\\F\\\\S\\\\R\\\\E\\\\T\\\\F\\", "MSA|AA|M1"},
			1,
		},
		{
			"what cannot be kept may not be given up by its sender",
			[]string{framed("the disk is full")},
			[]string{"MSA|AR|\rERR|||207^Application internal error^HL70357|E|||R|the fault is ours: send the message again later", "gone"},
			0,
		},
		{
			"one that is too long to be read is kept, and the next is not held up",
			[]string{framed(ok + "OBX|" + strings.Repeat("x", 5000) + "\r"), framed(ok)},
			[]string{"MSA|AE|M1\rERR|||104^Value too long^HL70357|E|||R|more than the limit \"size\" allows (4096): send it in smaller messages", "MSA|AA|M1"},
			1,
		},
		{
			"one that is too long to be kept, and the next is not held up",
			[]string{framed(ok + "OBX|" + strings.Repeat("x", 200_000) + "\r"), framed(ok)},
			[]string{"MSA|AE|M1\rERR|||104^Value too long^HL70357|E|||R|the message is larger than 131072 bytes and was NOT kept: send what is in it in smaller messages, or documents apart", "MSA|AA|M1"},
			0,
		},
		{
			"an end block inside, kept whole, and the next is not held up",
			[]string{framed(ok + "OBX|a\x1cb\r"), framed(message("W", "M2", "A01", ""))},
			[]string{"MSA|AE|M1\rERR|||100^Segment sequence error^HL70357|E|||R|the frame does not end with <FS><CR>: a message has no FS in it, and a CR follows the one at the end", "MSA|AA|M2"},
			1,
		},
		{"noise between", []string{"hello\r\n" + framed(ok) + "\r\n\x00"}, []string{"MSA|AA|M1"}, 0},
		{"all at once, answered in order", []string{framed(admit("W", 1)) + framed(admit("W", 2)) + framed(admit("W", 3))}, []string{"MSA|AA|M1", "MSA|AA|M2", "MSA|AA|M3"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWard()
			var log bytes.Buffer
			conf := config(w)
			conf.Limits.Message, conf.Limits.Frame = hl7v2.Limits{Size: 4096}, 128<<10
			conf.Log = slog.New(slog.NewJSONHandler(&log, nil))
			conf.NewID = func() string { return "R" }
			_, addr, stop := serve(t, conf, "127.0.0.1:0")
			p := call(t, addr)
			var got []string
			for _, text := range c.send {
				p.write(text)
			}
			for range c.want {
				got = append(got, strings.ReplaceAll(p.answer(), "request R", "R"))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			stop()
			if len(w.kept) != c.kept {
				t.Errorf("%d messages were kept, want %d", len(w.kept), c.kept)
			}
			for _, content := range []string{"4010232137", "hello", `"M1"`} {
				if strings.Contains(log.String(), content) {
					t.Errorf("the log tells content: %s", log.String())
				}
			}
		})
	}
}

func TestCountsTellWhatWasMet(t *testing.T) {
	t.Parallel()
	l, addr, _ := serve(t, config(newWard()), "127.0.0.1:0")
	p := call(t, addr)
	p.write("xy" + framed(admit("W", 1)) + framed(message("W", "M2", "A99", "")) + "\vcut" + framed(message("W", "M3", "A98", "")))
	for range 3 {
		p.answer()
	}
	want := mllp.Counts{Connections: 1, Accepted: 1, Refused: 2, Faults: 1, Malformed: 1, Garbage: 2}
	for deadline := time.Now().Add(10 * time.Second); l.Counts() != want && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // the answer is counted after it is written
	}
	if diff := cmp.Diff(want, l.Counts()); diff != "" {
		t.Error(diff)
	}
}

func TestSlowPeersAreLeft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, send string }{
		{"one that says nothing", ""},
		{"one that stops within a message", "\vMSH|"},
		{"one that stops before the last byte", "\v" + admit("W", 1) + "\x1c"},
		{"one that sends noise", "noise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conf := config(newWard())
			conf.Limits.Idle, conf.Limits.Read = 50*time.Millisecond, 50*time.Millisecond
			_, addr, _ := serve(t, conf, "127.0.0.1:0")
			p := call(t, addr)
			p.write(c.send)
			if got := p.answer(); got != "gone" {
				t.Errorf("it was answered %q", got)
			}
		})
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	conf := config(newWard())
	conf.Limits.Connections = 2
	l, addr, _ := serve(t, conf, "127.0.0.1:0")
	for n := range 2 {
		p := call(t, addr)
		p.write(framed(admit("W", n)))
		p.answer()
	}
	if got := call(t, addr).answer(); got != "gone" {
		t.Errorf("a third connection was answered %q", got)
	}
	if got := l.Counts().Turned; got != 1 {
		t.Errorf("%d connections were turned away, want 1", got)
	}
}

func TestASenderThatDoesNotWaitIsHeldBack(t *testing.T) {
	t.Parallel()
	w := newWard()
	conf := config(w)
	release := make(chan struct{})
	conf.Handle = func(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (mllp.Answer, error) {
		<-release
		return w.handle(ctx, caller, m)
	}
	conf.Limits.InFlight = 2
	_, addr, _ := serve(t, conf, "127.0.0.1:0")
	p := call(t, addr)
	large := strings.TrimSuffix(admit("W", 1), "\r") + "|" + strings.Repeat("x", 1<<20) + "\r"
	wrote := make(chan int, 1)
	go func() {
		n := 0
		for range 64 {
			if err := p.conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
				break
			}
			if _, err := p.conn.Write([]byte(framed(large))); err != nil {
				break
			}
			n++
		}
		wrote <- n
	}()
	if n := <-wrote; n == 64 {
		t.Error("64 MB were taken while the first message was not handled")
	}
	close(release)
}

func TestWhatHasBegunIsFinishedAndAnswered(t *testing.T) {
	t.Parallel()
	w := newWard()
	conf := config(w)
	begun, release := make(chan struct{}), make(chan struct{})
	conf.Handle = func(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (mllp.Answer, error) {
		if m.ControlID() == "M1" {
			close(begun)
			<-release
		}
		if err := ctx.Err(); err != nil {
			return mllp.Answer{}, err
		}
		return w.handle(ctx, caller, m)
	}
	_, addr, stop := serve(t, conf, "127.0.0.1:0")
	idle, p := call(t, addr), call(t, addr)
	p.write(framed(admit("W", 1)) + framed(admit("W", 2)))
	<-begun
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stop()
	}()
	if got := idle.answer(); got != "gone" {
		t.Errorf("a connection on which nothing happens got %q", got)
	}
	close(release)
	if got := p.answer(); got != "MSA|AA|M1" {
		t.Errorf("got %q", got)
	}
	if got := p.answer(); got != "gone" || w.stored() != 1 {
		t.Errorf("then got %q, and %d messages are stored", got, w.stored())
	}
	<-stopped
}
