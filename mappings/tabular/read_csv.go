package tabular

import (
	"bytes"
	"slices"
	"strings"

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
	if other := otherFormat(data); other != "" {
		return nil, fault(1, 1, "this is %s and not a table in CSV: save it as CSV or .xlsx", other)
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
	if at := nulIn(head.cells); at >= 0 {
		return nil, fault(int(head.places[at].Line), int(head.places[at].Col), "%s", nulText)
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
	if at := nulIn(r.cells); at >= 0 {
		return Record{Err: fault(int(r.places[at].Line), int(r.places[at].Col), "%s", nulText), Original: original}
	}
	return Record{Tree: row(mappings.CSV, columns, r.cells, r.places, nil), Original: original}
}

const nulText = "the cell has a zero byte in it: the file is damaged, or parts of it are in another character set; save it again as UTF-8"

// nulIn is the first cell with a zero byte in it, or -1.
func nulIn(cells []string) int {
	return slices.IndexFunc(cells, func(c string) bool { return strings.IndexByte(c, 0) >= 0 })
}

// otherFormat is what a file is that was taken for CSV by mistake, by how it begins; empty when it may be CSV.
func otherFormat(data []byte) string {
	for _, f := range []struct{ begins, is string }{
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook of an old Excel, or one with a password,"},
		{"PK\x03\x04", "a workbook or another archive"},
		{"%PDF-", "a PDF"},
		{"\x1f\x8b", "a compressed file"},
		{"{\\rtf", "a text document"},
		{"<", "a page or document in HTML or XML"},
	} {
		if bytes.HasPrefix(data, []byte(f.begins)) {
			return f.is
		}
	}
	return ""
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
