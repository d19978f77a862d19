package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// asConcord, when it is set, makes this binary concord itself, so that a test can kill it as nothing else can be killed.
const asConcord = "CONCORD_TEST_AS_CONCORD"

func TestMain(m *testing.M) {
	if os.Getenv(asConcord) != "" {
		main()
	}
	os.Exit(m.Run())
}

// victim is concord in a process of its own, that dies and is started again.
type victim struct {
	t      *testing.T
	args   []string
	stderr *buffer

	mu    sync.Mutex
	cmd   *exec.Cmd
	doors []string // where it listens for HL7 v2 at the moment, in the order of its flags; empty while it is down
	ready chan struct{}
}

// rise starts the process. It is told where it listens as soon as it says so; ready is closed then.
func (v *victim) rise() {
	v.t.Helper()
	cmd := exec.Command(os.Args[0], v.args...)
	cmd.Env = append(os.Environ(), asConcord+"=yes")
	cmd.Stderr = v.stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	ready := make(chan struct{})
	v.mu.Lock()
	v.cmd, v.ready = cmd, ready
	v.mu.Unlock()
	go func() {
		var doors []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if door, ok := strings.CutPrefix(lines.Text(), "mllp "); ok {
				doors = append(doors, door)
			}
			if strings.HasPrefix(lines.Text(), "ready ") {
				v.mu.Lock()
				if v.cmd == cmd {
					v.doors = doors
				}
				v.mu.Unlock()
				close(ready)
			}
		}
	}()
}

// door is where the process listens for the nth organisation; empty while it does not.
func (v *victim) door(n int) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if n >= len(v.doors) {
		return ""
	}
	return v.doors[n]
}

// up waits until the process serves.
func (v *victim) up() {
	v.t.Helper()
	v.mu.Lock()
	ready := v.ready
	v.mu.Unlock()
	select {
	case <-ready:
	case <-time.After(30 * time.Second):
		v.t.Fatalf("concord is not ready\n%s", v.stderr)
	}
}

// fall ends the process by a signal: os.Kill asks it nothing.
func (v *victim) fall(by os.Signal) {
	v.t.Helper()
	v.mu.Lock()
	cmd := v.cmd
	v.doors, v.cmd = nil, nil
	v.mu.Unlock()
	if cmd == nil {
		return
	}
	if err := cmd.Process.Signal(by); err != nil {
		v.t.Errorf("concord ended by itself: %v\n%s", err, v.stderr)
	}
	if err := cmd.Wait(); by == os.Kill && (err == nil || !strings.Contains(err.Error(), "killed")) {
		v.t.Errorf("concord ended by itself: %v\n%s", err, v.stderr)
	}
}
