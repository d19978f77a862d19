package patch

import (
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

// MaxPathOperations is how many operations a FHIRPath Patch may have: each evaluates an expression over the resource.
const MaxPathOperations = 100

// FHIRPath reads a FHIRPath Patch (FHIR R4, fhirpatch.html): Parameters with a parameter "operation" for each change,
// and nothing else in them.
//
// Errors: Invalid, Required and Value with the place of what is wrong, TooLong beyond the limits.
func FHIRPath(parameters *fhir.Resource) (*Patch, error) {
	if parameters.Type() != "Parameters" {
		return nil, fhir.Errorf(fhir.Invalid, "a FHIRPath Patch is a resource of type Parameters")
	}
	p := &Patch{}
	for n := range parameters.Root().Get("parameter").Each() {
		if len(p.operations) == MaxPathOperations {
			return nil, fhir.Errorf(fhir.TooLong, "the patch has more than %d operations", MaxPathOperations)
		}
		if n.Get("name").Text() != "operation" {
			return nil, at(n, fhir.Invalid, "each parameter of a FHIRPath Patch is named operation")
		}
		op, err := readPathOperation(n)
		if err != nil {
			return nil, err
		}
		p.operations = append(p.operations, op)
	}
	return p, nil
}

// at is an error about one place of the patch.
func at(n fhir.Node, kind fhir.Kind, text string) error {
	return &fhir.Error{Kind: kind, Issues: []fhir.Issue{{Code: kind, Expression: n.Path(), Diagnostics: text}}}
}

// pathOperation is one operation of a FHIRPath Patch. Which parts it needs was seen to when it was read.
type pathOperation struct {
	kind                       string
	path                       *fhirpath.Expression
	name                       string
	value                      fhir.Node // the part that holds it
	index, source, destination int
}

// pathNeeds are the types of operation, with the parts that each needs besides type and path.
var pathNeeds = map[string][]string{
	"add": {"name", "value"}, "insert": {"index", "value"}, "delete": nil, "replace": {"value"}, "move": {"source", "destination"},
}

func readPathOperation(n fhir.Node) (pathOperation, error) {
	parts := map[string]fhir.Node{}
	for part := range n.Get("part").Each() {
		name := part.Get("name").Text()
		if parts[name].OK() {
			return pathOperation{}, at(part, fhir.Invalid, "a part stands there twice")
		}
		parts[name] = part
	}
	op := pathOperation{kind: valueOf(parts["type"]).Text(), name: valueOf(parts["name"]).Text(), value: parts["value"]}
	needs, known := pathNeeds[op.kind]
	if !known {
		return op, at(n, fhir.Invalid, "the part type must be add, insert, delete, replace or move")
	}
	for _, name := range append([]string{"path"}, needs...) {
		if !parts[name].OK() {
			return op, at(n, fhir.Required, "the part "+name+" is needed for this type")
		}
	}
	for name, to := range map[string]*int{"index": &op.index, "source": &op.source, "destination": &op.destination} {
		if !slices.Contains(needs, name) {
			continue
		}
		i, err := strconv.Atoi(valueOf(parts[name]).Text())
		if err != nil || i < 0 {
			return op, at(parts[name], fhir.Value, "a place in a list is a number from 0")
		}
		*to = i
	}
	var err error
	if op.path, err = fhirpath.Compile(valueOf(parts["path"]).Text()); err != nil {
		return op, at(parts["path"], fhir.Value, "the path is not an expression of FHIRPath")
	}
	return op, nil
}

// valueOf is the value[x] of a part, whichever it has.
func valueOf(part fhir.Node) fhir.Node {
	for name, m := range part.Members() {
		if strings.HasPrefix(name, "value") {
			return m
		}
	}
	return fhir.Node{}
}
