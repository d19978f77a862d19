package gateway

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
)

// AtEntry says of an error which entry of a Bundle it is about. Paths in the entry's resource become paths in the
// Bundle. What is not meant for the caller stays as it is.
func AtEntry(i int, err error) error {
	var told *fhir.Error
	if !errors.As(err, &told) {
		return err
	}
	place := "Bundle.entry[" + strconv.Itoa(i) + "]"
	moved := &fhir.Error{Kind: told.Kind, Err: err}
	for _, issue := range told.Issues {
		issue.Line, issue.Col = 0, 0 // they are of the resource alone
		if _, path, ok := strings.Cut(issue.Expression, "."); ok {
			issue.Expression = place + ".resource." + path
		} else {
			issue.Expression = place
		}
		moved.Issues = append(moved.Issues, issue)
	}
	return moved
}

// splice writes a tree as JSON with some of its values replaced: by what replace gives for them, where it gives
// something. of is what FHIR says of the value; the zero Definition where that does not matter.
func splice(out []byte, n fhir.Node, of fhir.Definition, replace func(fhir.Node, fhir.Definition) []byte) []byte {
	if other := replace(n, of); other != nil {
		return append(out, other...)
	}
	switch n.Kind() {
	case fhir.Object:
		out = append(out, '{')
		first := true
		for name, member := range n.Members() {
			if !first {
				out = append(out, ',')
			}
			first = false
			out, _ = jsontext.AppendQuote(out, name) // it was read as UTF-8
			out = splice(append(out, ':'), member, memberOf(of, name, member), replace)
		}
		return append(out, '}')
	case fhir.Array:
		out = append(out, '[')
		first := true
		for one := range n.Each() {
			if !first {
				out = append(out, ',')
			}
			first = false
			out = splice(out, one, of.At(one), replace)
		}
		return append(out, ']')
	default:
		return append(out, n.Bytes()...)
	}
}

// memberOf is what FHIR says of a member; for a list, of its entries.
func memberOf(of fhir.Definition, name string, member fhir.Node) fhir.Definition {
	e, ok := of.Element(name)
	if !ok || strings.HasPrefix(name, "_") {
		return fhir.Definition{}
	}
	if member.Kind() == fhir.Array {
		return e.Of
	}
	return e.Of.At(member)
}
