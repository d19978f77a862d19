package mappings

import (
	"slices"

	"concord/fhir"
)

// value writes one value of a spot, or nothing.
func (t put) value(s *spot, prior, made fhir.Node, w place, o others) []byte {
	if len(s.leaves) > 0 {
		return t.leaf(s, prior, made, w)
	}
	inner := w.with(s.when)
	switch {
	case !prior.OK():
		return made.Bytes()
	case made.OK() && t.agrees(s, prior, made), !made.OK() && t.x.partial() && t.silent(s, w):
		return prior.Bytes()
	case !made.OK() && t.x.partial() && !t.x.holds(s.when, w.at) && t.x.asks(s.when, w.at):
		return nil // the record says that this is not the case
	}
	bare := t.object(s, prior, made, inner, left)
	rules := bare
	if !made.OK() && !s.has(walked(bare)) {
		rules = nil
	}
	switch {
	case t.agrees(s, prior, walked(rules)):
		return prior.Bytes()
	case o == left || indivisible[s.of.Name()] || rules == nil && !s.part():
		return rules
	}
	all := t.object(s, prior, made, inner, kept)
	if n := walked(all); !s.complete(n) || rules == nil && canonicalJSON(n) == canonicalJSON(walked(bare)) {
		return nil // nothing is left but what is fixed
	}
	return all
}

// indivisible are the data types whose elements mean something only together.
var indivisible = map[string]bool{
	"Attachment": true, "CodeableConcept": true, "Coding": true, "Identifier": true, "Money": true, "Quantity": true,
	"Range": true, "Ratio": true, "Reference": true, "Age": true, "Duration": true, "Count": true, "Distance": true,
}

// silent reports whether the record speaks of nothing that the rules of a value are about.
func (t put) silent(s *spot, w place) bool {
	switch {
	case s.step.every:
		return !t.x.deniesAll(s, w.at)
	case t.x.asks(s.when, w.at) || t.x.denies(s, w.at, w.when):
		return false
	}
	inner := w.with(s.when)
	for _, m := range s.members {
		if slices.ContainsFunc(m.spots, func(of *spot) bool { return !t.silent(of, inner) }) {
			return false
		}
	}
	return true
}

// part reports whether the spot is a part of a resource, each element of which means something by itself.
func (s *spot) part() bool { return s.of.Name() == "BackboneElement" || s.of.Name() == "Element" }

// unknown is the code by which an element that must be there says nothing: whatever is said once may take its place.
const unknown = "unknown"

// leaf writes a value that rules move as a whole.
func (t put) leaf(s *spot, prior, made fhir.Node, w place) []byte {
	switch {
	case !prior.OK():
		return made.Bytes()
	case made.OK() && (t.agrees(s, prior, made) || t.x.yields(s, w.at) && prior.Text() != unknown):
		return prior.Bytes()
	case made.OK():
		return made.Bytes()
	case t.x.denies(s, w.at, w.when):
		return nil
	default:
		return prior.Bytes()
	}
}

// has reports whether something that a record would say is in a value, beside what is fixed.
func (s *spot) has(n fhir.Node) bool {
	if !n.OK() || !s.complete(n) {
		return false
	}
	if !s.data || len(s.leaves) > 0 {
		return true
	}
	for _, m := range s.members {
		entries := slices.Collect(n.Get(m.name).Each())
		for i, of := range m.owners(entries) {
			if of >= 0 && m.spots[of].data && m.spots[of].has(entries[i]) {
				return true
			}
		}
	}
	return false
}

// complete reports whether a value has what FHIR requires in it.
func (s *spot) complete(n fhir.Node) bool {
	for _, need := range s.needs {
		found := false
		for name := range n.Members() {
			e, ok := s.of.Element(name)
			found = found || ok && e.Base == need
		}
		if !found {
			return false
		}
	}
	return true
}
