package consent

import (
	"concord/fhir"
	"concord/fhir/care"
)

// entryOf reads a directory entry from its resource.
func entryOf(r *fhir.Resource) *Entry {
	root := r.Root()
	e := &Entry{Ref: r.Ref(), Active: root.Get("active").Text() != "false"}
	for identifier := range root.All("identifier") {
		if id := identifierOf(identifier); id != (Code{}) {
			e.Identifiers = append(e.Identifiers, id)
		}
	}
	switch r.Type() {
	case "Organization":
		e.PartOf, _ = fhir.ParseRef(root.At("partOf", "reference").Text())
		e.Name, e.Kind = root.Get("name").Text(), kindOf(root.Get("type"))
	case "PractitionerRole":
		e.Practitioner, _ = fhir.ParseRef(root.At("practitioner", "reference").Text())
		e.Organization, _ = fhir.ParseRef(root.At("organization", "reference").Text())
	case "Group":
		if !aboutNobody("Group", root) {
			return nil
		}
		for member := range root.All("member") {
			ref, ok := fhir.ParseRef(member.At("entity", "reference").Text())
			if ok && member.Get("inactive").Text() != "true" {
				e.Members = append(e.Members, ref)
			}
		}
	}
	return e
}

// kinds are the codes of Organization.type that say what kind of organisation it is. Codes that only say that
// it is a provider say nothing of whether it is a regulated one.
var kinds = map[Code]OrgKind{
	{care.SystemKind, care.KindHealth}:    OrgHealth,
	{care.SystemKind, care.KindSocial}:    OrgSocial,
	{care.SystemKind, care.KindVoluntary}: OrgVoluntary,
	{care.SystemKind, care.KindHousing}:   OrgHousing,
	{care.SystemKind, care.KindOther}:     OrgOther,
	{systemOrgType, "prov"}:               OrgHealth, // Healthcare Provider
	{systemOrgType, "cg"}:                 OrgVoluntary,
	{systemOrgType, "ins"}:                OrgOther,
	{systemOrgType, "pay"}:                OrgOther,
	{systemOrgType, "govt"}:               OrgOther,
	{systemOrgType, "edu"}:                OrgOther,
	{systemOrgType, "reli"}:               OrgOther,
	{systemOrgType, "crs"}:                OrgOther,
	{systemOrgType, "bus"}:                OrgOther,
	{systemOrgType, "other"}:              OrgOther,
}

const systemOrgType = "http://terminology.hl7.org/CodeSystem/organization-type"

// kindOf is the kind that the types say. Ours counts before any other; several others must agree.
func kindOf(types fhir.Node) OrgKind {
	found := OrgUnknown
	for coding := range types.All("coding") {
		c, _ := codingOf(coding)
		kind, ok := kinds[c]
		switch {
		case !ok:
		case c.System == care.SystemKind:
			return kind
		case found != OrgUnknown && found != kind:
			return OrgOther
		default:
			found = kind
		}
	}
	return found
}
