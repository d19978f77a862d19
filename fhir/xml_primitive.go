package fhir

import "regexp"

// jsonNumber is a number as JSON and FHIR's decimal write it (FHIR R4, datatypes.html#decimal).
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// primitives writes a run of a primitive element as JSON does: the values, and the ids and extensions beside
// them (FHIR R4, json.html#primitive).
func (r *xmlReader) primitives(run []int32, name string, e *element, at *xmlPlace) {
	values, besides := false, false
	for k, i := range run {
		here := &xmlPlace{at, e.base, -1}
		if e.repeated {
			here.index = k
		}
		value, beside := r.parts(i, e.of, here)
		if !value && !beside {
			r.report(int(r.tree.elements[i].start), Structure, here, "an element cannot be empty: leave it out, or give it a value")
		}
		values, besides = values || value, besides || beside
	}
	// The list of values and that of what is beside them are in step, each with null where only the other has
	// something to say.
	if values {
		r.from(r.tree.elements[run[0]].start)
		r.member(name)
		r.list(run, e, at, func(i int32, at *xmlPlace) {
			r.from(r.tree.elements[i].start)
			r.value(i, e.of, at)
		})
	}
	if !besides {
		return
	}
	r.from(r.tree.elements[run[0]].start)
	r.member("_" + name)
	r.list(run, e, at, func(i int32, at *xmlPlace) {
		if x := &r.tree.elements[i]; x.first < 0 && x.stray < 0 && attribute(x, "id") == nil {
			r.out = append(r.out, "null"...)
			return
		}
		r.beside(i, e.of, at)
	})
}

// parts says whether a primitive element has a value, and whether it has more; attributes are checked on the way.
func (r *xmlReader) parts(i int32, s *shape, at *xmlPlace) (value, beside bool) {
	e := &r.tree.elements[i]
	if s.name == "Xhtml" {
		return true, false
	}
	for _, a := range e.attrs {
		switch {
		case a.space == "" && a.name == "value":
			value = true
		case a.space == "" && a.name == "id":
			beside = true
		default:
			r.report(a.start, Structure, at, "there is no such attribute in %s", kindWord(s))
		}
	}
	return value, beside || e.first >= 0 || e.stray >= 0
}

// value writes the value of a primitive, digit for digit, or null when it has none. Numbers and booleans are
// checked here, since in JSON they stand without quotes and anything else would be a fault of its grammar; all other
// types are for DecodeJSON to check.
func (r *xmlReader) value(i int32, s *shape, at *xmlPlace) {
	e := &r.tree.elements[i]
	if s.name == "Xhtml" {
		r.quote(e.div)
		return
	}
	a := attribute(e, "value")
	if a == nil {
		r.out = append(r.out, "null"...)
		return
	}
	switch s.name {
	case "Boolean":
		if a.value != "true" && a.value != "false" {
			r.report(a.start, Value, at, "a boolean is true or false")
		}
	case "Integer", "PositiveInt", "UnsignedInt", "Decimal":
		if !jsonNumber.MatchString(a.value) {
			r.report(a.start, Value, at, "the number is not a valid %s", kindWord(s))
		}
	default:
		r.quote(a.value)
		return
	}
	r.out = append(r.out, a.value...)
}

// beside writes the id and the extensions of a primitive.
func (r *xmlReader) beside(i int32, s *shape, at *xmlPlace) {
	r.from(r.tree.elements[i].start)
	r.out = append(r.out, '{')
	if id := attribute(&r.tree.elements[i], "id"); id != nil {
		r.member("id")
		r.quote(id.value)
	}
	r.elements(i, s, at)
	r.out = append(r.out, '}')
}

// attribute gives the attribute of this name without a namespace, or nil.
func attribute(e *xmlElement, name string) *xmlAttribute {
	for i := range e.attrs {
		if e.attrs[i].space == "" && e.attrs[i].name == name {
			return &e.attrs[i]
		}
	}
	return nil
}
