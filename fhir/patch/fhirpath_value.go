package patch

import (
	"strings"

	"concord/fhir"
)

// make builds the value that an operation puts in: a value[x] as it stands, or an object of nested parts, for what is no
// data type (FHIR R4, fhirpatch.html). The second value is the one beside a primitive, with its extensions.
func (o pathOperation) make(d *document, of fhir.Definition) (*value, *value, error) {
	v, beside, err := made(o.value, of)
	if err != nil {
		return nil, nil, err
	}
	for _, part := range []*value{v, beside} {
		if part != nil {
			if err := d.take(part); err != nil {
				return nil, nil, err
			}
		}
	}
	return v, beside, nil
}

func made(part fhir.Node, of fhir.Definition) (*value, *value, error) {
	if nested := part.Get("part"); nested.OK() {
		v, err := nestedOf(nested, of)
		return v, nil, err
	}
	if resource := part.Get("resource"); resource.OK() {
		return grow(resource), nil, nil
	}
	var v, beside *value
	for name, m := range part.Members() {
		switch {
		case strings.HasPrefix(name, "value"):
			v = grow(m)
		case strings.HasPrefix(name, "_value"):
			beside = grow(m)
		}
	}
	if v == nil && beside == nil {
		return nil, nil, unfit("its part value has no value")
	}
	return v, beside, nil
}

// nestedOf is an object whose elements are the parts.
func nestedOf(parts fhir.Node, of fhir.Definition) (*value, error) {
	object := &value{kind: fhir.Object}
	for part := range parts.Each() {
		inner := pathOperation{name: part.Get("name").Text(), value: part}
		name, e, ok := inner.element(of)
		if !ok {
			return nil, errWrongNested
		}
		v, beside, err := made(part, e.Of)
		if err != nil {
			return nil, err
		}
		target := spot{host: object, name: name, index: -1}
		if !e.Repeated {
			target.set(v, beside)
			continue
		}
		length := 0
		if list := object.get(name); list != nil {
			length = len(list.entries)
		}
		target.insert(length, v, beside)
	}
	return object, nil
}
