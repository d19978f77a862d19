package search

import (
	"slices"

	"concord/fhir"
)

// Include asks for resources beside the matches (FHIR R4, search.html#include): with _include those to which a
// resource of type Source refers by Param, with _revinclude those of type Source that refer by Param to a resource
// in the answer.
type Include struct {
	Rev     bool
	Iterate bool      // also for resources that are themselves included
	Source  fhir.Type // "" for any type
	Param   string    // "*" for every reference parameter
	Target  fhir.Type // "" for any type
}

// every stands for all reference parameters, or types.
const every = "*"

// key is the parameter as Self writes it.
func (i Include) key() string {
	key := "_include"
	if i.Rev {
		key = "_revinclude"
	}
	if i.Iterate {
		key += ":iterate"
	}
	return key
}

// value is the value as Self writes it.
func (i Include) value() string {
	if i.Source == "" {
		return every
	}
	value := string(i.Source) + ":" + i.Param
	if i.Target != "" {
		value += ":" + string(i.Target)
	}
	return value
}

// Refs gives what a resource of the type brings with it by its entries; nothing for _revinclude, or when it is not
// of the source's type. Addresses of other servers and canonicals bring nothing.
func (i Include) Refs(t fhir.Type, entries []Entry) []fhir.Ref {
	if i.Rev || i.Source != "" && i.Source != t {
		return nil
	}
	return references(entries, func(e Entry) bool { return i.Param == every || e.Param == i.Param }, i.Target)
}

// Plans are those that find what a _revinclude brings in: what refers to any of the resources. There is one for each
// type and parameter that may refer to them. Count is the caller's to set.
func (i Include) Plans(to []fhir.Ref) []Plan {
	if !i.Rev {
		return nil
	}
	types := []fhir.Type{i.Source}
	if i.Source == "" {
		types = fhir.Types()
	}
	var plans []Plan
	for _, t := range types {
		for _, p := range parametersOf(t) {
			if p.Kind != Reference || i.Param != every && i.Param != p.Code {
				continue
			}
			c := Clause{Param: p.Code, Kind: Reference}
			for _, ref := range to {
				if (i.Target == "" || i.Target == ref.Type) && p.mayRefer(ref.Type) {
					c.Any = append(c.Any, Value{Text: ref.String()})
				}
			}
			if len(c.Any) > 0 {
				plans = append(plans, Plan{Type: t, Where: []Clause{c}})
			}
		}
	}
	return plans
}

// mayRefer reports whether the parameter may point to the type.
func (p *Parameter) mayRefer(t fhir.Type) bool {
	return len(p.Targets) == 0 || slices.Contains(p.Targets, t)
}
