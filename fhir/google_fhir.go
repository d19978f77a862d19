package fhir

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"
)

// unmarshaller keeps no state between calls, so all goroutines share one.
var unmarshaller = sync.OnceValues(func() (*jsonformat.Unmarshaller, error) {
	return jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
})

// decode has google/fhir read what passed the strict check, for the rules that are its own: lexical forms,
// and which types a reference may point at. Its validation does not enter contained resources, so each is
// decoded by itself too.
func decode(t *tree) ([]Issue, error) {
	u, err := unmarshaller()
	if err != nil {
		return nil, fmt.Errorf("make the google/fhir reader: %w", err)
	}
	data := withoutNulls(t)
	found := faults{data: blanked(t, data, 0)}
	if err := found.read(u, Node{t, 0}); err != nil {
		return nil, err
	}
	for i := range t.nodes {
		if isParameter(t, int32(i)) {
			found.data = blanked(t, data, int32(i))
			if err := found.read(u, Node{t, int32(i)}); err != nil {
				return nil, err
			}
		}
	}
	found.data = data
	for i := range t.nodes {
		if t.nodes[i].name != "contained" {
			continue
		}
		for inner := range (Node{t, int32(i)}).Each() {
			if err := found.read(u, inner); err != nil {
				return nil, err
			}
		}
	}
	return found.issues(), nil
}

// isParameter reports whether a value is the resource of a parameter (FHIR R4, parameters.html), which google/fhir
// does not read inside its host. It is read by itself.
func isParameter(t *tree, i int32) bool {
	n := Node{t, i}
	list := n.Parent().Parent()
	return n.Name() == "resource" && n.Kind() == Object && list.Kind() == Array && (list.Name() == "parameter" || list.Name() == "part")
}

// blanked is the JSON with a true in the place of each resource of a parameter inside a value. The length stays.
func blanked(t *tree, data []byte, within int32) []byte {
	outer := t.nodes[within]
	changed := data
	after := outer.start // what is inside one that is blanked already goes with it
	for i, n := range t.nodes {
		if n.start <= after || n.end > outer.end || !isParameter(t, int32(i)) {
			continue
		}
		after = n.end
		if &changed[0] == &data[0] {
			changed = bytes.Clone(data)
		}
		member := changed[n.key:n.end]
		for k := copy(member, `"valueBoolean":true`); k < len(member); k++ {
			member[k] = ' '
		}
	}
	return changed
}

// withoutNulls is the JSON as google/fhir can read it: it knows no null in an array of primitives, but it does
// know an object there, for a primitive without value. The length stays.
func withoutNulls(t *tree) []byte {
	data := t.data
	for _, n := range t.nodes {
		if n.kind != Null {
			continue
		}
		if &data[0] == &t.data[0] {
			data = bytes.Clone(data)
		}
		copy(data[n.start:n.end], "{}  ")
	}
	return data
}

// faults gathers what google/fhir reports: where, and never what it says, since its texts quote the content.
type faults struct {
	data []byte // what google/fhir is given
	root Node   // of the reading at hand
	at   map[Node]Kind
}

func (f *faults) read(u *jsonformat.Unmarshaller, root Node) error {
	f.root = root
	whole := root.t.nodes[root.i]
	_, err := u.UnmarshalWithErrorReporter(f.data[whole.start:whole.end], f)
	if err == nil {
		return nil
	}
	// The type of its lists is internal. Each line of the text starts with the path; the rest is dropped.
	for line := range strings.Lines(err.Error()) {
		quoted, ok := strings.CutPrefix(line, "error at ")
		if !ok {
			f.add("", Value)
			continue
		}
		if quoted, err := strconv.QuotedPrefix(quoted); err == nil {
			path, _ := strconv.Unquote(quoted)
			f.add(path, Value)
		}
	}
	if len(f.at) == 0 {
		return errors.New("google/fhir refused a resource without saying where")
	}
	return nil
}

// ReportValidationError takes one fault of validation.
func (f *faults) ReportValidationError(path string, _ error) error {
	f.add(path, Value)
	return nil
}

// ReportValidationWarning is not used by google/fhir today; what it warns of is accepted.
func (f *faults) ReportValidationWarning(string, error) error { return nil }

// add finds the value that a path of google/fhir means, as far as it can be followed. A choice is two steps
// in it, "value.quantity", and one member in JSON.
func (f *faults) add(path string, code Kind) {
	n := f.root
	steps := strings.Split(path, ".")
	for i := 1; i < len(steps); i++ {
		name, index, _ := strings.Cut(strings.TrimSuffix(steps[i], "]"), "[")
		if strings.EqualFold(name, n.Get("resourceType").Text()) {
			continue // a resource in another is a step of its own
		}
		next := n.Get(name)
		if !next.OK() && i+1 < len(steps) {
			kind, _, _ := strings.Cut(steps[i+1], "[")
			kind = strings.TrimSuffix(kind, "Value")
			next = fold(n, name+kind)
			i++
		}
		if k, err := strconv.Atoi(index); err == nil && next.Kind() == Array {
			next = entry(next, k)
		}
		if !next.OK() {
			break
		}
		n = next
	}
	if f.at == nil {
		f.at = map[Node]Kind{}
	}
	f.at[n] = code
}

func fold(n Node, name string) Node {
	for other, m := range n.Members() {
		if strings.EqualFold(other, name) {
			return m
		}
	}
	return Node{}
}

func entry(n Node, k int) Node {
	for e := range n.children() {
		if k == 0 {
			return Node{n.t, e}
		}
		k--
	}
	return Node{}
}

// issues words the faults, in the order of the bytes.
func (f *faults) issues() []Issue {
	at := make([]Node, 0, len(f.at))
	for n := range f.at {
		at = append(at, n)
	}
	slices.SortFunc(at, func(a, b Node) int { return cmp.Compare(a.i, b.i) })
	c := checker{}
	for _, n := range at {
		c.tree = n.t
		switch s := shapeAt(n); {
		case s != nil && s.primitive:
			c.report(n.i, f.at[n], "this is not a valid %s", kindWord(s))
		case s != nil && s.name == "Reference":
			c.report(n.i, f.at[n], "the reference is malformed, or points at a type of resource that may not stand here")
		default:
			c.report(n.i, f.at[n], "the element does not follow FHIR R4")
		}
	}
	return c.issues
}
