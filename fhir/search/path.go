package search

import (
	"fmt"
	"strings"

	"concord/fhir"
)

// path is one way through the JSON of a resource to values of one data type: a FHIRPath expression with its
// choice types written out.
type path struct {
	steps  []step
	typ    string // the data type
	value  reader
	target fhir.Type // references: only those to this type; "" for any
}

// step goes to a member, through every entry of an array.
type step struct {
	name  string
	first bool   // only the first entry
	key   string // only entries whose member key has the text
	text  string
}

// compile reads "activity.detail[kind=Task].code:CodeableConcept". A path "." is the resource itself.
func compile(kind Kind, s string) (path, error) {
	at := strings.LastIndexByte(s, ':')
	if at < 0 {
		return path{}, fmt.Errorf("path %q has no data type", s)
	}
	typ, target, _ := strings.Cut(s[at+1:], "=")
	p := path{typ: typ, target: fhir.Type(target)}
	var ok bool
	if p.value, ok = readers[kind][typ]; !ok && kind != Composite {
		return path{}, fmt.Errorf("no %s is read from %q", kind, typ)
	}
	rest := s[:at]
	if rest == "." {
		return p, nil
	}
	for rest != "" {
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		next := step{name: rest[:end]}
		rest = rest[end:]
		if strings.HasPrefix(rest, "[") {
			filter, after, closed := strings.Cut(rest[1:], "]")
			key, text, equals := strings.Cut(filter, "=")
			switch {
			case !closed:
				return path{}, fmt.Errorf("path %q has an open bracket", s)
			case equals:
				next.key, next.text = key, text
			case filter == "0":
				next.first = true
			default:
				return path{}, fmt.Errorf("path %q has an unknown filter", s)
			}
			rest = after
		}
		if next.name == "" {
			return path{}, fmt.Errorf("path %q has an empty step", s)
		}
		p.steps = append(p.steps, next)
		rest = strings.TrimPrefix(rest, ".")
	}
	return p, nil
}

// walk gives every value that the steps lead to.
func walk(n fhir.Node, steps []step, found func(fhir.Node)) {
	if len(steps) == 0 {
		found(n)
		return
	}
	for entry := range n.Get(steps[0].name).Each() {
		if steps[0].key != "" && entry.Get(steps[0].key).Text() != steps[0].text {
			continue
		}
		walk(entry, steps[1:], found)
		if steps[0].first {
			return
		}
	}
}
