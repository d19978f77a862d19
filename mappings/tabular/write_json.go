package tabular

import (
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"

	"concord/mappings"
)

// JSON prints a record as one object. Numbers have the digits that they came with.
func JSON(t *mappings.Tree) []byte { return appendGroup(nil, t.Root()) }

// NDJSON prints records one a line; those that could not be read are printed as they came.
func NDJSON(records []Record) []byte {
	var out []byte
	for _, r := range records {
		if r.Tree == nil {
			out = append(out, r.Original...)
		} else {
			out = append(out, JSON(r.Tree)...)
		}
		out = append(out, '\n')
	}
	return out
}

// appendGroup prints an object, or the entries of an array in an array. Repeats stand where the first of them stood.
func appendGroup(out []byte, n mappings.Node) []byte {
	var children []mappings.Node
	for c := range n.Children() {
		children = append(children, c)
	}
	if len(children) > 0 && children[0].Name() == nested {
		if children[0].Kind() == mappings.Empty {
			return append(out, "[]"...)
		}
		return appendList(out, children, nested)
	}
	out = append(out, '{')
	done := map[string]bool{}
	for _, c := range children {
		if done[c.Name()] {
			continue
		}
		done[c.Name()] = true
		if len(done) > 1 {
			out = append(out, ',')
		}
		out = appendText(out, c.Name())
		out = append(out, ':')
		if c.Listed() || n.Get(c.Name(), 1).OK() {
			out = appendList(out, children, c.Name())
			continue
		}
		out = appendValue(out, c)
	}
	return append(out, '}')
}

// appendList prints the repeats of a name as an array.
func appendList(out []byte, children []mappings.Node, name string) []byte {
	out = append(out, '[')
	first := true
	for _, c := range children {
		if c.Name() != name {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = appendValue(out, c)
	}
	return append(out, ']')
}

// appendValue prints a value as its kind is written.
func appendValue(out []byte, n mappings.Node) []byte {
	switch n.Kind() {
	case mappings.Group:
		return appendGroup(out, n)
	case mappings.Number, mappings.Bool:
		return append(out, n.Text()...)
	case mappings.Null:
		return append(out, "null"...)
	case mappings.Empty:
		return append(out, "[]"...)
	default:
		return appendText(out, n.Text())
	}
}

// appendText prints a string.
func appendText(out []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(out, s)
	if err != nil { // not UTF-8, which no reader here gives
		quoted, _ = json.Marshal(s)
		return append(out, quoted...)
	}
	return quoted
}
