package fhirpath

import (
	"strings"

	"concord/fhir"
)

// children appends the elements of this name, or all when it is empty, in the order of the resource. A choice goes by
// its name in FHIR: "value" for valueQuantity.
func (v Value) children(found []Value, name string) []Value {
	if v.system != nil {
		return parts(found, v.system, name)
	}
	object := v.node
	if v.definition.Primitive() {
		object = v.beside
	}
	for member, m := range object.Members() {
		plain, apart := strings.CutPrefix(member, "_")
		if !strings.HasPrefix(plain, name) {
			continue
		}
		e, ok := v.definition.Element(plain)
		if !ok || name != "" && e.Base != name {
			continue
		}
		switch {
		case apart && object.Get(plain).OK(): // comes with its value
		case apart:
			found = values(found, e.Of, fhir.Node{}, m)
		case e.Of.Primitive():
			found = values(found, e.Of, m, besideOf(object, plain))
		default:
			found = values(found, e.Of, m, fhir.Node{})
		}
	}
	return found
}

// besideOf is the member "_name", without making that string.
func besideOf(object fhir.Node, name string) fhir.Node {
	for member, m := range object.Members() {
		if len(member) == len(name)+1 && member[0] == '_' && member[1:] == name {
			return m
		}
	}
	return fhir.Node{}
}

// values appends one element, or each entry of a repeated one. Values and the objects beside them are aligned by
// their place, with null where there is none (FHIR R4, json.html#primitive).
func values(found []Value, d fhir.Definition, n, beside fhir.Node) []Value {
	if n.Kind() != fhir.Array && beside.Kind() != fhir.Array {
		return append(found, Value{definition: d.At(n), node: n, beside: beside})
	}
	first := len(found)
	for entry := range n.Each() {
		v := Value{definition: d.At(entry)}
		if entry.Kind() != fhir.Null {
			v.node = entry
		}
		found = append(found, v)
	}
	k := first
	for entry := range beside.Each() {
		if k == len(found) {
			found = append(found, Value{definition: d})
		}
		if entry.Kind() != fhir.Null {
			found[k].beside = entry
		}
		k++
	}
	return found
}

// has reports whether the type of the value has an element of this name.
func (v Value) has(name string) bool {
	if v.system != nil {
		return len(parts(nil, v.system, name)) > 0
	}
	for _, e := range v.definition.Elements() {
		if e.Base == name {
			return true
		}
	}
	return false
}

// parts appends the named part of a computed value that has any.
func parts(found []Value, s system, name string) []Value {
	switch s := s.(type) {
	case typeName:
		if name == "" || name == "namespace" {
			found = append(found, Value{system: text(s.namespace)})
		}
		if name == "" || name == "name" {
			found = append(found, Value{system: text(s.local)})
		}
	case *quantity:
		if name == "" || name == "value" {
			found = append(found, Value{system: decimal{s.value}})
		}
		if name == "" || name == "unit" {
			found = append(found, Value{system: text(s.unit)})
		}
	}
	return found
}
