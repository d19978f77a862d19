package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// missing skips a test that needs a real server, except where there must be one.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CONCORD_CI") != "" {
		t.Fatal(what + " is not on this machine")
	}
	t.Skip("needs " + what + ", which is not on this machine")
}

// outsideServer is a real server that the test started.
type outsideServer struct {
	url           string
	dir, programs string // of a PostgreSQL: its folder, and that of its programs
	begin         func() error
	end           func()
}

// startRedis starts a redis-server on a free port.
func startRedis(t testing.TB) *outsideServer {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis-server")
	}
	port := freePort(t)
	var cmd *exec.Cmd
	s := &outsideServer{url: "redis://127.0.0.1:" + port}
	s.begin = func() error {
		cmd = exec.CommandContext(context.Background(), program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no")
		cmd.Dir = t.TempDir()
		if err := cmd.Start(); err != nil {
			return err
		}
		return answers("127.0.0.1:" + port)
	}
	s.end = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	return s
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// answers waits until somebody listens.
func answers(address string) error {
	for range 400 {
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
		time.Sleep(25 * time.Millisecond)
	}
	return errors.New("the server does not start")
}

// untilGone runs a command until its standard input ends, so that it does not outlive the tests.
const untilGone = `"$@" & read -r _; kill -INT $!; wait $!`

// startPostgres starts a PostgreSQL of the test's own, in a temporary folder behind a socket, with an empty database.
// It does not wait for its disk, unless settings say otherwise.
func startPostgres(t testing.TB, settings ...string) *outsideServer {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.Sort(found)
	if onPath, err := exec.LookPath("initdb"); err == nil && len(found) == 0 {
		found = append(found, onPath)
	}
	if len(found) == 0 {
		missing(t, "PostgreSQL")
	}
	bin := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp("", "concord-pg") //nolint:usetesting // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")
	initdb := asPostgres(t, dir, filepath.Join(bin, "initdb"), "-D", data, "-U", "concord", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s := &outsideServer{url: "postgres://concord@/postgres?host=" + dir, dir: dir, programs: bin}
	var cmd *exec.Cmd
	var alive io.Closer
	s.begin = func() error {
		cmd = asPostgres(t, dir, "sh", slices.Concat([]string{
			"-c", untilGone, "sh", filepath.Join(bin, "postgres"), "-D", data, "-k", dir,
			"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=100", "-c", "log_min_messages=fatal",
		}, settings)...)
		var err error
		if alive, err = cmd.StdinPipe(); err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		for range 400 {
			if exec.CommandContext(context.Background(), filepath.Join(bin, "pg_isready"), "-q", "-h", dir).Run() == nil {
				return nil
			}
			time.Sleep(25 * time.Millisecond)
		}
		return errors.New("the server does not start")
	}
	s.end = func() {
		_ = alive.Close()
		_ = cmd.Wait()
	}
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	return s
}

// asPostgres is a command that runs as the user postgres when we are root, whom the server refuses.
func asPostgres(t testing.TB, dir, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Dir = dir
	if os.Geteuid() != 0 {
		return cmd
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		missing(t, "the user postgres")
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return cmd
}
