package redis_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"concord/gateway/redis"
)

// server is a real redis-server of one test.
type server struct {
	t    testing.TB
	addr string
	args []string
	cmd  *exec.Cmd
}

// startServer starts a redis-server on a free port, with the further arguments.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CONCORD_CI") != "" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	s := &server{t: t, args: args}
	t.Cleanup(s.kill)
	for range 5 { // somebody else may take the port first
		s.addr = freeAddr(t)
		if s.start() {
			return s
		}
	}
	t.Fatal("redis-server did not start")
	return nil
}

// freeAddr is below the ports that the system gives out by itself, and leaves room for a cluster's second port.
func freeAddr(t testing.TB) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		port := l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if port < 65536-10000 {
			return addr
		}
	}
}

// start starts it, empty, on its address, and waits until it answers.
func (s *server) start() bool {
	s.t.Helper()
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	args := append([]string{"--bind", host, "--port", port, "--dir", s.t.TempDir(), "--save", "", "--appendonly", "no"}, s.args...)
	s.cmd = exec.Command("redis-server", args...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	client := s.client()
	defer func() { _ = client.Close() }()
	for range 500 {
		if pid, err := processOf(client); err == nil {
			return pid == s.cmd.Process.Pid
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.kill()
	return false
}

// processOf is the id of the process that answers: another test's may have the port.
func processOf(client *goredis.Client) (int, error) {
	info, err := client.Info(context.Background(), "server").Bytes()
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(info, []byte("process_id:"))
	id, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return strconv.Atoi(string(id))
}

// kill ends it at once.
func (s *server) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// client is a second client, for tampering.
func (s *server) client() *goredis.Client {
	logging.Disable()
	return goredis.NewClient(&goredis.Options{
		Addr: s.addr, Password: "of the test", DialerRetries: 1, MaxRetries: -1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// config is that of a test: a real clock and time enough for a busy machine.
func config(addrs ...string) redis.Config {
	return redis.Config{
		Addrs:   addrs,
		Keys:    []redis.Key{{ID: "2025", Secret: redis.Secret(bytes.Repeat([]byte("k"), 32))}},
		Timeout: 5 * time.Second,
		Now:     time.Now,
	}
}

func open(t testing.TB, c redis.Config) *redis.Cache {
	t.Helper()
	cache, err := redis.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cache.Close(); err != nil {
			t.Error(err)
		}
	})
	return cache
}

// keep puts until the cache has it.
func keep(t testing.TB, c *redis.Cache, key byte, value string) {
	t.Helper()
	for range 100 {
		c.Put(t.Context(), [32]byte{key}, []byte(value), time.Time{})
		for range 50 {
			if got, ok := c.Get(t.Context(), [32]byte{key}); ok {
				if string(got) != value {
					t.Fatalf("got %q, want %q", got, value)
				}
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	t.Fatalf("%q was never kept", value)
}

// lacks fails when the cache gives anything.
func lacks(t testing.TB, c *redis.Cache, key byte) {
	t.Helper()
	if got, ok := c.Get(t.Context(), [32]byte{key}); ok || got != nil {
		t.Errorf("got %q", got)
	}
}
