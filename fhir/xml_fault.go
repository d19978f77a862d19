package fhir

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// xmlOrigin says which element of the XML a byte of the JSON comes from, with all bytes after it up to the next
// origin.
type xmlOrigin struct{ json, xml int32 }

// relocate moves issues, which stand in the order of the JSON, from their place there to that in the XML. The JSON is
// one line.
func (r *xmlReader) relocate(issues []Issue) {
	at, origins, column, k := int32(0), r.origins, 0, 0
	for offset := range string(r.out) {
		column++
		for len(origins) > 0 && int(origins[0].json) <= offset {
			at, origins = origins[0].xml, origins[1:]
		}
		for ; k < len(issues) && issues[k].Col <= column; k++ {
			if issues[k].Line > 0 {
				issues[k].Line, issues[k].Col = place(r.tree.data, int(at))
			}
		}
		if k == len(issues) {
			break
		}
	}
	for ; k < len(issues); k++ { // at the very end
		issues[k].Line, issues[k].Col = place(r.tree.data, int(at))
	}
}

// arrangeIssues puts issues in the order of the XML.
func arrangeIssues(issues []Issue) {
	slices.SortStableFunc(issues, func(a, b Issue) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

// xmlPlace is where the reader is, for the expressions of faults.
type xmlPlace struct {
	up    *xmlPlace
	name  string
	index int // among the elements of its name, or -1 when it does not repeat
}

// report notes a fault. Its text goes to the caller: names of the specification, and nothing of the content.
func (r *xmlReader) report(offset int, code Kind, at *xmlPlace, format string, args ...any) {
	if len(r.issues) >= maxIssues {
		return
	}
	issue := Issue{Code: code, Diagnostics: fmt.Sprintf(format, args...), Expression: at.expression()}
	issue.Line, issue.Col = place(r.tree.data, offset)
	r.issues = append(r.issues, issue)
}

// expression is the FHIRPath of the place.
func (p *xmlPlace) expression() string {
	var b strings.Builder
	p.write(&b)
	return b.String()
}

func (p *xmlPlace) write(b *strings.Builder) {
	if p.up != nil {
		p.up.write(b)
		b.WriteByte('.')
	}
	b.WriteString(p.name)
	if p.index >= 0 {
		fmt.Fprintf(b, "[%d]", p.index)
	}
}
