package consent

import (
	"concord/fhir"
	"concord/fhir/care"
)

// systemAbsent is the IPS code system of absent and unknown data.
const systemAbsent = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"

// noneKnown are the codes that say that there is no known allergy of some kind (CONSENT rules 14.5).
var noneKnown = map[Code]bool{
	{care.SystemSnomed, care.SnomedNoKnownAllergy}:     true,
	{care.SystemSnomed, care.SnomedNoKnownDrugAllergy}: true,
	{care.SystemSnomed, "428607008"}:                   true, // environmental
	{care.SystemSnomed, "429625007"}:                   true, // food
	{care.SystemSnomed, "716220001"}:                   true, // animal
	{care.SystemSnomed, "428197003"}:                   true, // insect
	{care.SystemSnomed, "1003774007"}:                  true, // latex
	{systemAbsent, "no-known-allergies"}:               true,
	{systemAbsent, "no-known-medication-allergies"}:    true,
	{systemAbsent, "no-known-environmental-allergies"}: true,
	{systemAbsent, "no-known-food-allergies"}:          true,
}

// allergyLists are the LOINC codes of lists and sections of allergies.
var allergyLists = map[string]bool{"48765-2": true, "10155-0": true, "52473-6": true}

// saysNoneKnown reports whether a resource says that there is no known allergy: by a code anywhere in it, or by
// an allergy list or section that is empty because nothing is known.
func saysNoneKnown(root fhir.Node, codes []Code) bool {
	for _, c := range codes {
		if noneKnown[c] {
			return true
		}
	}
	return emptyAllergies(root)
}

func emptyAllergies(n fhir.Node) bool {
	if hasCode(n.Get("emptyReason"), "nilknown") {
		allergies, coded := false, false
		for c := range n.All("code", "coding", "code") {
			coded = true
			allergies = allergies || allergyLists[c.Text()]
		}
		if allergies || !coded {
			return true
		}
	}
	for section := range n.All("section") {
		if emptyAllergies(section) {
			return true
		}
	}
	return false
}
