package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/fhir"
	"concord/gateway/guard"
	"concord/gateway/sqlite"
)

// crashDir names the folder in which this binary, started again, writes until it is killed.
const crashDir = "CONCORD_SQLITE_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		storm(dir)
	}
	os.Exit(m.Run())
}

// stormPortion is how many events of the storm are filed at once: it is killed also while that is done.
const stormPortion = 64

// storm commits and appends from many goroutines for ever, and says on stdout what was acknowledged.
func storm(dir string) {
	s, err := sqlite.Open(context.Background(), config(dir).Portions(stormPortion))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var mu sync.Mutex // one line at a time
	say := func(kind, id string, err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		mu.Lock()
		defer mu.Unlock()
		_, _ = os.Stdout.WriteString(kind + " " + id + "\n")
	}
	var wait sync.WaitGroup
	run := rand.Uint64()
	for w := range 16 {
		wait.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%x-%d-%d", run, w, i)
				if w%2 == 0 {
					_, err := s.Commit(context.Background(), goal(id))
					say("commit", id, err)
					continue
				}
				say("append", id, s.Append(context.Background(), goal(id).Events...))
			}
		})
	}
	wait.Wait()
}

func TestNothingAcknowledgedIsLostWhenKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes and kills them")
	}
	dir := t.TempDir()
	commits, appends := map[string]bool{}, map[string]bool{}
	for range 5 {
		killed(t, dir, func(kind, id string) {
			if kind == "commit" {
				commits[id] = true
			}
			appends[id] = true
		})
		c := config(dir).Portions(stormPortion)
		if report := verify(t, c); !report.OK() {
			t.Fatalf("before opening again: %q", report.Findings)
		}
		s := open(t, c)
		check(t, s, commits, appends)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if report := verify(t, c); !report.OK() || report.Uncovered != 0 {
			t.Fatalf("after opening again: %+v", report)
		}
	}
	if len(commits) == 0 || len(appends) == len(commits) {
		t.Errorf("the storm acknowledged %d commits and %d events: too little to show anything", len(commits), len(appends))
	}
}

// killed runs the storm, kills it at some moment and gives what it had acknowledged by then.
func killed(t *testing.T, dir string, said func(kind, id string)) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	lines := bufio.NewReader(out)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // half a line was not said
		}
		kind, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		said(kind, id)
		if n == 20 {
			kill.Reset(time.Duration(rand.IntN(300)) * time.Millisecond)
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the storm ended by itself: %v", err)
	}
}

// check looks for everything that was acknowledged, whole.
func check(t *testing.T, s *sqlite.Store, commits, appends map[string]bool) {
	t.Helper()
	err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
		for id := range commits {
			got, err := v.Current(fhir.Ref{Type: "Goal", ID: fhir.ID(id)})
			if err != nil {
				return err
			}
			if got == nil || string(got.JSON) != string(goal(id).Put[0].Version.JSON) || got.Facts == nil {
				t.Errorf("commit %s was acknowledged and is not there", id)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Looked(t.Context(), "p", time.Time{}, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, e := range events {
		kept[strings.TrimPrefix(e.ID, "e-")] = true
	}
	for id := range appends {
		if !kept[id] {
			t.Errorf("event %s was acknowledged and is not there", id)
		}
	}
}
