package gateway

import (
	"concord/fhir/care"
)

// section lays out one section: references to the visible things of that section, and a text made anew from what
// may be seen of them. The text that came with a thing is not used: it may tell what was cut.
func (p *person) section(one care.Section) section {
	made := p.headed(one)
	n := newNarrative()
	things := p.in(one)
	if len(things) == 0 {
		made.Text = n.paragraph(nothingToShow).div()
		return made
	}
	n.open("ul")
	for _, t := range things {
		p.tell(n, t)
		made.Entry = append(made.Entry, reference{Reference: t.ref.String()})
	}
	made.Text = n.close("ul").div()
	return made
}

// headed is a section with its constant title and codes.
func (p *person) headed(one care.Section) section {
	title := one.Title()
	words := title.Title
	if plain(p.Class) {
		words = title.Plain
	}
	code := &concept{Coding: []coding{{System: care.SystemSection, Code: title.Code}}}
	if title.Loinc != "" {
		code.Coding = append(code.Coding, coding{System: care.SystemLoinc, Code: title.Loinc})
	}
	return section{Title: words, Code: code}
}

// aboutThisView is the banner as a section of its own, the last: it is constant.
func (p *person) aboutThisView() section {
	return section{
		Title: "About this view",
		Code:  &concept{Coding: []coding{{System: care.SystemSection, Code: "about-this-view"}}},
		Text:  newNarrative().paragraph(banner(p.Class)).div(),
	}
}
