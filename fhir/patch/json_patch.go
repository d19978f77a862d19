package patch

import (
	"concord/fhir"
)

// JSON reads a JSON Patch (RFC 6902): an array of operations, each of which is whole before any is applied.
//
// Errors: Structure and Invalid for what is no JSON Patch, TooLong beyond the limits.
func JSON(doc []byte) (*Patch, error) {
	if len(doc) > fhir.MaxBytes {
		return nil, fhir.Errorf(fhir.TooLong, "the patch is larger than %d bytes", fhir.MaxBytes)
	}
	root, err := fhir.Walk(doc)
	if err != nil {
		return nil, err
	}
	if root.Kind() != fhir.Array {
		return nil, fhir.Errorf(fhir.Structure, "a JSON Patch is an array of operations (RFC 6902)")
	}
	if root.Len() > MaxOperations {
		return nil, fhir.Errorf(fhir.TooLong, "the patch has more than %d operations", MaxOperations)
	}
	p := &Patch{}
	for n := range root.Each() {
		op, err := readJSONOperation(n)
		if err != nil {
			return nil, place(err, len(p.operations))
		}
		p.operations = append(p.operations, op)
	}
	return p, nil
}

// jsonOperation is one of the six of RFC 6902 4. Which members it needs was seen to when it was read.
type jsonOperation struct {
	op         string
	path, from pointer
	value      *value
}

func readJSONOperation(n fhir.Node) (jsonOperation, error) {
	if n.Kind() != fhir.Object {
		return jsonOperation{}, fhir.Errorf(fhir.Structure, "an operation is a JSON object")
	}
	said := map[string]fhir.Node{}
	for name, m := range n.Members() {
		if said[name].OK() {
			return jsonOperation{}, fhir.Errorf(fhir.Structure, "a member stands there twice")
		}
		said[name] = m
	}
	op := jsonOperation{op: said["op"].Text()}
	needs, known := jsonNeeds[op.op]
	if !known || said["op"].Kind() != fhir.String {
		return jsonOperation{}, fhir.Errorf(fhir.Invalid, "op must be add, remove, replace, move, copy or test")
	}
	for _, name := range append([]string{"path"}, needs...) {
		if !said[name].OK() {
			return jsonOperation{}, fhir.Errorf(fhir.Required, "%s is needed and missing", name)
		}
	}
	var err error
	if op.path, err = readPointer(said["path"]); err != nil {
		return jsonOperation{}, err
	}
	if said["from"].OK() && (op.op == "move" || op.op == "copy") {
		if op.from, err = readPointer(said["from"]); err != nil {
			return jsonOperation{}, err
		}
	}
	if said["value"].OK() {
		op.value = grow(said["value"])
	}
	return op, nil
}

// jsonNeeds are the operations, with what each needs besides path.
var jsonNeeds = map[string][]string{
	"add": {"value"}, "remove": nil, "replace": {"value"}, "move": {"from"}, "copy": {"from"}, "test": {"value"},
}

func readPointer(n fhir.Node) (pointer, error) {
	if n.Kind() != fhir.String {
		return nil, fhir.Errorf(fhir.Invalid, "path and from are strings")
	}
	return parsePointer(n.Text())
}

var (
	errTestFailed = unfit("its test does not hold of the resource as it is now: read it again")
	errIntoItself = unfit("a value cannot be moved into itself")
)

func (o jsonOperation) apply(d *document) error {
	if d.root == nil && len(o.path) > 0 {
		return errNowhere
	}
	switch o.op {
	case "add":
		return o.put(d, o.value.clone())
	case "remove":
		_, err := o.path.remove(d)
		return err
	case "replace":
		put := o.value.clone()
		if err := d.take(put); err != nil {
			return err
		}
		return o.path.replace(d, put)
	case "copy":
		found, err := o.from.find(d.root)
		if err != nil {
			return err
		}
		return o.put(d, found.clone())
	case "move":
		return o.move(d)
	default: // test
		found, err := o.path.find(d.root)
		if err != nil {
			return err
		}
		if !equal(found, o.value) {
			return errTestFailed
		}
		return nil
	}
}

func (o jsonOperation) put(d *document, v *value) error {
	if err := d.take(v); err != nil {
		return err
	}
	return o.path.add(d, v)
}

// move takes a value out and puts it elsewhere (RFC 6902 4.4), never into itself.
func (o jsonOperation) move(d *document) error {
	if len(o.path) > len(o.from) {
		inside := true
		for i := range o.from {
			inside = inside && o.from[i] == o.path[i]
		}
		if inside {
			return errIntoItself
		}
	}
	gone, err := o.from.remove(d)
	if err != nil {
		return err
	}
	return o.path.add(d, gone)
}
