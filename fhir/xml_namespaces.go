package fhir

import (
	"slices"
	"strings"
)

// The namespaces that mean something here (FHIR R4, xml.html; narrative.html).
const (
	fhirSpace   = "http://hl7.org/fhir"
	xhtmlSpace  = "http://www.w3.org/1999/xhtml"
	schemaSpace = "http://www.w3.org/2001/XMLSchema-instance"
	xmlsSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace  = "http://www.w3.org/2000/xmlns/"
)

// maxNamespaces bounds the declarations in force at one place, which every name looks through.
const maxNamespaces = 64

// xmlNamespace is one declaration: xmlns:prefix="space".
type xmlNamespace struct{ prefix, space string }

// xmlNamespaces are the declarations in force, innermost last (Namespaces in XML 1.0).
type xmlNamespaces struct {
	scan *xmlScanner
	in   []xmlNamespace
}

// declare takes the declarations of a start tag and gives its other attributes, with their namespaces.
func (n *xmlNamespaces) declare(t xmlToken) ([]xmlAttribute, error) {
	plain := func(a xmlAttribute) bool { return a.name != "xmlns" && !strings.Contains(a.name, ":") }
	if !slices.ContainsFunc(t.attrs, func(a xmlAttribute) bool { return !plain(a) }) {
		return t.attrs, nil
	}
	var rest []xmlAttribute
	for _, a := range t.attrs {
		prefix, ok := strings.CutPrefix(a.name, "xmlns:")
		if !ok && a.name != "xmlns" {
			rest = append(rest, a)
			continue
		}
		if !ok {
			prefix = ""
		}
		// xml and its namespace belong to each other, xmlns is nobody's, and a prefix cannot be undeclared.
		reserved := a.value == xmlnsSpace || prefix == "xmlns" || (prefix == "xml") != (a.value == xmlsSpace)
		if reserved || ok && a.value == "" {
			return nil, n.scan.fault(a.start, "this namespace cannot be declared so (Namespaces in XML 1.0)")
		}
		if len(n.in) == maxNamespaces {
			return nil, n.scan.limit(a.start, "more than 64 namespaces are declared here")
		}
		n.in = append(n.in, xmlNamespace{prefix, a.value})
	}
	// Only now are all declarations of the tag known; an attribute without a prefix has no namespace.
	for i := range rest {
		a := &rest[i]
		prefix, local, ok := strings.Cut(a.name, ":")
		if !ok {
			continue
		}
		at := n.find(prefix)
		if at < 0 && prefix != "xml" {
			return nil, n.scan.fault(a.start, "the prefix of the attribute is not declared")
		}
		a.space, a.name = xmlsSpace, local
		if at >= 0 {
			a.space = n.in[at].space
		}
		for _, other := range rest[:i] {
			if other.space == a.space && other.name == local {
				return nil, n.scan.fault(a.start, "the attribute stands twice in its tag: write it once")
			}
		}
	}
	return rest, nil
}

// find gives the place of the declaration that a prefix means, or -1. The empty prefix is that of elements
// without one.
func (n *xmlNamespaces) find(prefix string) int {
	for i, declared := range slices.Backward(n.in) {
		if declared.prefix == prefix {
			return i
		}
	}
	return -1
}

// element gives the namespace and the local name of a tag.
func (n *xmlNamespaces) element(t xmlToken) (space, local string, err error) {
	prefix, local, ok := strings.Cut(t.name, ":")
	if !ok {
		prefix, local = "", t.name
	}
	at := n.find(prefix)
	switch {
	case at >= 0:
		return n.in[at].space, local, nil
	case prefix == "":
		return "", local, nil
	case prefix == "xml":
		return xmlsSpace, local, nil
	default:
		return "", "", n.scan.fault(t.start, "the prefix of the element is not declared")
	}
}
