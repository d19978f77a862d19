package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
)

// session is one connection with the statements prepared on it. It is for one goroutine at a time.
//
// Statements run without a context that can be cancelled, for which the driver would start a goroutine each:
// all of them are short, and who has stopped waiting is noticed between them.
type session struct {
	conn  *sql.Conn
	stmts map[string]statement

	// The driver's own three, under a context that never ends.
	makeStmt func(text string) (*sql.Stmt, error)
	execStmt func(stmt statement, args []any) (sql.Result, error)
	askStmt  func(stmt statement, args []any) (*sql.Rows, error)
}

// statement stays prepared, and open, as long as its session.
type statement struct{ *sql.Stmt }

// statements is how many prepared statements a session keeps before it starts afresh. The texts come from closed
// tables of fragments, so there are far fewer.
const statements = 256

// newSession takes a connection for itself, which close gives back.
func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	ctx = context.WithoutCancel(ctx)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &session{
		conn:     conn,
		stmts:    map[string]statement{},
		makeStmt: func(text string) (*sql.Stmt, error) { return conn.PrepareContext(ctx, text) },
		execStmt: func(stmt statement, args []any) (sql.Result, error) { return stmt.ExecContext(ctx, args...) },
		askStmt:  func(stmt statement, args []any) (*sql.Rows, error) { return stmt.QueryContext(ctx, args...) },
	}, nil
}

// prepare gives the statement of this text, prepared at its first use.
func (s *session) prepare(text string) (statement, error) {
	if stmt, ok := s.stmts[text]; ok {
		return stmt, nil
	}
	if len(s.stmts) >= statements {
		if err := s.forget(); err != nil {
			return statement{}, err
		}
	}
	made, err := s.makeStmt(text)
	if err != nil {
		return statement{}, fmt.Errorf("prepare: %w", err)
	}
	s.stmts[text] = statement{made}
	return statement{made}, nil
}

// exec runs a statement that gives no rows.
func (s *session) exec(text string, args ...any) (sql.Result, error) {
	stmt, err := s.prepare(text)
	if err != nil {
		return nil, err
	}
	result, err := s.execStmt(stmt, args)
	if err != nil {
		return nil, fmt.Errorf("execute: %w", err)
	}
	return result, nil
}

// insert runs an insert and gives the number of the row.
func (s *session) insert(text string, args ...any) (int64, error) {
	result, err := s.exec(text, args...)
	if err != nil {
		return 0, err
	}
	num, err := result.LastInsertId()
	if err != nil {
		return 0, fmt.Errorf("number of the row: %w", err)
	}
	return num, nil
}

// row reads one row into the targets, or reports that there is none.
func (s *session) row(text string, args []any, targets ...any) (bool, error) {
	for err := range s.rows(text, args, targets...) {
		return err == nil, err
	}
	return false, nil
}

// rows gives every row, read into the targets. After an error it gives no more.
func (s *session) rows(text string, args []any, targets ...any) iter.Seq[error] {
	return func(yield func(error) bool) {
		stmt, err := s.prepare(text)
		if err != nil {
			yield(err)
			return
		}
		rows, err := s.askStmt(stmt, args)
		if err != nil {
			yield(fmt.Errorf("query: %w", err))
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := rows.Scan(targets...); err != nil {
				yield(fmt.Errorf("read row: %w", err))
				return
			}
			if !yield(nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(fmt.Errorf("query: %w", err))
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
		errs = append(errs, stmt.Close())
		delete(s.stmts, text)
	}
	return errors.Join(errs...)
}

// close gives the connection back.
func (s *session) close() error { return errors.Join(s.forget(), s.conn.Close()) }
