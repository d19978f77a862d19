package fhir

import "strings"

// elements writes what is in an element, in runs of one name: since the order is that of the specification, the
// repetitions of an element stand together, and a run is the whole of a JSON array.
func (r *xmlReader) elements(i int32, s *shape, at *xmlPlace) {
	if stray := r.tree.elements[i].stray; stray >= 0 {
		r.report(int(stray), Structure, at, "text stands in the narrative alone: a value is an attribute")
	}
	var before *element
	for c := r.tree.elements[i].first; c >= 0; {
		e := r.lookup(c, s, at)
		if e == nil {
			c = r.tree.elements[c].next
			continue
		}
		if before != nil {
			r.ordered(c, s, before, e, at)
		}
		before = e
		c = r.run(c, e, at)
	}
}

// run writes an element, with those of its name that follow, and gives the one after.
func (r *xmlReader) run(first int32, e *element, at *xmlPlace) int32 {
	name, after := r.tree.elements[first].name, first
	var run []int32
	for after >= 0 && r.tree.elements[after].name == name {
		run = append(run, after)
		after = r.tree.elements[after].next
	}
	if !e.repeated {
		for _, again := range run[1:] {
			r.report(int(r.tree.elements[again].start), Structure, &xmlPlace{at, e.base, -1}, "the element stands twice, and may not repeat: write it once")
		}
		run = run[:1]
	}
	if e.of.primitive {
		r.primitives(run, name, e, at)
		return after
	}
	r.from(r.tree.elements[first].start)
	r.member(name)
	r.list(run, e, at, func(i int32, at *xmlPlace) {
		if e.of.anything {
			r.holder(i, at)
			return
		}
		r.object(i, e.of, at)
	})
	return after
}

// list writes a value for each of a run: in an array where the element may repeat.
func (r *xmlReader) list(run []int32, e *element, at *xmlPlace, value func(int32, *xmlPlace)) {
	if !e.repeated {
		value(run[0], &xmlPlace{at, e.base, -1})
		return
	}
	r.out = append(r.out, '[')
	for k, i := range run {
		if k > 0 {
			r.out = append(r.out, ',')
		}
		value(i, &xmlPlace{at, e.base, k})
	}
	r.out = append(r.out, ']')
}

// holder writes the resource in an element that may hold any, such as Bundle.entry.resource.
func (r *xmlReader) holder(i int32, at *xmlPlace) {
	e := &r.tree.elements[i]
	for _, a := range e.attrs {
		r.report(a.start, Structure, at, "the element holds a resource and has no attributes")
	}
	if e.stray >= 0 {
		r.report(int(e.stray), Structure, at, "the element holds a resource and no text")
	}
	if e.first < 0 || r.tree.elements[e.first].next >= 0 {
		r.report(int(e.start), Structure, at, "the element holds one resource: an element named for its type")
		return
	}
	r.resource(e.first, at)
}

// lookup gives the element of a shape that an element of the XML is, or nil when it is none, and says why. A
// name that could be anything is not told.
func (r *xmlReader) lookup(i int32, s *shape, at *xmlPlace) *element {
	x := &r.tree.elements[i]
	e := lookup(s, x.name)
	here := &xmlPlace{at, x.name, -1}
	if e != nil {
		here.name = e.base
	} else if !elementLike(x.name) {
		here = at
	}
	space := fhirSpace
	if e != nil && e.of.name == "Xhtml" {
		space = xhtmlSpace
	}
	right, folded := s.folded[strings.ToLower(x.name)]
	switch {
	case e != nil && (x.name == "url" && s.name == "Extension" || x.name == "id" && !KnownType(Type(s.name))):
		r.report(int(x.start), Structure, here, "%s is an attribute here, and no element", x.name)
	case e != nil && x.space != space:
		r.report(int(x.start), Structure, here, "the element belongs to another namespace: it is %s", space)
	case e != nil:
		return e
	case folded:
		r.report(int(x.start), Structure, here, "there is no such element: names are case-sensitive, write %s", right)
	default:
		r.report(int(x.start), Structure, here, "there is no such element in %s", s.name)
	}
	return nil
}
