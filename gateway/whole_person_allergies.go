package gateway

import (
	"slices"

	"concord/fhir"
	"concord/fhir/care"
)

// allergies are the allergies, or the statement that none is known. Only a statement about all allergies makes the
// line one of none; one about some, such as medicines, is shown in its words and speaks against those alone.
func (p *person) allergies() []shown {
	things := p.find(func(t *thing) bool { return t.ref.Type == "AllergyIntolerance" })
	items := p.show(things)
	toMedicine := slices.ContainsFunc(things, func(t *thing) bool {
		return !t.noneKnown && slices.ContainsFunc(slices.Collect(t.root.All("category")), func(n fhir.Node) bool { return n.Text() == "medication" })
	})
	for i, t := range things {
		code := t.root.Get("code")
		if noKnownAllergy(code) {
			items[i].says, items[i].none = "none", true
			continue
		}
		// Whatever else it says, an item that tells of a danger is shown with it.
		items[i].text = p.allergy(t, items[i].text)
		switch {
		case noKnownMedicineAllergy(code) && toMedicine:
			items[i].says = "none"
		case t.noneKnown, noKnownMedicineAllergy(code), holdsSystem(code, care.SystemAbsent):
			items[i].says = ""
		}
	}
	return items
}

// noKnownAllergy reports whether the code says that no allergy of any kind is known.
func noKnownAllergy(code fhir.Node) bool {
	return holds(code, care.SystemSnomed, care.SnomedNoKnownAllergy) || holds(code, care.SystemAbsent, care.AbsentNoKnownAllergies)
}

// noKnownMedicineAllergy reports whether the code says that no allergy to a medicine is known.
func noKnownMedicineAllergy(code fhir.Node) bool {
	return holds(code, care.SystemSnomed, care.SnomedNoKnownDrugAllergy) ||
		holds(code, care.SystemAbsent, care.AbsentNoKnownMedicineAllergies)
}

// holdsSystem reports whether the concept holds any code of the system.
func holdsSystem(code fhir.Node, system string) bool {
	for coding := range code.All("coding") {
		if coding.Get("system").Text() == system {
			return true
		}
	}
	return false
}

// allergy is what to, how dangerous and what happens.
func (p *person) allergy(t *thing, to string) string {
	if t.root.Get("criticality").Text() == "high" {
		to += " (high risk)"
	}
	for manifestation := range t.root.All("reaction", "manifestation") {
		to = join("; ", to, p.words(manifestation))
	}
	return to
}
