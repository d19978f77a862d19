package fhir

import (
	"fmt"
	"strings"
)

// Kind says what went wrong in the words of OperationOutcome.issue.code (FHIR R4, value set issue-type).
// One file of gateway/rest turns it into a status code.
type Kind string

// The kinds that Concord uses.
const (
	Invalid      Kind = "invalid"          // the content does not follow the specification
	Structure    Kind = "structure"        // the bytes are not a resource at all
	Required     Kind = "required"         // an element that must be there is missing
	Value        Kind = "value"            // an element has a value that it may not have
	CodeInvalid  Kind = "code-invalid"     // of issues alone, in a Value: a code is none that may stand there
	TooLong      Kind = "too-long"         // larger or deeper than this server takes
	NotFound     Kind = "not-found"        // there is no such thing, or none that the caller may know of
	Deleted      Kind = "deleted"          // it was deleted, and the caller could see it before
	NotSupported Kind = "not-supported"    // the interaction, type or parameter is not offered
	Multiple     Kind = "multiple-matches" // a condition fits several resources
	Conflict     Kind = "conflict"         // the version it rested on is not the current one
	Login        Kind = "login"            // no token, or one that cannot be accepted
	Forbidden    Kind = "forbidden"        // the token does not allow requests of this shape
	BusinessRule Kind = "business-rule"    // well-formed, but a rule of the exchange refuses it
	TooCostly    Kind = "too-costly"       // it would cost more than one request may
	Throttled    Kind = "throttled"        // too much at once: try again later
	Transient    Kind = "transient"        // something we depend on does not answer: try again
	Exception    Kind = "exception"        // a fault of ours; the log has the cause
)

// Issue is one fault, fit for an OperationOutcome. It never holds patient data: it says where, and what to do.
type Issue struct {
	Code        Kind
	Diagnostics string // what is wrong and what to do, in one sentence
	Expression  string // FHIRPath of the element, such as "CarePlan.activity[0].detail.status"; may be empty
	Line, Col   int    // where in the bytes, from 1; zero when not known
	Warning     bool   // true: told, but nothing was refused for it
}

// String is the issue in one line, its place first: "line 3, column 5: PID-7: what is wrong and what to do".
func (i Issue) String() string {
	text := i.Diagnostics
	if text == "" {
		text = string(i.Code)
	}
	if i.Expression != "" {
		text = i.Expression + ": " + text
	}
	if i.Line > 0 {
		text = fmt.Sprintf("line %d, column %d: %s", i.Line, i.Col, text)
	}
	return text
}

// Error is every error that a caller may see the reason of. Issues are for the caller, Err is for the log.
type Error struct {
	Kind   Kind
	Issues []Issue
	Err    error
}

// Errorf makes an Error of one issue. The text goes to the caller: no patient data in it.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Issues: []Issue{{Code: kind, Diagnostics: fmt.Sprintf(format, args...)}}}
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	for i, issue := range e.Issues {
		if i == 3 {
			fmt.Fprintf(&b, " (and %d more)", len(e.Issues)-i)
			break
		}
		b.WriteString(": ")
		if issue.Expression != "" {
			b.WriteString(issue.Expression + ": ")
		}
		b.WriteString(issue.Diagnostics)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause that the log should have.
func (e *Error) Unwrap() error { return e.Err }
