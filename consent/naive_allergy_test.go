package consent_test

import (
	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// naiveTries is how many allergies are asked for before none may be said to be known.
const naiveTries = 48

// mayHideAllergy is 14.5 and 15.11: whether some allergy could be hidden from the caller, so that none may be said to be
// known. Here it is found by trying. The engine decides by the shape of the rules: it may fear more than there is, and
// never less.
func (q naiveAsk) mayHideAllergy() bool {
	d := newDraw(1)
	for range naiveTries {
		one := q
		one.tally = nil
		one.facts, one.kind = d.allergy(), "AllergyIntolerance"
		if seen, _ := one.chosen(); !seen {
			return true
		}
	}
	return false
}

// allergy is one that nothing but a choice, the base policy or a safeguard could hide.
func (d draw) allergy() *consent.Facts {
	ref := fhir.Ref{Type: "AllergyIntolerance", ID: "any"}
	f := &consent.Facts{
		Ref: ref, About: []fhir.Ref{drawPerson}, Sections: care.In(care.Clinical), Primary: few(d, 1, d.code()),
		Events: d.times(), Authored: d.times(), Labels: d.labels(), Custodian: few(d, 1, d.party(drawOrgs...)),
		Authors: few(d, 1, d.party(append(drawRoles, drawStaff...)...)),
	}
	// It may have a profile; a type of document or of content it has none.
	f.Class = append([]consent.Code{{System: naiveTypes, Code: "AllergyIntolerance"}}, few(d, 1, drawProfiles[0])...)
	f.Codes = append(few(d, 1, d.code()), f.Primary...)
	return f
}
