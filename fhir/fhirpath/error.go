package fhirpath

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"concord/fhir"
)

// Error says what is wrong with an expression, and where in it. It holds nothing of the data. errors.As finds a
// *fhir.Error in it, for callers who answer with an OperationOutcome.
type Error struct {
	Kind         fhir.Kind // Invalid: not FHIRPath; Value: does not fit the data; TooLong: beyond a limit
	Line, Column int       // from 1, in characters
	Diagnostics  string

	offset int // in bytes; -1 until the place is known
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Diagnostics)
}

// Unwrap gives the fault as every room of ours knows it.
func (e *Error) Unwrap() error { return fhir.Errorf(e.Kind, "FHIRPath, %s", e.Error()) }

// failed is an error of evaluation whose place the caller adds.
func failed(format string, args ...any) error {
	return &Error{Kind: fhir.Value, Diagnostics: fmt.Sprintf(format, args...), offset: -1}
}

func syntax(offset int, format string, args ...any) error {
	return &Error{Kind: fhir.Invalid, Diagnostics: fmt.Sprintf(format, args...), offset: offset}
}

func beyond(format string, args ...any) error {
	return &Error{Kind: fhir.TooLong, Diagnostics: fmt.Sprintf(format, args...), offset: -1}
}

// at gives an error its place, unless one further in has it already.
func at(err error, offset int) error {
	var e *Error
	if errors.As(err, &e) && e.offset < 0 {
		e.offset = offset
	}
	return err
}

// in turns the offset of an error into line and column of the text.
func in(text string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	before := text[:min(max(e.offset, 0), len(text))]
	e.Line = strings.Count(before, "\n") + 1
	e.Column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return e
}
