package consent

import (
	"slices"

	"concord/fhir"
)

// memberships are the elements by which a thing says what larger thing it belongs to: the visit, the episode, the
// order, the plan (CONSENT rules section 6). context names a visit or an episode.
var memberships = map[string]bool{
	"encounter": true, "episodeOfCare": true, "basedOn": true, "partOf": true, "context": true,
}

// linksOf are the references of a resource to others of a person's record, those in contained resources among them,
// sorted.
func linksOf(r *fhir.Resource) []Link {
	var links []Link
	var walk func(n fhir.Node, name, above string)
	walk = func(n fhir.Node, name, above string) {
		if text := n.Get("reference"); text.Kind() == fhir.String {
			to, ok := fhir.ParseRef(text.Text())
			if !ok || to == r.Ref() || !followable(to.Type) {
				return
			}
			// An activity of a plan is a member of it by the plan's own word, outcomes too.
			links = append(links, Link{To: to, Member: memberships[name] || above == "activity"})
			return
		}
		for member, value := range n.Members() {
			for each := range value.Each() {
				walk(each, member, name)
			}
		}
	}
	walk(r.Root(), "", "")
	slices.SortFunc(links, compareLinks)
	return slices.Compact(links)
}

func compareLinks(a, b Link) int {
	if c := compareRefs(a.To, b.To); c != 0 {
		return c
	}
	return compareBools(a.Member, b.Member)
}

// followable reports whether references to a type are followed: not those to people, staff, organisations, places and
// products, through which everything hangs together with everything.
func followable(t fhir.Type) bool {
	return shelves[t] == NoShelf && t != "Patient" && t != "RelatedPerson" && t != "Person"
}
