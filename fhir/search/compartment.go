package search

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"concord/fhir"
)

// Membership says by which parameters a resource of the type belongs to a compartment: any that refers to the
// compartment's resource suffices.
type Membership struct {
	Type   fhir.Type
	Params []string
}

//go:embed compartments.txt
var compartmentsText string

// compartments is read once, at first use.
var compartments = sync.OnceValue(func() map[fhir.Type][]Membership {
	all := make(map[fhir.Type][]Membership)
	var of fhir.Type
	for line := range strings.Lines(compartmentsText) {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " "):
			all[of] = append(all[of], Membership{fhir.Type(fields[0]), fields[1:]})
		default:
			of = fhir.Type(fields[0])
		}
	}
	return all
})

// Compartment gives what belongs to the compartment of a Patient, RelatedPerson, Practitioner, Device or Encounter
// (FHIR R4, compartmentdefinition.html), by type; nothing for other types, which have none. The slice is the
// caller's, what is in it is not.
func Compartment(t fhir.Type) []Membership { return slices.Clone(compartments()[t]) }

// In restricts a plan for one type to the compartment of the resource (FHIR R4, http.html#vsearch). It is false when
// there is no such compartment, or nothing of the plan's type in it.
func (p Plan) In(compartment fhir.Ref) (Plan, bool) {
	var c Clause
	for _, m := range compartments()[compartment.Type] {
		if m.Type != p.Type {
			continue
		}
		for _, param := range m.Params {
			c.Or = append(c.Or, Clause{Param: param, Kind: Reference, Any: []Value{{Text: compartment.String()}}})
		}
	}
	if p.Type == compartment.Type && compartments()[p.Type] != nil {
		c.Or = append(c.Or, Clause{Param: paramID, Kind: Token, Any: []Value{{Text: string(compartment.ID)}}})
	}
	if len(c.Or) == 0 {
		return Plan{}, false
	}
	p.Within = compartment
	p.Where = append(slices.Clone(p.Where), c)
	return p, true
}
