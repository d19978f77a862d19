package fhir

// rank is the place of an element among those of its type. XML writes elements in the order of the
// specification (FHIR R4, xml.html), which google/fhir's descriptors keep but for one: a Reference's reference,
// which they make a choice, comes before its type.
func (s *shape) rank(e *element) int {
	fields := s.md.Fields()
	if s.name == "Reference" && e.base == "reference" {
		return 2*fields.ByJSONName("type").Index() - 1
	}
	return 2 * fields.ByJSONName(e.base).Index()
}

// ordered reports an element that stands after one which it should stand before, and a second type of a choice.
func (r *xmlReader) ordered(i int32, s *shape, before, e *element, at *xmlPlace) {
	start := int(r.tree.elements[i].start)
	switch here := (&xmlPlace{at, e.base, -1}); {
	case s.rank(e) < s.rank(before):
		r.report(start, Structure, here, "the element is out of order: it stands before %s (FHIR R4, xml.html)", before.base)
	case e.base == before.base:
		r.report(start, Structure, here, "%s[x] has one type: choose one", e.base)
	}
}
