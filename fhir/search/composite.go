package search

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

// part is one part of a composite parameter (FHIR R4, search.html#composite).
type part struct {
	name  string // of its entries
	kind  Kind
	paths []path
	root  bool // read from the resource, and not from the context
}

// compilePart reads "token=code:CodeableConcept".
func compilePart(s string) (part, error) {
	word, texts, ok := strings.Cut(s, "=")
	p := part{kind: kindOf(word)}
	if !ok || p.kind == 0 || p.kind == Composite {
		return part{}, fmt.Errorf("part %q has no kind", s)
	}
	texts, p.root = strings.CutPrefix(texts, "/")
	for text := range strings.SplitSeq(texts, "|") {
		compiled, err := compile(p.kind, text)
		if err != nil {
			return part{}, err
		}
		p.paths = append(p.paths, compiled)
	}
	return p, nil
}

// partName is the name of the entries of one part: "code-value-quantity#1".
func partName(code string, i int) string { return code + "#" + strconv.Itoa(i) }

// composite adds the parts of each value, one group a value. A value without one of its parts is none.
func (x *extraction) composite(root fhir.Node, p *Parameter) {
	for i := range p.paths {
		walk(root, p.paths[i].steps, func(context fhir.Node) {
			start, left := len(x.entries), x.left
			x.group = x.last + 1
			if x.all(root, context, p) {
				x.last = x.group
			} else {
				x.entries, x.left = x.entries[:start], left
			}
			x.group = 0
		})
	}
}

// all reads every part of one value, and reports whether each has something.
func (x *extraction) all(root, context fhir.Node, p *Parameter) bool {
	for i := range p.parts {
		of := &p.parts[i]
		from := context
		if of.root {
			from = root
		}
		before := len(x.entries)
		x.param, x.kind = of.name, of.kind
		for j := range of.paths {
			one := &of.paths[j]
			walk(from, one.steps, func(n fhir.Node) { one.value(x, n, one.target) })
		}
		if len(x.entries) == before {
			return false
		}
	}
	return true
}

// foundTogether reports whether all parts of an alternative are found in one group of entries.
func (c Clause) foundTogether(entries []Entry) bool {
	first := partName(c.Param, 0)
	for i := range entries {
		if entries[i].Group == 0 || entries[i].Param != first {
			continue
		}
		for j := range c.Any {
			if c.together(c.Any[j], entries, entries[i].Group) {
				return true
			}
		}
	}
	return false
}

// together reports whether each part of the value is found in the group.
func (c Clause) together(v Value, entries []Entry, group int) bool {
	for i := range c.Parts {
		name := partName(c.Param, i)
		ok := len(v.Parts) == len(c.Parts) && slices.ContainsFunc(entries, func(e Entry) bool {
			return e.Group == group && e.Param == name && v.Parts[i].matches(c.Parts[i], "", e)
		})
		if !ok {
			return false
		}
	}
	return len(c.Parts) > 0
}
