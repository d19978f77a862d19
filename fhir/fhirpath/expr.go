package fhirpath

import (
	"slices"
	"strings"

	"concord/fhir"
)

// expr is a node of a compiled expression. start is where it begins in the text, for errors.
type expr interface {
	eval(r *run, s scope) ([]Value, error)
}

// scope is what $this, $index and $total stand for, and %context.
type scope struct {
	this    []Value
	index   int // -1 outside of an iteration
	total   []Value
	context []Value
}

// focus is what an expression is asked of: what precedes the dot, or $this.
func focus(of expr, r *run, s scope) ([]Value, error) {
	if of == nil {
		return s.this, nil
	}
	return of.eval(r, s)
}

type literal struct{ values []Value }

func (e *literal) eval(*run, scope) ([]Value, error) { return e.values, nil }

// member is an element by name. At the beginning it may be the name of the type of the input: Patient.name.
type member struct {
	of    expr
	name  string
	start int
}

func (e *member) eval(r *run, s scope) ([]Value, error) {
	from, err := focus(e.of, r, s)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1 + len(from)); err != nil {
		return nil, at(err, e.start)
	}
	if typ, ok := declared(e.of); ok && r.env.Strict && !(Value{definition: typ}).has(e.name) {
		return nil, at(failed("there is no element %s in %s", e.name, typ.Name()), e.start)
	}
	var found []Value
	for _, v := range from {
		if e.of == nil && e.name[0] >= 'A' && e.name[0] <= 'Z' && subtype(v.definition.Name(), e.name) {
			found = append(found, v)
			continue
		}
		before := len(found)
		found = v.children(found, e.name)
		if r.env.Strict && len(found) == before && !v.has(e.name) {
			return nil, at(failed("there is no element %s in %s", e.name, v.Type()), e.start)
		}
	}
	found, err = r.keep(found)
	return found, at(err, e.start)
}

// declared is the type that an expression names for its values, with as or ofType.
func declared(of expr) (fhir.Definition, bool) {
	var typ typeSpecifier
	switch of := of.(type) {
	case *typeOperator:
		typ = of.typ
	case *call:
		typ = of.typ
	}
	if typ.namespace == "System" {
		return fhir.Definition{}, false
	}
	return fhir.DefinitionOf(typ.name)
}

// specialName is $this, $index or $total.
type specialName string

func (e specialName) eval(_ *run, s scope) ([]Value, error) {
	switch {
	case e == "$this":
		return s.this, nil
	case e == "$total":
		return s.total, nil
	case s.index < 0:
		return nil, nil
	default:
		return []Value{{system: integer(s.index)}}, nil //nolint:gosec // no collection comes near 2^31
	}
}

// variable is %name (FHIR R4, fhirpath.html#variables).
type variable struct {
	name  string
	start int
}

func (e *variable) eval(r *run, s scope) ([]Value, error) {
	switch e.name {
	case "context":
		return s.context, nil
	case "resource":
		return present(r.env.Resource), nil
	case "rootResource":
		return present(r.env.Root), nil
	case "sct":
		return texts("http://snomed.info/sct"), nil
	case "loinc":
		return texts("http://loinc.org"), nil
	case "ucum":
		return texts(ucumSystem), nil
	}
	if vs, ok := r.env.Variables[e.name]; ok {
		return vs, nil
	}
	if name, ok := strings.CutPrefix(e.name, "vs-"); ok {
		return texts("http://hl7.org/fhir/ValueSet/" + name), nil
	}
	if name, ok := strings.CutPrefix(e.name, "ext-"); ok {
		return texts("http://hl7.org/fhir/StructureDefinition/" + name), nil
	}
	return nil, at(failed("there is no variable of this name"), e.start)
}

// indexer is collection[index], from zero.
type indexer struct {
	of, index expr
	start     int
}

func (e *indexer) eval(r *run, s scope) ([]Value, error) {
	from, err := e.of.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := ordered(r, e.of); err != nil {
		return nil, at(err, e.start)
	}
	found, err := e.index.eval(r, s)
	if err != nil {
		return nil, err
	}
	k, ok, err := integerOf(found)
	if err != nil || !ok {
		return nil, at(err, e.start)
	}
	if k < 0 || int(k) >= len(from) {
		return nil, nil
	}
	return from[k : k+1 : k+1], nil
}

// ordered refuses, where the evaluation is strict, to speak of places in what has no order (FHIRPath N1, section
// 5.8.1, children).
func ordered(r *run, of expr) error {
	if c, ok := of.(*call); ok && r.env.Strict && slices.Contains([]string{"children", "descendants"}, c.name) {
		return failed("what %s gives has no order", c.name)
	}
	return nil
}

// present is a value as a collection, empty for the zero Value.
func present(v Value) []Value {
	if !v.ok() {
		return nil
	}
	return []Value{v}
}

// texts is a collection of one string.
func texts(s string) []Value { return []Value{{system: text(s)}} }
