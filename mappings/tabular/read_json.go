package tabular

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
	"concord/mappings"
)

// nested is the name of the entries of an array that stands in an array.
const nested = "[]"

// ReadJSON reads one object, or an array of objects, a record each. The error is for the file as a whole; an object of an
// array that cannot be a record has its own.
func ReadJSON(data []byte) ([]Record, error) {
	data, err := plainJSON(data)
	if err != nil {
		return nil, err
	}
	r := newJSONReader(mappings.JSON, data, mappings.Place{Line: 1, Col: 1})
	if r.dec.PeekKind() == '[' {
		return readList(data)
	}
	tree, bad := r.whole()
	if bad != nil {
		return nil, bad
	}
	return []Record{{Tree: tree, Original: data}}, nil
}

// ReadNDJSON reads one object a line. A bad line has its own error.
func ReadNDJSON(data []byte) ([]Record, error) {
	data, err := plainJSON(data)
	if err != nil {
		return nil, err
	}
	var all []Record
	line := int32(0)
	for text := range bytes.Lines(data) {
		line++
		text = bytes.TrimRight(text, "\r\n")
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		tree, bad := newJSONReader(mappings.NDJSON, text, mappings.Place{Line: line, Col: 1}).whole()
		all = append(all, Record{Tree: tree, Err: bad, Original: text})
	}
	return all, nil
}

// plainJSON is the file without a byte order mark, which a reader may leave out (RFC 8259 8.1).
func plainJSON(data []byte) ([]byte, error) {
	if len(data) > maxBytes {
		return nil, fhir.Errorf(fhir.TooLong, "the file is larger than 64 MB: divide it")
	}
	if said := guess(data); said == UTF16LE || said == UTF16BE {
		return nil, fault(1, 1, "the file is in %s: JSON is in UTF-8", said)
	}
	return bytes.TrimPrefix(data, []byte(marks[UTF8])), nil
}

// readList reads an array of records. It is cut into its entries first, so that what is wrong with the meaning of one of
// them is its fault alone.
func readList(data []byte) ([]Record, error) {
	cut := newJSONReader(mappings.JSON, data, mappings.Place{Line: 1, Col: 1}, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var all []Record
	if _, err := cut.dec.ReadToken(); err != nil {
		return nil, cut.fault(err)
	}
	for cut.dec.PeekKind() != ']' {
		at := cut.next()
		value, err := cut.dec.ReadValue()
		if err != nil {
			return nil, cut.fault(err)
		}
		end := int(cut.dec.InputOffset())
		original := data[end-len(value) : end]
		tree, bad := newJSONReader(mappings.JSON, original, at).whole()
		all = append(all, Record{Tree: tree, Err: bad, Original: original})
	}
	if _, err := cut.dec.ReadToken(); err != nil {
		return nil, cut.fault(err)
	}
	if bad := cut.end(); bad != nil {
		return nil, bad
	}
	return all, nil
}
