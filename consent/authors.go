package consent

import (
	"slices"
	"strings"

	"concord/fhir"
)

// writers are the elements that say by whom a thing was made, whatever type has them (CONSENT rules section 6,
// authoredby). performer is another matter in a request, where it says to whom it goes.
var writers = [][]string{
	{"author"},
	{"recorder"},
	{"asserter"},
	{"requester"},
	{"sender"},
	{"source"},
	{"informationSource"},
	{"expressedBy"},
	{"assessor"},
	{"orderer"},
	{"prescriber"},
	{"enterer"},
	{"contributor"},
	{"operator"},
	{"resultsInterpreter"},
	{"collection", "collector"},
	{"performer"},
	{"performer", "actor"},
	{"performer", "onBehalfOf"},
	{"attester", "party"},
}

// requests are the types whose performer is to do it, and has written nothing.
var requests = map[fhir.Type]bool{
	"ServiceRequest": true, "DeviceRequest": true, "MedicationRequest": true, "CommunicationRequest": true, "Task": true, "CarePlan": true,
}

// owners are the elements that say to whom a thing is addressed.
var owners = map[fhir.Type][][]string{
	"Task":           {{"owner"}, {"restriction", "recipient"}},
	"ServiceRequest": {{"performer"}},
}

// custodians are the elements that say who keeps a thing (provision.actor of role CST).
var custodians = map[fhir.Type][][]string{
	"Composition": {{"custodian"}}, "DocumentReference": {{"custodian"}}, "Account": {{"owner"}},
	"CareTeam": {{"managingOrganization"}}, "EpisodeOfCare": {{"managingOrganization"}},
}

// custodianExtension is the custodian of a CarePlan in HL7's MCC eCare Plan guide, which R4 has no element for.
const custodianExtension = "http://hl7.org/fhir/us/mcc/StructureDefinition/custodian"

func authorsOf(n fhir.Node, t fhir.Type) []Party {
	if t == "Provenance" {
		return provenanceAuthors(n)
	}
	paths := writers
	if requests[t] {
		paths = slices.DeleteFunc(slices.Clone(writers), func(path []string) bool { return path[0] == "performer" })
	}
	return partiesAt(n, n, paths)
}

// provenanceAuthors are the agents that made the targets, and those they acted for.
func provenanceAuthors(n fhir.Node) []Party {
	var all []Party
	for agent := range n.All("agent") {
		if kind := agent.Get("type"); kind.OK() && !hasCode(kind, "author") && !hasCode(kind, "AUT") && !hasCode(kind, "composer") {
			continue
		}
		all = append(all, partiesAt(n, agent, [][]string{{"who"}, {"onBehalfOf"}})...)
	}
	return all
}

// custodiansOf is who keeps the thing; the organisation that sent it counts as one.
func custodiansOf(n fhir.Node, t fhir.Type, sender fhir.Ref) []Party {
	all := partiesAt(n, n, custodians[t])
	for extension := range n.All("extension") {
		if extension.Get("url").Text() == custodianExtension {
			all = append(all, partiesAt(n, extension, [][]string{{"valueReference"}})...)
		}
	}
	if sender.Type == "Organization" {
		all = append(all, Party{Ref: sender})
	}
	return uniqueParties(all)
}

// partiesAt are those whom the references at the paths name, from n. Contained ones are looked up in root.
func partiesAt(root, n fhir.Node, paths [][]string) []Party {
	var all []Party
	for _, path := range paths {
		for reference := range n.All(path...) {
			all = append(all, partiesOf(root, reference)...)
		}
	}
	return uniqueParties(all)
}

// partiesOf is whom a Reference names: a resource here, a business identifier, or both. A contained resource is
// known by its identifiers, a contained role by whom it is the role of.
func partiesOf(root, reference fhir.Node) []Party {
	text := reference.Get("reference").Text()
	if id, local := strings.CutPrefix(text, "#"); local {
		for contained := range root.All("contained") {
			if contained.Get("id").Text() == id {
				return containedParties(contained)
			}
		}
	}
	ref, _ := fhir.ParseRef(text)
	p := Party{Ref: ref, Identifier: identifierOf(reference.Get("identifier"))}
	if p == (Party{}) {
		return nil
	}
	return []Party{p}
}

func containedParties(contained fhir.Node) []Party {
	var all []Party
	for identifier := range contained.All("identifier") {
		if code := identifierOf(identifier); code != (Code{}) {
			all = append(all, Party{Identifier: code})
		}
	}
	for _, name := range []string{"practitioner", "organization"} {
		if ref, ok := fhir.ParseRef(contained.At(name, "reference").Text()); ok {
			all = append(all, Party{Ref: ref})
		}
	}
	return all
}

// identifierOf is an Identifier with a value; the system may be missing, which then matches nothing but itself.
func identifierOf(n fhir.Node) Code {
	if n.Get("value").Text() == "" || n.Get("system").Text() == "" {
		return Code{}
	}
	return Code{n.Get("system").Text(), n.Get("value").Text()}
}

func uniqueParties(parties []Party) []Party {
	var kept []Party
	for _, p := range parties {
		if p != (Party{}) && !slices.Contains(kept, p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// is reports whether two parties are the same: by reference or by business identifier.
func (p Party) is(o Party) bool {
	return (p.Ref != (fhir.Ref{}) && p.Ref == o.Ref) || (p.Identifier != (Code{}) && p.Identifier == o.Identifier)
}

// anyIs reports whether any of one list is any of the other.
func anyIs(a, b []Party) bool {
	for i := range a {
		if slices.ContainsFunc(b, a[i].is) {
			return true
		}
	}
	return false
}
