package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// databaseLine is the line between one node and PostgreSQL. It can stall, as when a node or its network stops for a while, and be
// cut, as when a node dies: then nobody hears anything more, while the server does what it was told last.
type databaseLine struct {
	dir      string // where the node finds its socket
	listener net.Listener
	stalled  sync.RWMutex // held for writing, nothing passes

	mu    sync.Mutex
	ends  []net.Conn
	isCut bool
	wait  sync.WaitGroup
}

// newDatabaseLine opens a line in an empty folder to the server whose socket is in another. The folder is the line's.
func newDatabaseLine(dir, server string) (*databaseLine, error) {
	const socket = ".s.PGSQL.5432"
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", filepath.Join(dir, socket))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	l := &databaseLine{dir: dir, listener: listener}
	l.wait.Go(func() {
		for {
			node, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := (&net.Dialer{}).DialContext(context.Background(), "unix", filepath.Join(server, socket))
			if err != nil {
				_ = node.Close()
				continue
			}
			if !l.hold(node, far) {
				return
			}
			l.wait.Go(func() { l.pass(node, far) })
			l.wait.Go(func() { l.pass(far, node) })
		}
	})
	return l, nil
}

// hold remembers two ends; false when the line was cut meanwhile.
func (l *databaseLine) hold(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isCut {
		for _, one := range ends {
			_ = one.Close()
		}
		return false
	}
	l.ends = append(l.ends, ends...)
	return true
}

func (l *databaseLine) pass(from, to net.Conn) {
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		l.stalled.RLock()
		l.stalled.RUnlock() //nolint:staticcheck // it waits here while the line is stalled
		if err == nil {
			_, err = to.Write(buf[:n])
		}
		if err != nil {
			_, _ = from.Close(), to.Close()
			return
		}
	}
}

// stall lets nothing pass for a while.
func (l *databaseLine) stall(d time.Duration) {
	l.stalled.Lock()
	time.Sleep(d)
	l.stalled.Unlock()
}

// cut ends the line for ever.
func (l *databaseLine) cut() {
	_ = l.listener.Close()
	l.mu.Lock()
	l.isCut = true
	for _, one := range l.ends {
		_ = one.Close()
	}
	l.mu.Unlock()
	l.wait.Wait()
}

// left waits until the server does nothing more for a user.
func (s *outsideServer) left(role string) error {
	conn, err := pgx.Connect(context.Background(), s.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for range 4000 {
		var n int
		if err := conn.QueryRow(context.Background(), "select count(*) from pg_stat_activity where usename = $1", role).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return errors.New("the server does not let go of a dead node")
}

// sql runs a statement.
func (s *outsideServer) sql(text string) error {
	conn, err := pgx.Connect(context.Background(), s.url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(context.Background(), text)
	return errors.Join(err, conn.Close(context.Background()))
}
