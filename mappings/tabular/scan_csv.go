package tabular

import (
	"strings"
	"unicode/utf8"

	"concord/fhir"
	"concord/mappings"
)

// scanner reads rows one after the other.
type scanner struct {
	text      []byte
	pos       int
	comma     byte
	line, col int
}

type scanned struct {
	cells  []string
	places []mappings.Place
	quoted int
	crlf   bool
}

func (s *scanner) done() bool { return s.pos >= len(s.text) }

// row reads to the end of the row. After a fault it stands at the beginning of the next line, so that the next row is
// not held up.
func (s *scanner) row() (scanned, *fhir.Error) {
	var r scanned
	var bad *fhir.Error
	for {
		r.places = append(r.places, mappings.Place{Line: int32(s.line), Col: int32(s.col)}) //nolint:gosec // a file of 64 MB
		start, startLine, startCol := s.pos, s.line, s.col
		cell, quoted, ok := s.cell()
		if !ok {
			s.pos, s.line, s.col = start, startLine, startCol
			s.skipLine()
			return r, fault(startLine, startCol, "the quotes of this cell do not close, or text stands behind them: a quote in a text is written twice")
		}
		if len(cell) > maxCell && bad == nil { // it ends somewhere: what stands in it must not be read as rows
			bad = fault(startLine, startCol, "the cell is longer than %d bytes: is a quote left open, or does a document stand in it?", maxCell)
		}
		if quoted {
			r.quoted++
		}
		r.cells = append(r.cells, cell)
		switch {
		case s.done():
			return r, bad
		case s.text[s.pos] == s.comma:
			s.step()
		default:
			if s.text[s.pos] == '\r' {
				r.crlf = true
				s.pos++
			}
			s.pos++
			s.line, s.col = s.line+1, 1
			return r, bad
		}
	}
}

// cell reads one cell up to the delimiter, the end of the line, or the end.
func (s *scanner) cell() (string, bool, bool) {
	if !s.done() && s.text[s.pos] == '"' {
		text, ok := s.quoted()
		return text, true, ok && s.atEnd()
	}
	start := s.pos
	for !s.done() && !s.atEnd() {
		s.step()
	}
	return string(s.text[start:s.pos]), false, true
}

// atEnd reports whether a cell ends here.
func (s *scanner) atEnd() bool {
	if s.done() {
		return true
	}
	c := s.text[s.pos]
	return c == s.comma || c == '\n' || c == '\r' && s.pos+1 < len(s.text) && s.text[s.pos+1] == '\n'
}

// quoted reads to the quote that closes. A quote that is not written twice closes, whatever follows: cell tells.
func (s *scanner) quoted() (string, bool) {
	var b strings.Builder
	s.step()
	for !s.done() {
		c := s.text[s.pos]
		if c != '"' {
			b.WriteByte(c)
			s.step()
			continue
		}
		s.step()
		if s.done() || s.text[s.pos] != '"' {
			return b.String(), true
		}
		b.WriteByte('"')
		s.step()
	}
	return "", false
}

// step goes on by one byte; columns count letters.
func (s *scanner) step() {
	switch c := s.text[s.pos]; {
	case c == '\n':
		s.line, s.col = s.line+1, 1
	case utf8.RuneStart(c):
		s.col++
	}
	s.pos++
}

// skipLine goes to the next line, where the next row probably begins.
func (s *scanner) skipLine() {
	for !s.done() {
		end := s.text[s.pos] == '\n'
		s.step()
		if end {
			return
		}
	}
}
