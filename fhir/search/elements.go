package search

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"concord/fhir"
)

//go:embed summary.txt
var summaryText string

// kept is what is kept of one type, or of one element with elements of its own.
type kept struct {
	names map[string]keep
	stems []string // of choices: "value" for valueQuantity
}

// keep is how one element is kept.
type keep struct {
	vital bool   // mandatory, or a modifier
	by    string // the line that says what in it is kept; "" for all
}

// summaries is read once, at first use.
var summaries = sync.OnceValue(func() map[string]kept {
	all := make(map[string]kept)
	for line := range strings.Lines(summaryText) {
		fields := strings.Fields(line)
		if line[0] == '#' {
			continue
		}
		k := kept{names: make(map[string]keep, len(fields))}
		for _, field := range fields[1:] {
			name, vital := strings.CutPrefix(field, "!")
			name, by, _ := strings.Cut(name, ":")
			if stem, ok := strings.CutSuffix(name, "."); ok {
				name, by = stem, fields[0]+"."+stem
			}
			if stem, ok := strings.CutSuffix(name, "*"); ok {
				name = stem
				k.stems = append(k.stems, stem)
			}
			k.names[name] = keep{vital, by}
		}
		all[fields[0]] = k
	}
	return all
})

// always are kept in every resource and element.
var always = []string{"resourceType", "id", "meta", "implicitRules", "modifierExtension"}

// find tells how a member is kept. The object beside a primitive goes with it.
func (k kept) find(member string) (keep, bool) {
	member = strings.TrimPrefix(member, "_")
	if slices.Contains(always, member) {
		return keep{vital: true}, true
	}
	if how, ok := k.names[member]; ok && !slices.Contains(k.stems, member) {
		return how, true
	}
	for _, stem := range k.stems {
		rest, ok := strings.CutPrefix(member, stem)
		if ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
			return k.names[stem], true
		}
	}
	return keep{}, false
}

// Summarise gives the JSON of a resource as _summary and _elements of the plan ask (FHIR R4, search.html#summary and
// #elements), marked as SUBSETTED; when they ask for nothing, its bytes. What is mandatory and what modifies the
// meaning of the rest is always kept, so that nothing is misread; what is kept is kept as it stands.
func (p Plan) Summarise(root fhir.Node) []byte {
	k := summaries()[root.Get("resourceType").Text()]
	var want func(name string) (keep, bool)
	switch {
	case len(p.Elements) > 0 && p.Summary != SummaryCount:
		want = func(name string) (keep, bool) {
			how, ok := k.find(name)
			return keep{}, ok && how.vital || p.asks(strings.TrimPrefix(name, "_"))
		}
	case p.Summary == SummaryTrue:
		want = k.find
	case p.Summary == SummaryText:
		want = func(name string) (keep, bool) {
			how, ok := k.find(name)
			return keep{}, name == "text" || ok && how.vital
		}
	case p.Summary == SummaryData:
		want = func(name string) (keep, bool) { return keep{}, name != "text" }
	default:
		return root.Bytes()
	}
	var b bytes.Buffer
	b.Grow(len(root.Bytes()))
	writeObject(&b, root, want, writeMeta)
	return b.Bytes()
}

// choices are the data types between which the elements of resources have a choice, as names of members end with them.
const choices = " Age Attachment Boolean Canonical CodeableConcept Coding Date DateTime Duration Instant Integer Period PositiveInt Quantity Range Ratio Reference SampledData String Time Timing Uri "

// asks reports whether _elements names the member, or the choice that it is one type of.
func (p Plan) asks(member string) bool {
	return slices.ContainsFunc(p.Elements, func(e string) bool {
		typ, ok := strings.CutPrefix(member, e)
		return ok && (typ == "" || strings.Contains(choices, " "+typ+" "))
	})
}

// writeObject writes the members that are wanted, and of those with a line of their own what that line keeps.
// Meta, where the object is a resource, is written by a function.
func writeObject(b *bytes.Buffer, n fhir.Node, want func(string) (keep, bool), meta func(*bytes.Buffer, fhir.Node)) {
	b.WriteByte('{')
	empty := true
	member := func(name string) {
		if !empty {
			b.WriteByte(',')
		}
		empty = false
		b.WriteString(`"` + name + `":`)
	}
	for name, value := range n.Members() {
		how, ok := want(name)
		switch {
		case !ok:
		case name == "meta" && meta != nil:
			member(name)
			meta(b, value)
		case how.by == "" || name[0] == '_':
			member(name)
			b.Write(value.Bytes())
		default:
			member(name)
			writeKept(b, value, summaries()[how.by])
		}
	}
	if meta != nil && !n.Get("meta").OK() {
		member("meta")
		meta(b, fhir.Node{})
	}
	b.WriteByte('}')
}

// writeKept writes an element, or each of several, as its line says. What would be empty stays whole.
func writeKept(b *bytes.Buffer, n fhir.Node, k kept) {
	if n.Kind() == fhir.Array {
		b.WriteByte('[')
		separator := ""
		for entry := range n.Each() {
			b.WriteString(separator)
			separator = ","
			writeKept(b, entry, k)
		}
		b.WriteByte(']')
		return
	}
	for name := range n.Members() {
		if _, ok := k.find(name); ok {
			writeObject(b, n, k.find, nil)
			return
		}
	}
	b.Write(n.Bytes())
}

// subsetted is the tag of resources that are not whole.
const subsetted = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`

// writeMeta writes Resource.meta with the tag.
func writeMeta(b *bytes.Buffer, meta fhir.Node) {
	b.WriteByte('{')
	for name, value := range meta.Members() {
		if name != "tag" {
			b.WriteString(`"` + name + `":`)
			b.Write(value.Bytes())
			b.WriteByte(',')
		}
	}
	b.WriteString(`"tag":[`)
	for tag := range meta.Get("tag").Each() {
		b.Write(tag.Bytes())
		b.WriteByte(',')
	}
	b.WriteString(subsetted + "]}")
}
