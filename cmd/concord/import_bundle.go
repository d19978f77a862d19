package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
)

// document is JSON with its place in a file.
type document struct {
	data []byte
	at   position
}

// bundle is a Bundle as far as it must be read to import its entries one by one, so that one faulty entry does not
// keep the others out, and its size is not bound by that of a resource.
type bundle struct {
	resourceType, kind string
	entries            []bundleEntry
}

type bundleEntry struct {
	fullURL, method string
	start           int // offset of the entry
	resource        []byte
	resourceStart   int
	typ, id         string // the resource's own
}

// runs reports whether its entries are imported instead of the Bundle itself.
func (b bundle) runs() bool {
	return b.resourceType == "Bundle" && (b.kind == "transaction" || b.kind == "batch")
}

// scanBundle reads a document's type and, of a Bundle, the entries. It reports false for what is not a JSON object;
// the strict reading of the document says then what is wrong with it.
func scanBundle(data []byte) (bundle, bool) {
	var b bundle
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	err := eachMember(d, func(name string) error {
		switch name {
		case "resourceType":
			return readText(d, &b.resourceType)
		case "type":
			return readText(d, &b.kind)
		case "entry":
			return eachElement(d, func(start int) error {
				e := bundleEntry{start: start}
				err := e.scan(d)
				b.entries = append(b.entries, e)
				return err
			})
		default:
			return d.SkipValue()
		}
	})
	if err != nil {
		return bundle{}, false
	}
	_, err = d.ReadToken()
	return b, errors.Is(err, io.EOF)
}

func (e *bundleEntry) scan(d *jsontext.Decoder) error {
	return eachMember(d, func(name string) error {
		switch name {
		case "fullUrl":
			return readText(d, &e.fullURL)
		case "request":
			return eachMember(d, func(name string) error {
				if name == "method" {
					return readText(d, &e.method)
				}
				return d.SkipValue()
			})
		case "resource":
			value, err := d.ReadValue()
			if err != nil {
				return err
			}
			e.resource = bytes.Clone(value)
			e.resourceStart = int(d.InputOffset()) - len(value)
			return e.scanResource()
		default:
			return d.SkipValue()
		}
	})
}

func (e *bundleEntry) scanResource() error {
	d := jsontext.NewDecoder(bytes.NewBuffer(e.resource))
	return eachMember(d, func(name string) error {
		switch name {
		case "resourceType":
			return readText(d, &e.typ)
		case "id":
			return readText(d, &e.id)
		default:
			return d.SkipValue()
		}
	})
}

// eachEntry gives the entries of a Bundle that runs: what POST and PUT bring, and a refusal for any other method.
func eachEntry(s source, doc document, yield func(raw) error) error {
	b, _ := scanBundle(doc.data)
	refs := map[string]string{}
	for i := range b.entries {
		e := &b.entries[i]
		if e.id == "" {
			e.id = string(idFor(e.fullURL, s.key, i))
		}
		if e.writes() && e.fullURL != "" && fhir.KnownType(fhir.Type(e.typ)) {
			refs[e.fullURL] = e.typ + "/" + e.id
		}
	}
	at, offset := doc.at, 0
	place := func(to int) position { // entries come in order, so each byte is looked at once
		at, offset = at.past(doc.data[offset:to]), to
		return at
	}
	for i, e := range b.entries {
		r := raw{file: s.path, prefix: fmt.Sprintf("Bundle.entry[%d].resource", i), data: e.resource, id: fhir.ID(e.id), refs: refs}
		switch {
		case !e.writes():
			r.prefix = fmt.Sprintf("Bundle.entry[%d].request.method", i)
			r.err = fhir.Errorf(fhir.NotSupported, "only POST and PUT entries are imported")
			r.at = place(e.start)
		case e.resource == nil:
			r.err = fhir.Errorf(fhir.Required, "the entry has no resource")
			r.at = place(e.start)
		default:
			r.at = place(e.resourceStart)
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func (e *bundleEntry) writes() bool { return e.method == "POST" || e.method == "PUT" }

// idFor is the id of an entry whose resource has none: the fullUrl's uuid, else one derived from file and index.
func idFor(fullURL, key string, index int) fhir.ID {
	if uuid, ok := strings.CutPrefix(fullURL, "urn:uuid:"); ok && fhir.ID(uuid).Valid() {
		return fhir.ID(uuid)
	}
	return derivedID(key, index)
}

// eachMember walks an object; each must read or skip the member's value.
func eachMember(d *jsontext.Decoder, each func(name string) error) error {
	if d.PeekKind() != '{' {
		return errShape(d)
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := each(name.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// eachElement walks an array; each is given the offset of the element, and must read or skip it.
func eachElement(d *jsontext.Decoder, each func(start int) error) error {
	if d.PeekKind() != '[' {
		return errShape(d)
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		if err := each(int(d.InputOffset()) + leading(d.UnreadBuffer())); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// leading counts the white space and the comma before the next value.
func leading(unread []byte) int { return len(unread) - len(bytes.TrimLeft(unread, ", \t\r\n")) }

func readText(d *jsontext.Decoder, to *string) error {
	if d.PeekKind() != '"' {
		return errShape(d)
	}
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	*to = token.String()
	return nil
}

// errShape ends the scan of what does not have the shape of a Bundle.
func errShape(d *jsontext.Decoder) error {
	return fmt.Errorf("another shape at byte %d", d.InputOffset())
}
