package fhirpath

import (
	"encoding/json"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"concord/fhir"
)

// system is a value of one of FHIRPath's own types (FHIRPath N1, section 4.1).
type system interface {
	name() string   // of the type, without "System."
	String() string // as toString() writes it
	json() []byte
}

type (
	boolean bool
	integer int32
	text    string
	decimal struct{ *apd.Decimal }
	// typeName is what type() gives.
	typeName struct{ namespace, local string }
)

func (boolean) name() string  { return "Boolean" }
func (integer) name() string  { return "Integer" }
func (text) name() string     { return "String" }
func (decimal) name() string  { return "Decimal" }
func (typeName) name() string { return "TypeInfo" }

func (b boolean) String() string  { return strconv.FormatBool(bool(b)) }
func (i integer) String() string  { return strconv.Itoa(int(i)) }
func (t text) String() string     { return string(t) }
func (d decimal) String() string  { return d.Text('f') }
func (t typeName) String() string { return t.namespace + "." + t.local }

func (b boolean) json() []byte { return []byte(b.String()) }
func (i integer) json() []byte { return []byte(i.String()) }
func (t text) json() []byte    { return quote(string(t)) }
func (d decimal) json() []byte { return []byte(d.String()) }
func (t typeName) json() []byte {
	return []byte(`{"namespace":` + string(quote(t.namespace)) + `,"name":` + string(quote(t.local)) + `}`)
}

// quote is the string in JSON. There is no string that has no JSON.
func quote(s string) []byte {
	data, err := json.Marshal(s)
	if err != nil {
		return []byte(`""`)
	}
	return data
}

func truth(b bool) Value { return Value{system: boolean(b)} }

// atom is the value as FHIRPath computes with it: itself when it was computed, what a primitive converts to
// otherwise (FHIR R4, fhirpath.html#types), nil for anything that has no single value.
func (v Value) atom() system {
	if v.system != nil {
		return v.system
	}
	if !v.node.OK() || !v.definition.Primitive() {
		return nil
	}
	switch v.definition.Name() {
	case "boolean":
		return boolean(v.node.Text() == "true")
	case "integer", "positiveInt", "unsignedInt":
		n, err := strconv.ParseInt(v.node.Text(), 10, 32)
		if err != nil {
			return nil
		}
		return integer(n)
	case "decimal":
		d, ok := parseDecimal(v.node.Text())
		if !ok {
			return nil
		}
		return decimal{d}
	case "date", "dateTime", "instant", "time":
		return v.when()
	default:
		return text(v.node.Text())
	}
}

// when is the value of a date, dateTime, instant or time.
func (v Value) when() system {
	written := v.node.Text()
	name := v.definition.Name()
	switch {
	case name == "time":
		written = "T" + written
	case name != "date" && len(written) <= len("2015-02-04"):
		written += "T"
	}
	t, ok := parseTemporal(written)
	if !ok {
		return nil
	}
	return t
}

// operand is the value as operators see it: as atom, and a FHIR Quantity as a quantity.
func (v Value) operand() system {
	if s := v.atom(); s != nil {
		return s
	}
	if v.node.Kind() == fhir.Object && subtype(v.definition.Name(), "Quantity") {
		if q := quantityOf(v.node); q != nil {
			return q
		}
	}
	return nil
}
