package fhir

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// xmlQuoted escapes the value of an attribute, so that white space survives its reading (XML 1.0 3.3.3).
var xmlQuoted = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;")

// EncodeXML writes as XML (FHIR R4, xml.html) a resource or a Bundle from JSON that is known to be good, such as an
// answer on its way out. DecodeXML gives back the same JSON, but for the order of members and the escapes in strings.
// Characters that XML cannot hold (U+FFFE, U+FFFF) become U+FFFD, and a narrative that is no XHTML becomes text.
// The error is a fault of ours, or tells of what has no place in XML: extensions of an element's id, or of a url.
func EncodeXML(json []byte) ([]byte, error) {
	root, err := Walk(json)
	if err != nil {
		return nil, &Error{Kind: Exception, Err: fmt.Errorf("read the JSON that is to become XML: %w", err)}
	}
	w := &xmlWriter{out: make([]byte, 0, len(json)+len(json)/4)}
	w.out = append(w.out, `<?xml version="1.0" encoding="UTF-8"?>`...)
	if err := w.resource(root, ` xmlns="`+fhirSpace+`"`); err != nil {
		return nil, &Error{Kind: Exception, Err: err}
	}
	return w.out, nil
}

// xmlWriter appends the elements of a tree of JSON.
type xmlWriter struct{ out []byte }

// xmlMember is an element of an object: its value, and what stands beside it when it is a primitive.
type xmlMember struct {
	name          string
	of            *element
	rank          int
	value, beside Node
}

// resource writes a resource; declaration is put into its start tag.
func (w *xmlWriter) resource(n Node, declaration string) error {
	name := n.Get("resourceType").Text()
	s := resourceShape(Type(name))
	if s == nil {
		return fmt.Errorf("write XML: %s is no resource", n.Path())
	}
	w.out = append(w.out, "<"+name+declaration...)
	return w.content(n, name, s)
}

// content writes what an object holds, after the name in its start tag, and its end tag. n may be missing: a
// primitive that has nothing beside its value.
func (w *xmlWriter) content(n Node, name string, s *shape) error {
	var room [16]xmlMember
	members, err := arrange(room[:0], n, s)
	if err != nil {
		return err
	}
	children := members[:0]
	for _, m := range members {
		attribute := m.name == "id" && !KnownType(Type(s.name)) || m.name == "url" && s.name == "Extension"
		switch {
		case !attribute:
			children = append(children, m)
		case m.beside.OK():
			return fmt.Errorf("write XML: %s.%s is an attribute, which has no id or extension", expression(n), m.name)
		default:
			w.attribute(m.name, m.value.Text())
		}
	}
	if len(children) == 0 {
		w.out = append(w.out, "/>"...)
		return nil
	}
	w.out = append(w.out, '>')
	for _, m := range children {
		if err := w.member(m); err != nil {
			return err
		}
	}
	w.out = append(w.out, "</"+name+">"...)
	return nil
}

// arrange gives the members of an object in the order of the specification, primitives joined with what stands
// beside them.
func arrange(members []xmlMember, n Node, s *shape) ([]xmlMember, error) {
	resource := KnownType(Type(s.name))
	for key, v := range n.Members() {
		if resource && key == "resourceType" {
			continue
		}
		name, beside := strings.CutPrefix(key, "_")
		e := lookup(s, name)
		if e == nil {
			return nil, fmt.Errorf("write XML: %s has a member that is no element of %s", expression(n), s.name)
		}
		i := slices.IndexFunc(members, func(m xmlMember) bool { return m.name == name })
		if i < 0 {
			i = len(members)
			members = append(members, xmlMember{name: name, of: e, rank: s.rank(e)})
		}
		if beside {
			members[i].beside = v
			continue
		}
		members[i].value = v
	}
	slices.SortStableFunc(members, func(a, b xmlMember) int { return cmp.Compare(a.rank, b.rank) })
	return members, nil
}

// member writes one element, as often as it has values.
func (w *xmlWriter) member(m xmlMember) error {
	if m.of.of.primitive {
		return w.primitives(m)
	}
	for v := range m.value.Each() {
		var err error
		w.out = append(w.out, "<"+m.name...)
		if m.of.of.anything {
			w.out = append(w.out, '>')
			err = w.resource(v, "")
			w.out = append(w.out, "</"+m.name+">"...)
		} else {
			err = w.content(v, m.name, m.of.of)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// primitives writes the values of a primitive, each with the id and the extensions beside it.
func (w *xmlWriter) primitives(m xmlMember) error {
	if m.of.of.name == "Xhtml" {
		if m.beside.OK() {
			return fmt.Errorf("write XML: %s is XHTML, which has no id or extension", expression(m.beside))
		}
		w.out = append(w.out, narrativeXML(m.value.Text())...)
		return nil
	}
	values, besides := entries(m.value), entries(m.beside)
	for k := range max(len(values), len(besides)) {
		w.out = append(w.out, "<"+m.name...)
		if k < len(values) && values[k].Kind() != Null {
			w.attribute("value", values[k].Text())
		}
		var beside Node
		if k < len(besides) {
			beside = besides[k]
		}
		if err := w.content(beside, m.name, m.of.of); err != nil {
			return err
		}
	}
	return nil
}

// attribute writes an attribute into the start tag that is open.
func (w *xmlWriter) attribute(name, value string) {
	w.out = append(w.out, " "+name+`="`...)
	if strings.ContainsAny(value, "&<>\"\n\r\t") {
		value = xmlQuoted.Replace(value)
	}
	w.out = append(w.out, xmlClean(value)...)
	w.out = append(w.out, '"')
}
