package fhir

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
)

// xmlTag is a tag that is open in a narrative.
type xmlTag struct {
	name    string
	outside int // declarations in force around it
}

// narrative reads an element of XHTML whose start tag was read and gives its source (FHIR R4, narrative.html): as it
// stands, white space and all, but able to stand alone, so declarations that it owes to the elements around it,
// those before outside, are put into its start tag. Its own are in force already.
func (g *xmlGrower) narrative(start xmlToken, outside int) (string, error) {
	var (
		open []xmlTag
		owed []int
	)
	for t := start; ; {
		switch t.kind {
		case xmlEnd:
			return "", g.scan.fault(t.start, "the body ends before the narrative does: part of it is missing")
		case xmlInstruct:
			return "", g.scan.fault(t.start, "a narrative holds no processing instructions")
		case xmlOpen:
			before := len(g.spaces.in)
			if t.start != start.start {
				if _, err := g.spaces.declare(t); err != nil {
					return "", err
				}
			}
			space, _, err := g.spaces.element(t)
			if err != nil {
				return "", err
			}
			if space != xhtmlSpace {
				return "", g.scan.fault(t.start, "a narrative holds elements of XHTML only: "+xhtmlSpace)
			}
			owed = g.owed(owed, t, outside)
			if t.empty {
				g.spaces.in = g.spaces.in[:before]
			} else {
				open = append(open, xmlTag{t.name, before})
			}
		case xmlClose:
			last := open[len(open)-1]
			if t.name != last.name {
				return "", g.scan.fault(t.start, "the end tag is not that of the element which is open here")
			}
			g.spaces.in, open = g.spaces.in[:last.outside], open[:len(open)-1]
		default: // text and comments stay as they are
		}
		if len(open) == 0 {
			return g.alone(start, owed), nil
		}
		var err error
		if t, err = g.scan.next(); err != nil {
			return "", err
		}
	}
}

// alone is the source from a start tag to where the scanner is, with the declarations that it owes.
func (g *xmlGrower) alone(start xmlToken, owed []int) string {
	tag := start.start + len("<") + len(start.name)
	var b strings.Builder
	b.WriteString(g.scan.all[start.start:tag])
	for _, i := range owed {
		name := " xmlns"
		if prefix := g.spaces.in[i].prefix; prefix != "" {
			name += ":" + prefix
		}
		b.WriteString(name + `="` + xmlQuoted.Replace(g.spaces.in[i].space) + `"`)
	}
	b.WriteString(g.scan.all[tag:g.scan.pos])
	return b.String()
}

// owed adds the declarations from outside that the names of a tag mean.
func (g *xmlGrower) owed(owed []int, t xmlToken, outside int) []int {
	add := func(prefix string) {
		if at := g.spaces.find(prefix); at >= 0 && at < outside && !slices.Contains(owed, at) {
			owed = append(owed, at)
		}
	}
	prefix, _, ok := strings.Cut(t.name, ":")
	if !ok {
		prefix = ""
	}
	add(prefix)
	for _, a := range t.attrs {
		if prefix, _, ok := strings.Cut(a.name, ":"); ok && prefix != "xmlns" {
			add(prefix)
		}
	}
	return owed
}

// entity is a reference by name, of which HTML has many and XML five.
var entity = regexp.MustCompile(`&[A-Za-z][A-Za-z0-9]*;`)

// narrativeXML is the XML of a narrative out of JSON, where it is a string: as it stands, when that is XHTML. Names of
// HTML's characters become the characters. What is no XHTML is written as text, so that nothing of it is lost
// and nothing of it can pass for an element of the resource.
func narrativeXML(text string) string {
	source := strings.TrimSpace(text) // around an element it says nothing
	if div, ok := aloneXHTML(source); ok {
		return div
	}
	named := entity.ReplaceAllStringFunc(source, func(name string) string {
		if r, ok := xml.HTMLEntity[name[1:len(name)-1]]; ok && reference(name[1:len(name)-1]) < 0 {
			return r
		}
		return name
	})
	if div, ok := aloneXHTML(named); ok {
		return div
	}
	return `<div xmlns="` + xhtmlSpace + `">` + xmlQuoted.Replace(xmlClean(text)) + `</div>`
}

// aloneXHTML gives the source of one div with its namespace declared. Around it the namespace is taken to be that of
// XHTML already, so that a div which does not say so owes the declaration and gets it.
func aloneXHTML(source string) (string, bool) {
	g := &xmlGrower{scan: &xmlScanner{all: source}}
	g.spaces = xmlNamespaces{scan: g.scan, in: []xmlNamespace{{"", xhtmlSpace}}}
	if strings.HasPrefix(source, "<?") || g.scan.begin() != nil {
		return "", false
	}
	t, err := g.scan.next()
	if err != nil || t.kind != xmlOpen {
		return "", false
	}
	if _, err := g.spaces.declare(t); err != nil {
		return "", false
	}
	space, name, err := g.spaces.element(t)
	if err != nil || space != xhtmlSpace || name != "div" {
		return "", false
	}
	div, err := g.narrative(t, 1)
	return div, err == nil && g.scan.pos == len(source)
}
