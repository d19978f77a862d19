package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
)

// raw is one resource as it stands in a file.
type raw struct {
	file   string   // as the operator named it
	prefix string   // where in a Bundle, as FHIRPath; empty: it is the whole document
	at     position // of its first byte
	data   []byte
	id     fhir.ID           // for a resource without one
	refs   map[string]string // fullUrl to Type/id, of the Bundle it stands in
	err    error             // why it cannot be imported, when that is known already
}

// expression is the FHIRPath of an issue from the root of the document.
func (r raw) expression(within string) string {
	if r.prefix == "" {
		if within == "" {
			return "Resource"
		}
		return within
	}
	if i := strings.IndexAny(within, ".["); i >= 0 {
		return r.prefix + within[i:]
	}
	return r.prefix
}

// position is a line and a column of characters in a file, each from 1.
type position struct{ line, col int }

// plus is the place in the file of a place in a resource that begins here. Zeroes are the beginning.
func (p position) plus(line, col int) position {
	switch {
	case line <= 0:
		return p
	case line == 1:
		return position{p.line, p.col + max(col, 1) - 1}
	default:
		return position{p.line + line - 1, col}
	}
}

// past is the place after the text.
func (p position) past(text []byte) position {
	if last := bytes.LastIndexByte(text, '\n'); last >= 0 {
		return position{p.line + bytes.Count(text, []byte{'\n'}), 1 + utf8.RuneCount(text[last+1:])}
	}
	return position{p.line, p.col + utf8.RuneCount(text)}
}

// decoded is a raw after reading: a resource with an id, something to skip, or an error.
type decoded struct {
	raw
	resource *fhir.Resource
	skip     bool
	err      error
}

// decode reads strictly what came, so that faults are told where they stand; only then are references and the id
// written into it. Parameters are skipped (CONSENT rules 15.7).
func decode(r raw) decoded {
	if r.err != nil {
		return decoded{raw: r, err: r.err}
	}
	resource, err := fhir.DecodeJSON(r.data)
	if err != nil {
		return decoded{raw: r, err: err}
	}
	if resource.Type() == "Parameters" {
		return decoded{raw: r, skip: true}
	}
	data, changed := rewriteReferences(r.data, r.refs)
	if resource.Ref().ID == "" {
		data, changed = withID(data, r.id), true
	}
	if changed {
		if resource, err = fhir.DecodeJSON(data); err != nil {
			return decoded{raw: r, err: err}
		}
	}
	return decoded{raw: r, resource: resource}
}

// withID puts an id into an object that has none.
func withID(data []byte, id fhir.ID) []byte {
	open := bytes.IndexByte(data, '{') + 1
	out := make([]byte, 0, len(data)+len(id)+8)
	out = append(out, data[:open]...)
	out = append(out, `"id":`+strconv.Quote(string(id))+`,`...)
	return append(out, data[open:]...)
}

// derivedID is the id of a resource that brought none: always the same for the same place in the same file.
func derivedID(key string, index int) fhir.ID {
	sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(index)))
	return fhir.ID(hex.EncodeToString(sum[:16]))
}

// rewriteReferences puts Type/id where the resource names another entry of its Bundle (FHIR R4, http.html#trules): in
// any text that is a urn of one, since urns are used in elements of type uri as well, and in references that are
// the address of one. It reports whether anything was changed.
func rewriteReferences(data []byte, refs map[string]string) ([]byte, bool) {
	if len(refs) == 0 {
		return data, false
	}
	var out []byte
	copied := 0
	member := ""
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	for {
		token, err := d.ReadToken()
		if err != nil {
			break // the end: it was decoded before
		}
		if token.Kind() != '"' {
			continue
		}
		if kind, n := d.StackIndex(d.StackDepth()); kind == '{' && n%2 == 1 {
			member = token.String()
			continue
		}
		text := token.String()
		ref, ok := refs[text]
		if !ok || (member != "reference" && !strings.HasPrefix(text, "urn:")) || member == "fullUrl" {
			continue
		}
		end := int(d.InputOffset())
		start := bytes.LastIndexByte(data[:end-1], '"')
		out = append(out, data[copied:start]...)
		out = append(out, strconv.Quote(ref)...)
		copied = end
	}
	if copied == 0 {
		return data, false
	}
	return append(out, data[copied:]...), true
}
