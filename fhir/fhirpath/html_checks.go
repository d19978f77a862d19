package fhirpath

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// The narrative may use these elements and attributes (FHIR R4, narrative.html#id).
var (
	narrativeElements = strings.Fields(`a abbr acronym address b bdo big blockquote br caption cite code col colgroup dd dfn div
		dl dt em h1 h2 h3 h4 h5 h6 hr i img ins del kbd li map area ol p pre q s samp small span strike strong sub sup table
		tbody td tfoot th thead tr tt u ul var`)
	narrativeAttributes = strings.Fields(`abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing
		cellvalign char charoff charset cite class colspan compact coords dir frame headers height href hreflang hspace id
		lang longdesc name nowrap rel rev rowspan rules scope shape span src start style summary tabindex title type valign
		value vspace width xmlns`)
)

const xhtml = "http://www.w3.org/1999/xhtml"

// htmlChecks holds a narrative against the rules of FHIR (FHIR R4, invariants txt-1 and txt-2): one div of XHTML, with
// the formatting that is allowed, no scripts, forms or external styles, and something in it.
func htmlChecks(c *application) ([]Value, error) {
	if len(c.in) == 0 {
		return nil, nil
	}
	s, ok, err := c.text()
	if err != nil {
		return nil, err
	}
	if !ok {
		return []Value{truth(false)}, nil
	}
	return []Value{truth(narrative(s))}, nil
}

// narrative reads the XHTML once and stops at the first fault.
func narrative(s string) bool {
	d := xml.NewDecoder(strings.NewReader(s))
	d.Entity = xml.HTMLEntity
	depth, roots, content := 0, 0, false
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return content && roots == 1
		}
		if err != nil {
			return false
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if tok.Name.Space != xhtml || depth == 0 && tok.Name.Local != "div" || !allowed(tok) {
				return false
			}
			content = content || tok.Name.Local == "img"
			if depth == 0 {
				roots++
			}
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			content = content || strings.TrimSpace(string(tok)) != ""
		case xml.ProcInst, xml.Directive:
			return false
		}
	}
}

// allowed reports whether an element and its attributes may stand in a narrative, and runs no script.
func allowed(e xml.StartElement) bool {
	for _, a := range e.Attr {
		namespaced := a.Name.Space == "xmlns" || strings.HasSuffix(a.Name.Space, "/XML/1998/namespace")
		if !namespaced && !slices.Contains(narrativeAttributes, a.Name.Local) {
			return false
		}
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Value)), "javascript:") {
			return false
		}
	}
	return slices.Contains(narrativeElements, e.Name.Local)
}
