package fhirpath

import (
	"fmt"
	"io"
	"log/slog"

	"concord/fhir"
)

// Value is one item of a collection: an element of a resource, or a value that was computed. It is immutable and
// cheap to copy. It does not print, since it is data of a person: Text and JSON give what it says.
type Value struct {
	definition fhir.Definition // of an element
	node       fhir.Node       // missing where a primitive has only id and extensions
	beside     fhir.Node       // of a primitive: the object with its id and extensions, "_birthDate"
	system     system          // of a computed value
}

// Of is the resource as a value.
func Of(r *fhir.Resource) Value { return OfNode(r.Type(), r.Root()) }

// OfNode is a tree of the type as a value; a data type will do as well as a resource. A type that FHIR does not
// know gives a value without elements.
func OfNode(t fhir.Type, n fhir.Node) Value {
	d, _ := fhir.DefinitionOf(string(t))
	return Value{definition: d.At(n), node: n}
}

// OfText is a string as a value, for Env.Variables.
func OfText(s string) Value { return Value{system: text(s)} }

// OfBoolean is a boolean as a value, for Env.Variables.
func OfBoolean(b bool) Value { return Value{system: boolean(b)} }

func (v Value) ok() bool {
	return v.system != nil || v.node.OK() || v.beside.OK() || v.definition != (fhir.Definition{})
}

// Node is where the value stands in its resource; the zero Node when it was computed, and when it is a primitive
// that has only extensions.
func (v Value) Node() fhir.Node { return v.node }

// Beside is the object with the id and extensions of a primitive, "_birthDate"; mostly there is none.
func (v Value) Beside() fhir.Node { return v.beside }

// Definition is what FHIR says of the element's type; the zero Definition when the value was computed.
func (v Value) Definition() fhir.Definition { return v.definition }

// Path is the place of the value in its resource, such as "CarePlan.activity[0].detail"; empty when it was computed.
func (v Value) Path() string {
	if v.node.OK() {
		return v.node.Path()
	}
	return v.beside.Path()
}

// Type is the name of the type: "HumanName" and "code" for elements, "System.String" for computed values.
func (v Value) Type() string {
	if v.system != nil {
		return "System." + v.system.name()
	}
	return v.definition.Name()
}

// Text is the value of a primitive or of a computed value, as FHIRPath's toString() writes it; empty for others.
func (v Value) Text() string {
	if s := v.atom(); s != nil {
		return s.String()
	}
	return ""
}

// Boolean is the value of a boolean; the second result says whether it is one.
func (v Value) Boolean() (bool, bool) {
	b, ok := v.atom().(boolean)
	return bool(b), ok
}

// Integer is the value of an integer; the second result says whether it is one.
func (v Value) Integer() (int, bool) {
	n, ok := v.atom().(integer)
	return int(n), ok
}

// JSON is the value in JSON: an element as it came, a computed quantity as a FHIR Quantity. A primitive that has
// only extensions is the object that holds them.
func (v Value) JSON() []byte {
	switch {
	case v.system != nil:
		return v.system.json()
	case v.node.OK():
		return v.node.Bytes()
	case v.beside.OK():
		return v.beside.Bytes()
	default:
		return []byte("null")
	}
}

// Format keeps what a value says out of whatever prints it.
func (v Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[withheld]") }

// LogValue keeps what a value says out of every log.
func (v Value) LogValue() slog.Value { return slog.StringValue("[withheld]") }
