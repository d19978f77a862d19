package care

import (
	"strings"

	"concord/fhir"
)

// sorting are the elements whose codings sort a resource into its sections.
var sorting = [...]string{"category", "code", "type", "scope"}

// SectionsOf is the sections that a resource belongs to, computed from its type, category and code. meta.profile
// may add a section, never take one away, or a missing profile would evade a deny (CONSENT rules 15.3). Every
// resource that can be about a person is in at least one section.
func SectionsOf(r *fhir.Resource) Set { return SectionsAt(r.Type(), r.Root()) }

// SectionsAt is SectionsOf for a thing inside another: a contained resource, or inline detail judged as if it
// were of the type t, such as CarePlan.activity.detail as "Task".
func SectionsAt(t fhir.Type, n fhir.Node) Set {
	place, known := byType[t]
	if !known {
		return 0
	}
	said := codesSay(n)
	if t == "ServiceRequest" && said.Empty() && ofPlan(n) {
		said = In(Plan)
	}
	if said.Empty() {
		said = place.otherwise
	}
	return place.always | said | profilesSay(n)
}

// codesSay joins what the known codings of the sorting elements say.
func codesSay(n fhir.Node) Set {
	var set Set
	for _, name := range sorting {
		for concept := range n.All(name) {
			for coding := range concept.All("coding") {
				set |= byKey[key{coding.Get("system").Text(), coding.Get("code").Text()}].Sections
			}
		}
	}
	return set
}

// ofPlan reports whether a request is an activity of a care plan.
func ofPlan(n fhir.Node) bool {
	for ref := range n.All("basedOn", "reference") {
		if target, ok := fhir.ParseRef(ref.Text()); ok && target.Type == "CarePlan" {
			return true
		}
	}
	return false
}

// profilesSay joins what the claimed profiles of ours say, whatever their version.
func profilesSay(n fhir.Node) Set {
	var set Set
	for profile := range n.All("meta", "profile") {
		canonical, _, _ := strings.Cut(profile.Text(), "|")
		set |= profileSections[canonical]
	}
	return set
}
