package sqlite

import (
	"errors"
	"fmt"
	"iter"
	"time"

	engine "zombiezen.com/go/sqlite"
)

// session is one connection with the statements prepared on it. It is for one goroutine at a time.
//
// It is the driver's own connection, without database/sql: through that a look-up of one row made forty
// allocations and took twice as long, and with modernc's driver for it each query read the names and the declared
// types of its columns. Statements are not cancelled: all of them are short, and who has stopped waiting is noticed
// between them.
type session struct {
	conn   *engine.Conn
	stmts  map[string]*engine.Stmt
	writes int // statements that gave no rows, so far
}

// statements is how many prepared statements a session keeps before it starts afresh. The texts come from closed
// tables of fragments, so there are far fewer.
const statements = 256

// patience is how long a statement waits for a lock that another connection holds.
const patience = 5 * time.Second

// newSession opens a connection of its own. The database file has to be there.
func newSession(path string, settings ...string) (*session, error) {
	conn, err := engine.OpenConn(address(path, ""), engine.OpenReadWrite, engine.OpenURI)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return equipped(conn, settings)
}

// readingSession is a connection that cannot write, for a database that another process may have open.
func readingSession(path string) (*session, error) {
	conn, err := engine.OpenConn(address(path, "mode=ro"), engine.OpenReadOnly, engine.OpenURI)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return equipped(conn, []string{"pragma query_only=1"})
}

// equipped makes a session of a connection, with its settings.
func equipped(conn *engine.Conn, settings []string) (*session, error) {
	conn.SetBusyTimeout(patience)
	s := &session{conn: conn, stmts: map[string]*engine.Stmt{}}
	for _, text := range settings {
		if _, err := s.row(text, nil); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

// prepare gives the statement of this text, prepared at its first use.
func (s *session) prepare(text string) (*engine.Stmt, error) {
	if stmt, ok := s.stmts[text]; ok {
		return stmt, nil
	}
	if len(s.stmts) >= statements {
		if err := s.forget(); err != nil {
			return nil, err
		}
	}
	stmt, rest, err := s.conn.PrepareTransient(text)
	if err == nil && rest != 0 {
		err = errors.Join(errors.New("more than one statement"), stmt.Finalize())
	}
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	s.stmts[text] = stmt
	return stmt, nil
}

// exec runs a statement that gives no rows.
func (s *session) exec(text string, args ...any) error {
	stmt, err := s.prepare(text)
	if err != nil {
		return err
	}
	if err := bind(stmt, args); err != nil {
		return err
	}
	s.writes++
	if _, err := stmt.Step(); err != nil {
		return errors.Join(fmt.Errorf("execute: %w", err), release(stmt, args))
	}
	return release(stmt, args)
}

// insert runs an insert and gives the number of the row.
func (s *session) insert(text string, args ...any) (int64, error) {
	err := s.exec(text, args...)
	return s.conn.LastInsertRowID(), err
}

// row reads one row into the targets, or reports that there is none.
func (s *session) row(text string, args []any, targets ...any) (bool, error) {
	for err := range s.rows(text, args, targets...) {
		return err == nil, err
	}
	return false, nil
}

// rows gives every row, read into the targets. After an error it gives no more. The same text may not be asked again
// inside the loop: it is one statement.
func (s *session) rows(text string, args []any, targets ...any) iter.Seq[error] {
	return func(yield func(error) bool) {
		stmt, err := s.prepare(text)
		if err == nil {
			err = bind(stmt, args)
		}
		if err != nil {
			yield(err)
			return
		}
		defer func() { _ = release(stmt, args) }() // what a select has to say it has said by Step
		for {
			more, err := stmt.Step()
			if err == nil && !more {
				return
			}
			if err == nil {
				err = scan(stmt, targets)
			}
			if err != nil {
				yield(fmt.Errorf("query: %w", err))
				return
			}
			if !yield(nil) {
				return
			}
		}
	}
}

// list reads a column.
func list[T any](s *session, text string, args ...any) ([]T, error) {
	var all []T
	var one T
	for err := range s.rows(text, args, &one) {
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// forget closes the prepared statements.
func (s *session) forget() error {
	var errs []error
	for text, stmt := range s.stmts {
		errs = append(errs, stmt.Finalize())
		delete(s.stmts, text)
	}
	return errors.Join(errs...)
}

// close ends the connection.
func (s *session) close() error { return errors.Join(s.forget(), s.conn.Close()) }
