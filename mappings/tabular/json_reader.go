package tabular

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
	"concord/mappings"
)

type jsonReader struct {
	data      []byte
	format    string
	dec       *jsontext.Decoder
	b         *mappings.Builder
	seen      int // offset up to which line and col are counted
	line, col int
	depth     int
}

func newJSONReader(format string, data []byte, at mappings.Place, options ...jsontext.Options) *jsonReader {
	r := &jsonReader{data: data, format: format, line: int(at.Line), col: int(at.Col)}
	r.dec = jsontext.NewDecoder(bytes.NewReader(data), options...)
	return r
}

// whole reads one record and nothing after it.
func (r *jsonReader) whole() (*mappings.Tree, *fhir.Error) {
	tree, bad := r.record()
	if bad == nil {
		bad = r.end()
	}
	if bad != nil {
		return nil, bad
	}
	return tree, nil
}

// place is the line and column of the token that was read last; tokens come in order, so each byte is looked at once.
func (r *jsonReader) place(offset int) mappings.Place {
	for ; r.seen < offset && r.seen < len(r.data); r.seen++ {
		switch c := r.data[r.seen]; {
		case c == '\n':
			r.line, r.col = r.line+1, 1
		case c&0xc0 != 0x80:
			r.col++
		}
	}
	return mappings.Place{Line: int32(r.line), Col: int32(r.col)} //nolint:gosec // a file of 64 MB
}

// next is where the next value begins.
func (r *jsonReader) next() mappings.Place {
	offset := int(r.dec.InputOffset())
	for offset < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[offset]) >= 0 {
		offset++
	}
	return r.place(offset)
}

// record reads one object into a tree.
func (r *jsonReader) record() (*mappings.Tree, *fhir.Error) {
	at := r.next()
	if r.dec.PeekKind() != '{' {
		if _, err := r.dec.ReadToken(); err != nil {
			return nil, r.fault(err)
		}
		return nil, fault(int(at.Line), int(at.Col), "a record is a JSON object")
	}
	r.b = mappings.NewBuilder(r.format, 64)
	if bad := r.object(); bad != nil {
		return nil, bad
	}
	return r.b.Tree(), nil
}

// object reads the members of an object into the group that is open.
func (r *jsonReader) object() *fhir.Error {
	if _, err := r.dec.ReadToken(); err != nil {
		return r.fault(err)
	}
	for r.dec.PeekKind() != '}' {
		at := r.next()
		token, err := r.dec.ReadToken()
		if err != nil {
			return r.fault(err)
		}
		name := token.String()
		if name == nested {
			return fault(int(at.Line), int(at.Col), "a member cannot be named []")
		}
		if bad := r.value(name, false); bad != nil {
			return bad
		}
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return r.fault(err)
	}
	return nil
}

// value reads one value under a name; the entries of an array are repeats of it.
func (r *jsonReader) value(name string, listed bool) *fhir.Error {
	e := mappings.Entry{Name: name, Listed: listed, Place: r.next()}
	if r.depth++; r.depth > maxDepth {
		return fault(int(e.Place.Line), int(e.Place.Col), "the record is nested more than %d deep", maxDepth)
	}
	defer func() { r.depth-- }()
	switch r.dec.PeekKind() {
	case '{':
		r.b.Open(e)
		defer r.b.Close()
		return r.object()
	case '[':
		if listed {
			r.b.Open(e)
			defer r.b.Close()
			e.Name = nested
		}
		return r.array(e)
	default:
		return r.leaf(e)
	}
}

// array reads the entries as repeats of the name. One without entries is a node of its own, so that it is printed again.
func (r *jsonReader) array(e mappings.Entry) *fhir.Error {
	if _, err := r.dec.ReadToken(); err != nil {
		return r.fault(err)
	}
	if r.dec.PeekKind() == ']' {
		e.Kind, e.Listed = mappings.Empty, false
		r.b.Add(e)
	}
	for r.dec.PeekKind() != ']' {
		if bad := r.value(e.Name, true); bad != nil {
			return bad
		}
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return r.fault(err)
	}
	return nil
}

// leaf keeps the digits of numbers: 1.50 is not 1.5.
func (r *jsonReader) leaf(e mappings.Entry) *fhir.Error {
	token, err := r.dec.ReadToken()
	if err != nil {
		return r.fault(err)
	}
	switch token.Kind() {
	case '"':
		e.Kind = mappings.Text
	case '0':
		e.Kind = mappings.Number
	case 't', 'f':
		e.Kind = mappings.Bool
	default:
		e.Kind = mappings.Null
	}
	if e.Kind != mappings.Null {
		e.Text = token.String()
	}
	r.b.Add(e)
	return nil
}

// end refuses what follows the last value.
func (r *jsonReader) end() *fhir.Error {
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return r.fault(err)
	}
	return nil
}

// fault says where reading stopped: at the byte that the decoder could not take. Its own words may quote the record, so
// they are not passed on.
func (r *jsonReader) fault(err error) *fhir.Error {
	var at mappings.Place
	if told, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at = r.place(int(told.ByteOffset))
	} else {
		at = r.next()
	}
	return fault(int(at.Line), int(at.Col), "from here on this is not well-formed JSON, or a member stands twice, or it is nested without end")
}
