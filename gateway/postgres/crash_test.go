package postgres_test

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
	"concord/gateway/postgres"
)

// crashURL and crashDir name the database and the folder with which this binary, started again, is a node that
// writes until it is killed.
const (
	crashURL = "CONCORD_POSTGRES_CRASH_URL"
	crashDir = "CONCORD_POSTGRES_CRASH_DIR"
)

// storm commits and appends from many goroutines for ever, and says on stdout what was acknowledged.
func storm() {
	c := node(postgres.URL(os.Getenv(crashURL)), os.Getenv(crashDir))
	c.NewID = func() string { return fmt.Sprintf("writer-%x", rand.Uint64()) }
	s, err := postgres.Open(context.Background(), c)
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

// said is what a storm acknowledged.
type said struct{ commits, appends map[string]bool }

func TestNothingAcknowledgedIsLostWhenKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes and kills them")
	}
	s := durable(t)
	all := said{map[string]bool{}, map[string]bool{}}
	dir := t.TempDir()
	for range 4 {
		killed(t, s.url("postgres"), dir, all)
		if report := verify(t, s.url("postgres"), dir); !report.OK() {
			t.Fatalf("before opening again: %q", report.Findings)
		}
		n := open(t, node(s.url("postgres"), dir))
		check(t, n, all)
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		if report := verify(t, s.url("postgres"), dir); !report.OK() || report.Uncovered != 0 {
			t.Fatalf("after opening again: %+v", report)
		}
	}
	if len(all.commits) == 0 || len(all.appends) == len(all.commits) {
		t.Errorf("the storm acknowledged %d commits and %d events: too little to show anything", len(all.commits), len(all.appends))
	}
}

// durable is a server of the test's own that syncs.
func durable(t *testing.T) *server {
	t.Helper()
	s, err := newServer(true)
	absent(t, err)
	t.Cleanup(func() {
		s.stop()
		_ = os.RemoveAll(s.dir)
	})
	return s
}

// killed runs the storm, kills it at some moment and adds what it had acknowledged by then.
func killed(t *testing.T, url postgres.URL, dir string, all said) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashURL+"="+string(url), crashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	lines := bufio.NewReader(out)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // half a line was not said
		}
		kind, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		if kind == "commit" {
			all.commits[id] = true
		}
		all.appends[id] = true
		if n == 20 {
			kill.Reset(time.Duration(rand.IntN(300)) * time.Millisecond)
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the storm ended by itself: %v", err)
	}
}

// check looks for everything that was acknowledged, whole.
func check(t *testing.T, s *postgres.Store, all said) {
	t.Helper()
	err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
		for id := range all.commits {
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
	kept := map[string]int{}
	for _, e := range events {
		kept[strings.TrimPrefix(e.ID, "e-")]++
	}
	for id := range all.appends {
		if kept[id] != 1 {
			t.Errorf("event %s was acknowledged and is there %d times", id, kept[id])
		}
	}
}
