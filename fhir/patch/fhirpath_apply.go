package patch

import (
	"strings"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

// Refusals of an operation that does not fit the resource.
var (
	errNotFound    = unfit("its path leads to nothing in the resource")
	errNotOne      = unfit("its path leads to more than one element: make it say which")
	errNotPlace    = unfit("its path does not lead to elements of the resource")
	errNotList     = unfit("its path does not lead to the elements of one list")
	errOutOfList   = unfit("its index is beyond the end of the list")
	errNotElement  = unfit("there is no element of that name there")
	errNotEmpty    = unfit("the element is there already and does not repeat: replace it")
	errWholeThing  = unfit("the resource as a whole can be neither replaced nor deleted by a patch")
	errWrongNested = unfit("its value has parts that are no elements of what it makes")
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
		err = o.inList(d, found)
	default:
		switch {
		case len(found) == 0 && o.kind == "delete":
			return nil // what is not there is deleted already
		case len(found) == 0:
			return errNotFound
		case len(found) > 1:
			return errNotOne
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
		return errNotElement
	}
	name, e, ok := o.element(of)
	if !ok {
		return errNotElement
	}
	v, beside, err := o.make(d, e.Of)
	if err != nil {
		return err
	}
	target := spot{host: p.value, name: name, index: -1}
	if !e.Repeated {
		if p.value.get(name) != nil || p.value.get("_"+name) != nil {
			return errNotEmpty
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
		return errWholeThing
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
func (o pathOperation) inList(d *document, found []fhirpath.Value) error {
	if len(found) == 0 {
		return errNotFound
	}
	list, err := listOf(d.root, found)
	if err != nil {
		return err
	}
	if o.kind == "insert" {
		if o.index > len(found) {
			return errOutOfList
		}
		v, beside, err := o.make(d, found[0].Definition())
		if err != nil {
			return err
		}
		list.insert(o.index, v, beside)
		return nil
	}
	if o.source >= len(found) || o.destination >= len(found) {
		return errOutOfList
	}
	list.move(o.source, o.destination)
	return nil
}
