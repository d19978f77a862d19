package postgres_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"concord/fhir"
	"concord/gateway/guard"
	"concord/gateway/postgres"
)

// line passes bytes between nodes and the shared server, until it is cut: then nodes hear nothing more, while the
// server gets a moment to do what it was told.
type line struct {
	mu    sync.Mutex
	calls []net.Conn
}

func (l *line) listen(t *testing.T, dir string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			l.mu.Lock()
			l.calls = append(l.calls, client)
			l.mu.Unlock()
			go pass(client)
		}
	}()
}

func pass(client net.Conn) {
	server, err := (&net.Dialer{}).DialContext(context.Background(), "unix", filepath.Join(shared.server.dir, ".s.PGSQL.5432"))
	if err != nil {
		_ = client.Close()
		return
	}
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	_, _ = io.Copy(server, client)
	time.Sleep(3 * time.Millisecond)
	_ = server.Close()
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, call := range l.calls {
		_ = call.Close()
	}
	l.calls = nil
}

// Whether a transaction was done whose answer was lost is found out, and then it is not done twice.
func TestALineThatBreaksLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	url, sockets := clone(t), t.TempDir()
	l := &line{}
	l.listen(t, sockets)
	dir := t.TempDir()
	s := open(t, node(postgres.URL("postgres://concord@/"+databaseOf(url)+"?host="+sockets), dir))
	all := said{map[string]bool{}, map[string]bool{}}
	var mu sync.Mutex
	ctx, end := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("%d-%d", w, i)
				_, err := s.Commit(context.WithoutCancel(ctx), goal(id))
				if kindOf(err) == fhir.Transient {
					continue // the line was cut too often
				}
				if err != nil {
					t.Errorf("got %v", err)
					return
				}
				mu.Lock()
				all.commits[id], all.appends[id] = true, true
				mu.Unlock()
			}
		})
	}
	for range 40 {
		time.Sleep(20 * time.Millisecond)
		l.cut()
	}
	end()
	wait.Wait()
	if len(all.commits) < 40 {
		t.Errorf("%d commits show little", len(all.commits))
	}
	check(t, s, all)
	err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
		for id := range all.commits {
			history, err := v.History(fhir.Ref{Type: "Goal", ID: fhir.ID(id)})
			if err != nil {
				return err
			}
			if len(history) != 1 {
				t.Errorf("%s has %d versions", id, len(history))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if report := verify(t, url, dir); !report.OK() || report.Uncovered != 0 {
		t.Errorf("the trail: %+v", report)
	}
}
