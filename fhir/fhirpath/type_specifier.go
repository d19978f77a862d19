package fhirpath

import (
	"slices"

	"concord/fhir"
)

// typeSpecifier names a type: of FHIR, of FHIRPath (System), or of either where no namespace is given.
type typeSpecifier struct{ namespace, name string }

// systemTypes are FHIRPath's own types.
var systemTypes = []string{"Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity", "Any"}

// abstractTypes are those of R4 that no value has by itself (FHIR R4, resource.html, element.html).
var abstractTypes = []string{"Resource", "DomainResource", "Element", "BackboneElement"}

// known reports whether there is such a type. Of the namespace System any name will do: nothing is of that type.
func (t typeSpecifier) known() bool {
	if t.namespace == "System" {
		return true
	}
	_, ok := fhir.DefinitionOf(t.name)
	return ok || slices.Contains(abstractTypes, t.name) || t.namespace == "" && slices.Contains(systemTypes, t.name)
}

// of reports whether the value is of the type, or of one below it.
func (t typeSpecifier) of(v Value) bool {
	if v.system != nil {
		return t.namespace != "FHIR" && (v.system.name() == t.name || t.name == "Any")
	}
	return t.namespace != "System" && subtype(v.definition.Name(), t.name)
}

// exactly is what as and ofType ask: a primitive is of its own type alone there, so that ofType(string) does not
// find codes, as the published test cases and the engines have it.
func (t typeSpecifier) exactly(v Value) bool {
	if v.definition.Primitive() {
		return t.namespace != "System" && v.definition.Name() == t.name
	}
	return t.of(v)
}

// parents are the types of R4 that are neither directly an Element nor a DomainResource (FHIR R4, datatypes.html).
var parents = map[string]string{
	"code": "string", "id": "string", "markdown": "string",
	"url": "uri", "canonical": "uri", "uuid": "uri", "oid": "uri",
	"positiveInt": "integer", "unsignedInt": "integer",
	"Age": "Quantity", "Count": "Quantity", "Distance": "Quantity", "Duration": "Quantity",
	"Timing": "BackboneElement", "Dosage": "BackboneElement", "ElementDefinition": "BackboneElement",
	"MarketingStatus": "BackboneElement", "Population": "BackboneElement", "ProdCharacteristic": "BackboneElement",
	"ProductShelfLife": "BackboneElement", "SubstanceAmount": "BackboneElement",
	"BackboneElement": "Element", "DomainResource": "Resource",
	"Bundle": "Resource", "Binary": "Resource", "Parameters": "Resource",
	"Element": "", "Resource": "", "": "",
}

// subtype reports whether a type of FHIR is another, or stands below it.
func subtype(name, ancestor string) bool {
	for name != "" {
		if name == ancestor {
			return true
		}
		parent, ok := parents[name]
		switch {
		case ok:
		case fhir.KnownType(fhir.Type(name)):
			parent = "DomainResource"
		default:
			parent = "Element"
		}
		name = parent
	}
	return false
}

// typeOperator is "is" and "as". Here too "as" takes several values, since the search parameters of R4 are written so:
// (Observation.component.value as Quantity).
type typeOperator struct {
	operator string
	of       expr
	typ      typeSpecifier
	start    int
}

func (e *typeOperator) eval(r *run, s scope) ([]Value, error) {
	found, err := e.of.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1 + len(found)); err != nil {
		return nil, at(err, e.start)
	}
	if e.operator == "as" {
		return e.typ.among(found), nil
	}
	result, err := e.typ.is(found)
	return result, at(err, e.start)
}

// is asks for the type of one value; of nothing it says nothing.
func (t typeSpecifier) is(found []Value) ([]Value, error) {
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return []Value{truth(t.of(found[0]))}, nil
	default:
		return nil, failed("the type of one value is asked for, and here are several")
	}
}

// among gives the values of the type.
func (t typeSpecifier) among(vs []Value) []Value {
	var found []Value
	for _, v := range vs {
		if t.exactly(v) {
			found = append(found, v)
		}
	}
	return found
}
