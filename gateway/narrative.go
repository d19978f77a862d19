package gateway

import (
	"encoding/xml"
	"strings"
)

// narrative builds the XHTML of a text (FHIR R4, narrative.html). All that is put in is escaped; elements are our constants.
type narrative struct {
	b strings.Builder
}

// newNarrative is an empty text, which is not valid before something was put in.
func newNarrative() *narrative { return &narrative{} }

// open starts an element.
func (n *narrative) open(element string) *narrative {
	n.b.WriteString("<" + element + ">")
	return n
}

// close ends an element.
func (n *narrative) close(element string) *narrative {
	n.b.WriteString("</" + element + ">")
	return n
}

// text writes text as text: markup is escaped, and what XML cannot hold becomes U+FFFD.
func (n *narrative) text(s string) *narrative {
	_ = xml.EscapeText(&n.b, []byte(s)) // a strings.Builder takes everything
	return n
}

// strong writes the name of a thing.
func (n *narrative) strong(s string) *narrative { return n.open("b").text(s).close("b") }

// paragraph writes one paragraph.
func (n *narrative) paragraph(s string) *narrative { return n.open("p").text(s).close("p") }

// say writes "; label: value", or nothing when there is no value.
func (n *narrative) say(label, value string) {
	if value == "" {
		return
	}
	n.text("; ")
	if label != "" {
		n.text(label + ": ")
	}
	n.text(value)
}

// add writes what another narrative holds.
func (n *narrative) add(other *narrative) *narrative {
	n.b.WriteString(other.b.String())
	return n
}

// link writes a link.
func (n *narrative) link(href, s string) *narrative {
	n.b.WriteString(`<a href="`)
	n.text(href)
	n.b.WriteString(`">`)
	return n.text(s).close("a")
}

// div ends the narrative and gives it as it stands in a resource.
func (n *narrative) div() *text {
	return &text{Status: "generated", Div: `<div xmlns="http://www.w3.org/1999/xhtml">` + n.b.String() + "</div>"}
}
