package gateway

import (
	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// onlookerWords says who an onlooker is, to somebody who reads the plain titles ("you" is the person) or not.
func onlookerWords(o guard.Onlooker, looks func(fhir.Ref) string) string {
	who := onlookerName(o, looks)
	switch o.Purpose {
	case "TREAT", "PATRQT", "FAMRQT", "PWATRNY":
		return who
	case "ETREAT", "BTG", "ERTREAT":
		if o.Kind == guard.OnlookerEmergency {
			return who
		}
		return who + ", in an emergency"
	case "HRESCH":
		return who + ", for research"
	default:
		return who + ", for the purpose " + o.Purpose
	}
}

func onlookerName(o guard.Onlooker, looks func(fhir.Ref) string) string {
	switch {
	case o.Kind == guard.OnlookerEmergency:
		return "An emergency doctor who has never met you"
	case o.Kind == guard.OnlookerElsewhere && o.OrgKind == consent.OrgSocial:
		return "Social care staff elsewhere who come to care for you"
	case o.Kind == guard.OnlookerElsewhere:
		return "Staff of another hospital or practice who come to care for you"
	case o.Class == consent.Proxy:
		return "A person close to you"
	case o.Class == consent.Self:
		return "A person whom you named"
	}
	org := looks(o.Org)
	switch {
	case o.Who == (fhir.Ref{}) && org != "":
		return org
	case o.Who == (fhir.Ref{}):
		return "An organisation that you named"
	case org != "":
		return "A professional of " + org
	default:
		return "A professional whom you named"
	}
}

// onlookerParts are an onlooker in the machine's words, with what was assumed where no token says it.
func onlookerParts(o guard.Onlooker) []parameter {
	parts := []parameter{inCode("kind", string(o.Kind))}
	if o.Who != (fhir.Ref{}) {
		parts = append(parts, inReference("who", o.Who.String()))
	}
	if o.Org.ID.Valid() {
		parts = append(parts, inReference("organization", o.Org.String()))
	}
	if o.Role != "" {
		parts = append(parts, inCode("role", o.Role))
	}
	return append(parts, inCode("purpose", o.Purpose))
}
