package fhir

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// DecodeXML reads one resource in XML (FHIR R4, xml.html), as strictly as DecodeJSON reads JSON, and turns it into JSON,
// which is how Concord keeps what it is given. It refuses document types, entities, elements that are out of
// order, attributes and text that FHIR does not know. Comments and processing instructions are dropped. The
// error is an *Error with one issue for each fault, at most 50; line and column are those of the XML.
func DecodeXML(data []byte) (*Resource, error) {
	if len(data) > MaxBytes {
		return nil, single(Issue{Code: TooLong, Diagnostics: "the resource is larger than this server takes (4 MB): divide it"})
	}
	t, err := plantXML(data)
	if err != nil {
		return nil, err
	}
	r := &xmlReader{tree: t, out: make([]byte, 0, len(data))}
	r.resource(0, nil)
	// Faults of the XML are told by themselves: where it has some, the JSON lacks what stood there, and would be
	// found faulty for that.
	if len(r.issues) > 0 {
		arrangeIssues(r.issues)
		return nil, refusal(r.issues)
	}
	resource, err := DecodeJSON(r.out)
	if refused, ok := errors.AsType[*Error](err); ok {
		r.relocate(refused.Issues)
		arrangeIssues(refused.Issues)
	}
	return resource, err
}

// xmlReader writes the JSON of an XML tree, held against the shapes of FHIR. Where it finds faults it goes on, to tell
// of the others, and what it has written is of no use.
type xmlReader struct {
	tree    *xmlTree
	out     []byte
	origins []xmlOrigin // in the order of both
	issues  []Issue
}

// from notes where in the XML that comes from what is written next.
func (r *xmlReader) from(start int32) {
	r.origins = append(r.origins, xmlOrigin{int32(len(r.out)), start}) //nolint:gosec // MaxBytes bounds it
}

// quote writes a string. The scanner has seen to it that the document is UTF-8, and a reference in it a character,
// so that there is nothing here that cannot be written.
func (r *xmlReader) quote(text string) {
	quoted, err := jsontext.AppendQuote(r.out, text)
	if err != nil {
		panic("fhir: text of a checked document is not UTF-8: " + err.Error())
	}
	r.out = quoted
}

// resource writes a resource: the whole document, or what is in an element that holds one. at is nil for the
// document. A resource has no attributes but declarations of namespaces: its id is an element.
func (r *xmlReader) resource(i int32, at *xmlPlace) {
	e := &r.tree.elements[i]
	if at == nil {
		at = &xmlPlace{name: "Resource", index: -1}
	}
	s := resourceShape(Type(e.name))
	switch {
	case e.space != fhirSpace:
		r.report(int(e.start), Structure, at, "a resource is an element of the namespace http://hl7.org/fhir")
		return
	case s == nil:
		r.report(int(e.start), Structure, at, "this is not a resource type of FHIR R4; names are case-sensitive")
		return
	case at.up == nil: // the document itself: expressions begin with its type
		at.name = e.name
	}
	for _, a := range e.attrs {
		if a.space != schemaSpace || a.name != "schemaLocation" { // a hint for editors, which says nothing
			r.report(a.start, Structure, at, "a resource has no attribute of this name")
		}
	}
	r.from(r.tree.elements[i].start)
	r.out = append(r.out, `{"resourceType":"`+e.name+`"`...)
	r.elements(i, s, at)
	r.out = append(r.out, '}')
}

// object writes an element of a data type or a backbone element. What JSON has as members id and url are its
// attributes (FHIR R4, xml.html: id of elements, url of extensions).
func (r *xmlReader) object(i int32, s *shape, at *xmlPlace) {
	e := &r.tree.elements[i]
	if len(e.attrs) == 0 && e.first < 0 {
		r.report(int(e.start), Structure, at, "an element cannot be empty: leave it out")
	}
	r.from(r.tree.elements[i].start)
	r.out = append(r.out, '{')
	for _, a := range e.attrs {
		if a.space != "" || a.name != "id" && (a.name != "url" || s.name != "Extension") {
			r.report(a.start, Structure, at, "there is no such attribute in %s", s.name)
			continue
		}
		r.from(int32(a.start)) //nolint:gosec // MaxBytes bounds it
		r.member(a.name)
		r.quote(a.value)
	}
	r.elements(i, s, at)
	r.out = append(r.out, '}')
}

// member writes the name of a member, and the comma before it.
func (r *xmlReader) member(name string) {
	if r.out[len(r.out)-1] != '{' {
		r.out = append(r.out, ',')
	}
	r.quote(name)
	r.out = append(r.out, ':')
}
