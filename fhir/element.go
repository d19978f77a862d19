package fhir

import (
	"iter"
	"strings"
	"sync"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
)

// Definition is what FHIR R4 says of one type: a resource, a part of one, a data type or a primitive. It is a
// small comparable value; the zero Definition knows no elements.
type Definition struct{ s *shape }

// Element is one element of a Definition (FHIR R4, elementdefinition.html). Each type of a choice is one by itself.
type Element struct {
	Base     string // its name in FHIR: "value" for valueQuantity
	Repeated bool
	Required bool
	Of       Definition
}

// DefinitionOf finds a type by its name in FHIR: "Patient", "HumanName", "code". Case matters.
func DefinitionOf(name string) (Definition, bool) {
	if s := resourceShape(Type(name)); s != nil {
		return Definition{s}, true
	}
	s, ok := dataTypes()[name]
	return Definition{s}, ok
}

// dataTypes are the data types of R4 by name (FHIR R4, datatypes.html).
var dataTypes = sync.OnceValue(func() map[string]*shape {
	messages := dpb.File_proto_google_fhir_proto_r4_core_datatypes_proto.Messages()
	types := make(map[string]*shape, messages.Len())
	for i := range messages.Len() {
		switch s := shapeOf(messages.Get(i)); s.name {
		case "SimpleQuantity", "MoneyQuantity", "CodingWithFixedCode", "ReferenceId":
		default:
			types[kindWord(s)] = s
		}
	}
	return types
})

// typeNames remembers the name of each shape, since it is asked for often.
var typeNames sync.Map

// Name is the name of the type in FHIR. Parts of a resource that have no name of their own are BackboneElement,
// or Element where they take no modifierExtension.
func (d Definition) Name() string {
	if d.s == nil {
		return ""
	}
	if name, ok := typeNames.Load(d.s); ok {
		return name.(string)
	}
	name := typeName(d.s)
	typeNames.Store(d.s, name)
	return name
}

func typeName(s *shape) string {
	switch {
	case s.primitive:
		return kindWord(s)
	case s.anything:
		return "Resource"
	case s.name == "SimpleQuantity" || s.name == "MoneyQuantity":
		return "Quantity"
	case s.name == "CodingWithFixedCode":
		return "Coding"
	case !strings.Contains(s.name, "."):
		return s.name
	case s.elements()["modifierExtension"] != nil:
		return "BackboneElement"
	default:
		return "Element"
	}
}

// Primitive reports whether values of the type are JSON strings, numbers and booleans.
func (d Definition) Primitive() bool { return d.s != nil && d.s.primitive }

// Resource reports whether the type is that of a resource, or of an element that holds any resource.
func (d Definition) Resource() bool {
	return d.s != nil && (d.s.anything || resourceShape(Type(d.s.name)) == d.s)
}

// Element finds an element by the name of its member in JSON, such as "valueQuantity". For a primitive the
// elements are id and extension.
func (d Definition) Element(member string) (Element, bool) {
	e := lookup(d.s, member)
	if e == nil {
		return Element{}, false
	}
	return e.exported(), true
}

// Elements gives every element by the name of its member in JSON, in no certain order.
func (d Definition) Elements() iter.Seq2[string, Element] {
	return func(yield func(string, Element) bool) {
		if d.s == nil || d.s.anything {
			return
		}
		for name, e := range d.s.elements() {
			if !yield(name, e.exported()) {
				return
			}
		}
	}
}

// At is the definition that holds for a value: its own resourceType's where any resource may stand.
func (d Definition) At(n Node) Definition { return Definition{within(d.s, n)} }

func (e *element) exported() Element {
	return Element{e.base, e.repeated, e.required, Definition{e.of}}
}
