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

var (
	notFound    = unfit("its path leads to nothing in the resource")
	notOne      = unfit("its path leads to more than one element: make it say which")
	notPlace    = unfit("its path does not lead to elements of the resource")
	notList     = unfit("its path does not lead to the elements of one list")
	outOfList   = unfit("its index is beyond the end of the list")
	notElement  = unfit("there is no element of that name there")
	notEmpty    = unfit("the element is there already and does not repeat: replace it")
	wholeThing  = unfit("the resource as a whole can be neither replaced nor deleted by a patch")
	wrongNested = unfit("its value has parts that are no elements of what it makes")
)

// apply evaluates the path over the resource as it is by now, and changes what it finds.
func (o pathOperation) apply(d *document) error {
	r, err := fhir.Stored(d.root.append(nil))
	if err != nil {
		return err
	}
	found, err := o.path.Evaluate(fhirpath.Env{}, fhirpath.Of(r))
	if err != nil {
		return unfit("its path cannot be evaluated over the resource")
	}
	switch o.kind {
	case "insert", "move":
		err = o.inList(d, r, found)
	default:
		switch {
		case len(found) == 0 && o.kind == "delete":
			return nil // what is not there is deleted already
		case len(found) == 0:
			return notFound
		case len(found) > 1:
			return notOne
		}
		var p spot
		if p, err = spotOf(d.root, found[0]); err != nil {
			return err
		}
		switch o.kind {
		case "add":
			err = o.add(d, p, found[0].Definition())
		case "replace":
			err = o.replace(d, p, found[0].Definition())
		default:
			err = p.remove()
		}
	}
	d.root.prune()
	return err
}

// add gives an element another in it, at the end of the list where it repeats.
func (o pathOperation) add(d *document, p spot, of fhir.Definition) error {
	if p.value == nil || p.value.kind != fhir.Object {
		return notElement
	}
	name, e, ok := o.element(of)
	if !ok {
		return notElement
	}
	v, beside, err := o.make(d, e.Of)
	if err != nil {
		return err
	}
	target := spot{host: p.value, name: name, index: -1}
	if !e.Repeated {
		if p.value.get(name) != nil || p.value.get("_"+name) != nil {
			return notEmpty
		}
		target.set(v, beside)
		return nil
	}
	length := 0
	if list := p.value.get(name); list != nil {
		length = len(list.entries)
	}
	target.insert(length, v, beside)
	return nil
}

// element is the element that is added, with the name of its member: of a choice, that of the type of the value.
func (o pathOperation) element(of fhir.Definition) (string, fhir.Element, bool) {
	name := strings.TrimSuffix(o.name, "[x]")
	if e, ok := of.Element(name); ok {
		return name, e, true
	}
	for member := range o.value.Members() {
		suffix, ok := strings.CutPrefix(strings.TrimPrefix(member, "_"), "value")
		if !ok {
			continue
		}
		if e, ok := of.Element(name + suffix); ok && e.Base == name {
			return name + suffix, e, true
		}
	}
	return "", fhir.Element{}, false
}

func (o pathOperation) replace(d *document, p spot, of fhir.Definition) error {
	if p.host == nil {
		return wholeThing
	}
	v, beside, err := o.make(d, of)
	if err != nil {
		return err
	}
	p.rename(o.value)
	p.set(v, beside)
	return nil
}

// inList inserts into a list, or moves within it.
func (o pathOperation) inList(d *document, r *fhir.Resource, found []fhirpath.Value) error {
	if len(found) == 0 {
		return notFound
	}
	list, err := listOf(d.root, found)
	if err != nil {
		return err
	}
	if o.kind == "insert" {
		if o.index > len(found) {
			return outOfList
		}
		v, beside, err := o.make(d, found[0].Definition())
		if err != nil {
			return err
		}
		list.insert(o.index, v, beside)
		return nil
	}
	if o.source >= len(found) || o.destination >= len(found) {
		return outOfList
	}
	list.move(o.source, o.destination)
	return nil
}
