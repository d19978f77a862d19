package fhir

import (
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Meta is what a server says of a version (FHIR R4, resource.html#Meta), with the id under which it is kept.
type Meta struct {
	ID      ID
	Version string
	Updated time.Time // written in UTC, to the millisecond
	Source  *string   // nil leaves meta.source as it is, "" takes it out
}

// Stamp is the same resource under this id and version. The id stands after resourceType and meta after the id
// where they are new; no other bytes change.
func (r *Resource) Stamp(m Meta) *Resource {
	data, root := r.JSON(), r.Root()
	id, meta := root.Get("id"), root.Get("meta")
	out := make([]byte, 0, len(data)+200)
	pos := int32(0)
	for member := range root.children() {
		n := r.tree.nodes[member]
		switch n.name {
		case "resourceType":
			out = append(out, data[pos:n.end]...)
			pos = n.end
			if !id.OK() {
				out = quote(append(out, `,"id":`...), string(m.ID))
				if !meta.OK() {
					out = m.object(append(out, `,"meta":`...), Node{})
				}
			}
		case "id":
			out = quote(append(out, data[pos:n.start]...), string(m.ID))
			pos = n.end
			if !meta.OK() {
				out = m.object(append(out, `,"meta":`...), Node{})
			}
		case "meta":
			out = m.object(append(out, data[pos:n.start]...), meta)
			pos = n.end
		}
	}
	t, err := plant(append(out, data[pos:]...), math.MaxInt32)
	if err != nil {
		panic("fhir: a stamped resource is not JSON: " + err.Error()) // a fault in the lines above
	}
	return newResource(t)
}

// object writes meta: what the server says first, then the other members of the old one as they stand.
func (m Meta) object(out []byte, old Node) []byte {
	out = quote(append(out, `{"versionId":`...), m.Version)
	out = quote(append(out, `,"lastUpdated":`...), m.Updated.UTC().Format("2006-01-02T15:04:05.000Z"))
	if m.Source != nil && *m.Source != "" {
		out = quote(append(out, `,"source":`...), *m.Source)
	}
	for name, member := range old.Members() {
		switch name {
		case "versionId", "lastUpdated", "_versionId", "_lastUpdated":
			continue
		case "source", "_source":
			if m.Source != nil {
				continue
			}
		}
		n := member.t.nodes[member.i]
		out = append(append(out, ','), member.t.data[n.key:n.end]...)
	}
	return append(out, '}')
}

// quote appends a JSON string. Bytes that are no UTF-8 become replacement characters.
func quote(out []byte, s string) []byte {
	quoted, _ := jsontext.AppendQuote(out, s)
	return quoted
}
