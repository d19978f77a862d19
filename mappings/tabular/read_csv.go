package tabular

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"concord/fhir"
	"concord/mappings"
)

// Dialect is how a CSV file is written. The zero Dialect is found from the bytes.
type Dialect struct {
	Comma    byte    // between cells: comma, semicolon, tab or bar
	Charset  Charset //
	Mark     bool    // a byte order mark stands in front
	CRLF     bool    // rows end with CR LF
	QuoteAll bool    // every cell stands in quotes
	NoEnd    bool    // the last row has no end of line
}

// ReadCSV reads a table with its names of columns in the first row (RFC 4180, and what people make of it). What said
// leaves out is found from the bytes. The error is for the file as a whole; a bad row has its own.
func ReadCSV(data []byte, said Dialect) (*Table, error) {
	if len(data) > maxBytes {
		return nil, fhir.Errorf(fhir.TooLong, "the file is larger than 64 MB: divide it")
	}
	text, charset, mark, err := decode(data, said.Charset)
	if err != nil {
		return nil, err
	}
	d := said
	d.Charset, d.Mark = charset, mark
	if d.Comma == 0 {
		d.Comma = comma(text)
	}
	s := &scanner{text: text, comma: d.Comma, line: 1, col: 1}
	head, bad := s.row()
	if bad != nil {
		return nil, bad
	}
	if len(head.cells) == 1 && head.cells[0] == "" {
		return nil, fault(1, 1, "the file is empty: the first row names the columns")
	}
	if len(head.cells) > maxColumns {
		return nil, fault(1, 1, "the table has more than %d columns: is the delimiter right?", maxColumns)
	}
	t := &Table{Columns: head.cells}
	d.QuoteAll, d.CRLF = head.quoted == len(head.cells), head.crlf
	d.NoEnd = len(text) > 0 && text[len(text)-1] != '\n'
	t.Dialect = d
	for !s.done() {
		t.Records = append(t.Records, s.record(t.Columns))
	}
	return t, nil
}

// record reads one row into a record.
func (s *scanner) record(columns []string) Record {
	line, start := s.line, s.pos
	r, bad := s.row()
	original := bytes.TrimRight(s.text[start:s.pos], "\r\n")
	switch {
	case bad != nil:
		return Record{Err: bad, Original: original}
	case len(r.cells) == 1 && r.cells[0] == "" && len(columns) > 1:
		return Record{Err: fault(line, 1, "the row is empty: leave it out"), Original: original}
	case len(r.cells) != len(columns):
		return Record{Err: fault(line, 1, "the row has %d cells and the table %d columns: look for a delimiter or a quote in a text", len(r.cells), len(columns)), Original: original}
	}
	return Record{Tree: row(mappings.CSV, columns, r.cells, r.places, nil), Original: original}
}

// comma is the delimiter that stands in the first line most often, outside quotes.
func comma(text []byte) byte {
	var counts [128]int
	quoted := false
	for _, c := range text {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if c < 128 && !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte(";\t|") {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

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
	for {
		r.places = append(r.places, mappings.Place{Line: int32(s.line), Col: int32(s.col)}) //nolint:gosec // a file of 64 MB
		start, startLine, startCol := s.pos, s.line, s.col
		cell, quoted, ok := s.cell()
		if !ok || len(cell) > maxCell {
			s.pos, s.line, s.col = start, startLine, startCol
			s.skipLine()
			return r, fault(startLine, startCol, "the quotes of this cell do not close, or text stands behind them: a quote in a text is written twice")
		}
		if quoted {
			r.quoted++
		}
		r.cells = append(r.cells, cell)
		switch {
		case s.done():
			return r, nil
		case s.text[s.pos] == s.comma:
			s.step()
		default:
			if s.text[s.pos] == '\r' {
				r.crlf = true
				s.pos++
			}
			s.pos++
			s.line, s.col = s.line+1, 1
			return r, nil
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
