package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"concord/gateway/postgres"
)

// server is a PostgreSQL of the tests' own, in a temporary folder, behind a socket.
type server struct {
	dir   string
	fsync bool
	alive io.Closer // it ends when this is closed, or the test process is gone
	cmd   *exec.Cmd
}

// shared is the server of all tests that do not stop theirs, with a migrated database to clone.
var shared struct {
	once   sync.Once
	server *server
	err    error
}

var errAbsent = errors.New("there is no PostgreSQL on this machine")

func TestMain(m *testing.M) {
	if os.Getenv(crashURL) != "" {
		storm()
	}
	code := m.Run()
	if shared.server != nil {
		shared.server.stop()
		_ = os.RemoveAll(shared.server.dir)
	}
	os.Exit(code)
}

// absent skips the test, except where there must be a PostgreSQL.
func absent(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errAbsent) && os.Getenv("CONCORD_CI") == "" {
		t.Skip("needs the programs of a PostgreSQL server (initdb and postgres), which are not on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// binaries is the newest folder with the programs of a server.
func binaries() (string, error) {
	var dirs []string
	if out, err := exec.CommandContext(context.Background(), "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, string(out[:len(out)-1]))
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Reverse(installed)
	for _, dir := range append(dirs, installed...) {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errAbsent
}

// run makes a command that runs as the user postgres when we are root, whom the server refuses.
func (s *server) run(name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Dir = s.dir
	if os.Geteuid() != 0 {
		return cmd, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, errAbsent
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return cmd, os.Chown(s.dir, uid, gid)
}

// newServer makes a server and starts it.
func newServer(fsync bool) (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "concord-pg")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, fsync: fsync}
	cmd, err := s.run(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "concord", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	if err != nil {
		return nil, err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, s.start()
}

// untilGone runs a command until its standard input ends.
const untilGone = `"$@" & read -r _; kill -INT $!; wait $!`

func (s *server) start() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	set := "off"
	if s.fsync {
		set = "on"
	}
	cmd, err := s.run("sh", "-c", untilGone, "sh", filepath.Join(bin, "postgres"), "-D", filepath.Join(s.dir, "data"),
		"-k", s.dir, "-c", "listen_addresses=", "-c", "fsync="+set, "-c", "max_connections=400", "-c", "shared_buffers=64MB",
		"-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "autovacuum=off", "-c", "log_min_messages=fatal")
	if err != nil {
		return err
	}
	if s.alive, err = cmd.StdinPipe(); err != nil {
		return err
	}
	s.cmd = cmd
	if err := cmd.Start(); err != nil {
		return err
	}
	for range 200 {
		if conn, err := pgx.Connect(context.Background(), string(s.url("postgres"))); err == nil {
			return conn.Close(context.Background())
		}
		time.Sleep(25 * time.Millisecond)
	}
	return errors.New("the server does not start")
}

// stop ends the server as an operator would, at once.
func (s *server) stop() {
	_ = s.alive.Close()
	_ = s.cmd.Wait()
}

func (s *server) url(database string) postgres.URL {
	return postgres.URL("postgres://concord@/" + database + "?host=" + s.dir)
}

// sql runs statements behind the store's back.
func (s *server) sql(database string, texts ...string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, string(s.url(database)))
	if err != nil {
		return err
	}
	for _, text := range texts {
		if _, err := conn.Exec(ctx, text); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", text, err), conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}

// template makes the database that others are cloned from, by opening it once.
func (s *server) template() error {
	if err := s.sql("postgres", "create database template"); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "concord-checkpoints")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	c := node(s.url("template"), dir)
	store, err := postgres.Open(context.Background(), c)
	if err != nil {
		return err
	}
	return errors.Join(store.Close(), s.sql("template", "truncate writer"))
}

var databases, writers atomic.Int64

// clone makes an empty database on the shared server.
func clone(t testing.TB) postgres.URL {
	t.Helper()
	shared.once.Do(func() {
		if shared.server, shared.err = newServer(false); shared.err == nil {
			shared.err = shared.server.template()
		}
	})
	absent(t, shared.err)
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := shared.server.sql("postgres", "create database "+name+" template template"); err != nil {
		t.Fatal(err)
	}
	return shared.server.url(name)
}

// node is the configuration of one node on a database.
func node(url postgres.URL, dir string) postgres.Config {
	return postgres.Config{
		URL: url, Checkpoints: dir, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		NewID: func() string { return fmt.Sprintf("writer-%d", writers.Add(1)) },
	}
}

func open(t testing.TB, c postgres.Config) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// fresh is a node on a database of its own.
func fresh(t testing.TB) *postgres.Store {
	t.Helper()
	return open(t, node(clone(t), t.TempDir()))
}
