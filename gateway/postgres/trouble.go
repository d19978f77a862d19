package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"concord/fhir"
)

// Codes of PostgreSQL, appendix A of its manual.
const (
	uniqueViolation     = "23505"
	serialisationFailed = "40001"
	deadlockDetected    = "40P01"
)

// passing are the codes of what goes away by itself: too many connections, no room, shut down, starting up, a
// statement or a lock that took too long, and a standby that had to take a row away.
var passing = []string{
	serialisationFailed, deadlockDetected, "53000", "53100", "53200", "53300", "57P01", "57P02", "57P03", "57P05", "57014", "55P03", "25P03",
	"25006", // the server became a standby
}

// answer is what a caller is told of a database that does not answer.
var answer = []fhir.Issue{{Code: fhir.Transient, Diagnostics: "the record cannot be reached at the moment: try again"}}

// trouble says what was tried. An error that goes away by itself becomes a transient one for the caller; no error
// stays none.
func trouble(what string, err error) error {
	if err == nil {
		return nil
	}
	if _, told := errors.AsType[*fhir.Error](err); told {
		return err
	}
	err = fmt.Errorf("%s: %w", what, err)
	if passes(err) {
		return &fhir.Error{Kind: fhir.Transient, Issues: answer, Err: err}
	}
	return err
}

// passes reports whether an error goes away by itself.
func passes(err error) bool {
	e, told := errors.AsType[*fhir.Error](err)
	_, broke := errors.AsType[*brokenError](err)
	return told && e.Kind == fhir.Transient || broke || lost(err) || slices.Contains(passing, code(err))
}

// code is PostgreSQL's code of an error, or "".
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// lost reports whether the connection is gone or could not be made. That a caller stopped waiting is not that.
func lost(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return !errors.Is(err, context.Canceled)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if c := code(err); c != "" {
		return strings.HasPrefix(c, "08") || strings.HasPrefix(c, "57P")
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed") // pgconn has no value for it
}
