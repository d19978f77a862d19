package main

import (
	"bytes"
	"slices"

	"concord/fhir"
)

// leftOut are the elements that one who sees a resource does not see of it, as FHIRPath of the resource. What a server itself
// writes into meta is not compared.
func leftOut(whole, seen fhir.Node) []string {
	switch whole.Kind() {
	case fhir.Object:
		var out []string
		for name, member := range whole.Members() {
			switch other := seen.Get(name); {
			case name == "meta" && whole.Get("resourceType").OK():
			case !other.OK():
				out = append(out, member.Path())
			default:
				out = append(out, leftOut(member, other)...)
			}
		}
		return out
	case fhir.Array:
		return leftOutOf(slices.Collect(whole.Each()), slices.Collect(seen.Each()))
	default:
		return nil
	}
}

// leftOutOf are the entries of an array that are not among those seen. What is cut leaves the others in their order, so that
// each of those seen is what is left of the next entry that it may be left of.
func leftOutOf(whole, seen []fhir.Node) []string {
	var out []string
	for i, entry := range whole {
		missing := len(whole) - i - len(seen)
		switch {
		case len(seen) == 0, missing > 0 && !within(seen[0], entry):
			out = append(out, entry.Path())
		default:
			out = append(out, leftOut(entry, seen[0])...)
			seen = seen[1:]
		}
	}
	return out
}

// within reports whether a value may be what is left of another.
func within(left, whole fhir.Node) bool {
	switch {
	case left.Kind() != whole.Kind():
		return false
	case left.Kind() == fhir.Object:
		for name, member := range left.Members() {
			if !within(member, whole.Get(name)) {
				return false
			}
		}
		return true
	case left.Kind() == fhir.Array:
		of := slices.Collect(whole.Each())
		for entry := range left.Each() {
			at := slices.IndexFunc(of, func(o fhir.Node) bool { return within(entry, o) })
			if at < 0 {
				return false
			}
			of = of[at+1:]
		}
		return true
	default:
		return bytes.Equal(left.Bytes(), whole.Bytes())
	}
}
