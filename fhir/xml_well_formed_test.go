package fhir

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// FuzzXMLIsWellFormed holds the reader of markup against another: what it takes, encoding/xml takes too, with
// the same elements and attributes.
func FuzzXMLIsWellFormed(f *testing.F) {
	f.Add([]byte("\ufeff<?xml version='1.0'?><?p x?><a:b xmlns:a='u' a:c=\"&lt;&#x41;\"><!-- - --><c/> ]] ></a:b>\n"))
	f.Add([]byte(`<p xmlns="http://hl7.org/fhir"><div xmlns="http://www.w3.org/1999/xhtml"><![CDATA[x]]></div></p>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tree, err := plantXML(data)
		if err != nil {
			return
		}
		var names []string
		inside := 0 // of a narrative
		d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff")))
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("encoding/xml refuses it: %v", err)
			}
			switch tok := tok.(type) {
			case xml.StartElement:
				if inside == 0 {
					names = append(names, tok.Name.Space+" "+tok.Name.Local)
					for _, a := range tok.Attr {
						if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
							names = append(names, a.Name.Space+" "+a.Name.Local+"="+a.Value)
						}
					}
				}
				if inside > 0 || tok.Name.Space == xhtmlSpace {
					inside++
				}
			case xml.EndElement:
				inside = max(0, inside-1)
			default:
			}
		}
		var got []string
		for _, e := range tree.elements {
			got = append(got, e.space+" "+e.name)
			for _, a := range e.attrs {
				got = append(got, a.space+" "+a.name+"="+a.value)
			}
		}
		flat := strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")
		for i := range names {
			names[i] = flat.Replace(names[i])
		}
		for i := range got {
			got[i] = flat.Replace(got[i])
		}
		if !slices.Equal(got, names) {
			t.Errorf("got %q, encoding/xml has %q", got, names)
		}
	})
}
