package fhir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// fault words what stopped the reading. The decoder's own words may quote the bytes, so they are not passed on.
func (g *grower) fault(err error) *Error {
	issue := Issue{Code: Structure, Diagnostics: "the body is not well-formed JSON (RFC 8259) from here on"}
	offset := g.pos
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, errDeep):
		issue.Code, issue.Diagnostics = TooLong, fmt.Sprintf("objects and arrays are nested more than %d deep here", g.depth)
		offset--
	case errors.Is(err, errMany):
		issue.Code, issue.Diagnostics = TooLong, "the resource has more values than this server takes: divide it"
	case errors.Is(err, errTrailing):
		issue.Diagnostics = "bytes follow the end of the resource: send one resource and nothing after it"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		issue.Diagnostics = "the body ends before the resource does: part of it is missing"
		offset = len(g.all)
	case errors.As(err, &syntax):
		offset = int(syntax.ByteOffset)
		switch rest := g.all[min(offset, len(g.all)):]; {
		case rest == "":
			issue.Diagnostics = "the body ends before the resource does: part of it is missing"
		case strings.HasPrefix(rest, "\\u"):
			issue.Diagnostics = "the escape is malformed, or half of a surrogate pair"
		case !utf8.FullRuneInString(rest) || !utf8.ValidString(firstRune(rest)):
			issue.Diagnostics = "the bytes are not UTF-8 here (RFC 8259 8.1)"
		}
	}
	issue.Line, issue.Col = place(g.tree.data, offset)
	return single(issue)
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

func single(issue Issue) *Error { return &Error{Kind: issue.Code, Issues: []Issue{issue}} }

// place is the line and the column of a byte, from 1; columns count characters.
func place(data []byte, offset int) (line, col int) {
	offset = max(0, min(offset, len(data)))
	before := data[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, len([]rune(string(before[start:]))) + 1
}
