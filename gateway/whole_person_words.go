package gateway

import (
	"strings"

	"concord/fhir"
	"concord/fhir/care"
)

// words turns one value into plain words by its shape: a primitive, CodeableConcept, Coding, Reference, HumanName,
// Quantity, Period, Range, Annotation, Dosage, ContactPoint, Address or Attachment; a list is joined. What has no
// words gives none: an id is never shown to people.
func (p *person) words(n fhir.Node) string {
	switch n.Kind() {
	case fhir.Array:
		var all []string
		for e := range n.Each() {
			if w := p.words(e); w != "" {
				all = append(all, w)
			}
		}
		return strings.Join(all, ", ")
	case fhir.Bool:
		if n.Text() == "true" {
			return "yes"
		}
		return "no"
	case fhir.Object:
		return p.objectWords(n)
	default:
		return n.Text()
	}
}

// objectWords knows a data type by the members that only it has: text before codes, names before numbers.
func (p *person) objectWords(n fhir.Node) string {
	get := func(name string) string { return n.Get(name).Text() }
	switch {
	case get("text") != "": // CodeableConcept, HumanName, Annotation, Dosage, Address
		return get("text")
	case n.Get("coding").OK():
		return codingWords(n.Get("coding").First())
	case n.Get("family").OK(), n.Get("given").OK():
		return join(" ", p.words(n.Get("prefix").First()), given(n), get("family"))
	case get("display") != "": // Coding, Reference
		return get("display")
	case get("reference") != "":
		return p.targetWords(n)
	case n.Get("start").OK(), n.Get("end").OK(), n.Get("low").OK(), n.Get("high").OK():
		from, until := n.Get("start"), n.Get("end")
		if n.Get("low").OK() || n.Get("high").OK() {
			from, until = n.Get("low"), n.Get("high")
		}
		return join(" ", day(p.words(from)), "to", day(p.words(until)))
	case get("value") != "": // Quantity, ContactPoint, Identifier
		return join(" ", get("comparator"), get("value"), get("unit"))
	case n.Get("line").OK(), get("postalCode") != "":
		return join(", ", p.words(n.Get("line")), get("city"), get("postalCode"))
	case get("title") != "":
		return get("title")
	case get("code") != "": // a Coding without a display
		return codingWords(n)
	default:
		return ""
	}
}

// codingWords is a coding's display, or what our table calls it, or the bare code.
func codingWords(n fhir.Node) string {
	if display := n.Get("display").Text(); display != "" {
		return display
	}
	if w, ok := care.WordOf(n.Get("system").Text(), n.Get("code").Text()); ok {
		return w.Display
	}
	return n.Get("code").Text()
}

// targetWords names what a reference without a display points to: a contained thing or a visible one by its title,
// an organisation by its public name.
func (p *person) targetWords(n fhir.Node) string {
	reference := n.Get("reference").Text()
	if id, contained := strings.CutPrefix(reference, "#"); contained {
		return p.containedWords(n, id)
	}
	ref, ok := fhir.ParseRef(reference)
	if !ok {
		return ""
	}
	if t, ok := p.byRef[ref]; ok {
		return p.ownTitle(t)
	}
	if ref.Type == "Organization" && p.Looks != nil {
		return p.Looks(ref)
	}
	return ""
}

// containedWords names the contained thing with this id in the resource around n, unless it was cut.
func (p *person) containedWords(n fhir.Node, id string) string {
	for n.Parent().OK() {
		n = n.Parent()
	}
	for c := range n.All("contained") {
		if c.Get("id").Text() == id {
			return p.ownTitle(&thing{root: c})
		}
	}
	return ""
}

// titleIn are the elements that name a thing, the better ones first.
var titleIn = [...]string{
	"title", "name", "code", "medicationCodeableConcept", "medicationReference", "vaccineCode", "description", "type",
	"serviceType", "scope", "category", "class", "summary",
}

// title is what a thing is called and the element that says so.
func (p *person) title(t *thing) (name, element string) {
	if t.ref.Type == "Patient" {
		return p.patientName(t), "name"
	}
	for _, element := range titleIn {
		if name := p.words(t.root.Get(element).First()); name != "" {
			return name, element
		}
	}
	return string(t.ref.Type), ""
}

// ownTitle is what a thing that is referred to is called by its own words. It follows no reference, since things
// may refer to each other in a circle.
func (p *person) ownTitle(t *thing) string {
	if t.ref.Type == "Patient" {
		return p.patientName(t)
	}
	for _, element := range titleIn {
		value := t.root.Get(element).First()
		if value.Get("reference").OK() {
			continue
		}
		if name := p.words(value); name != "" {
			return name
		}
	}
	return ""
}

// given is all given names.
func given(name fhir.Node) string {
	var all []string
	for one := range name.All("given") {
		all = append(all, one.Text())
	}
	return strings.Join(all, " ")
}

// join joins the parts that are not empty.
func join(between string, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, between)
}
