package guard

import (
	"strconv"
)

// bundle is a Bundle of resources whose bytes are copied as they are.
type bundle struct {
	Type    string
	Total   *int // of a searchset, where it is told
	Links   []link
	Entries []entry
}

type link struct{ Relation, URL string }

type entry struct {
	FullURL  string
	Resource []byte // nil: the entry has none
	Mode     string // search mode: "match", "include", "outcome"
	Request  request
	Response response
}

type request struct{ Method, URL string }

type response struct{ Status, Modified, ETag string }

// json writes the Bundle, in the order of the elements in the specification.
func (b bundle) json() []byte {
	size := 256
	for _, e := range b.Entries {
		size += len(e.Resource) + len(e.FullURL) + 256
	}
	out := make([]byte, 0, size)
	out = append(out, `{"resourceType":"Bundle","type":`...)
	out = strconv.AppendQuote(out, b.Type)
	if b.Total != nil {
		out = append(out, `,"total":`...)
		out = strconv.AppendInt(out, int64(*b.Total), 10)
	}
	for i, l := range b.Links {
		out = append(out, opener(i, `,"link":[`)...)
		out = append(out, `{"relation":`...)
		out = appendString(out, l.Relation)
		out = append(out, `,"url":`...)
		out = appendString(out, l.URL)
		out = append(out, '}')
	}
	if len(b.Links) > 0 {
		out = append(out, ']')
	}
	for i, e := range b.Entries {
		out = append(out, opener(i, `,"entry":[`)...)
		out = e.append(out)
	}
	if len(b.Entries) > 0 {
		out = append(out, ']')
	}
	return append(out, '}')
}

func (e entry) append(out []byte) []byte {
	out = append(out, '{')
	n := len(out)
	sep := func() {
		if len(out) > n {
			out = append(out, ',')
		}
	}
	if e.FullURL != "" {
		out = append(out, `"fullUrl":`...)
		out = appendString(out, e.FullURL)
	}
	if e.Resource != nil {
		sep()
		out = append(out, `"resource":`...)
		out = append(out, e.Resource...)
	}
	if e.Mode != "" {
		sep()
		out = append(out, `"search":{"mode":`...)
		out = appendString(out, e.Mode)
		out = append(out, '}')
	}
	if e.Request != (request{}) {
		sep()
		out = append(out, `"request":{"method":`...)
		out = appendString(out, e.Request.Method)
		out = append(out, `,"url":`...)
		out = appendString(out, e.Request.URL)
		out = append(out, '}')
	}
	if e.Response != (response{}) {
		sep()
		out = append(out, `"response":{"status":`...)
		out = appendString(out, e.Response.Status)
		out = append(out, `,"etag":`...)
		out = appendString(out, e.Response.ETag)
		out = append(out, `,"lastModified":`...)
		out = appendString(out, e.Response.Modified)
		out = append(out, '}')
	}
	return append(out, '}')
}

// opener is what comes before entry i of a list: its beginning, or a comma.
func opener(i int, begin string) string {
	if i == 0 {
		return begin
	}
	return ","
}
