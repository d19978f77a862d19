package gateway

import "concord/fhir/care"

// timeCritical is the medicines that must not be late, with their doses.
func (p *person) timeCritical() []shown {
	return p.show(p.find(func(t *thing) bool { return t.marked(care.SystemCategory, care.CategoryTimeCritical) }),
		"dosageInstruction", "dosage", "valueString")
}

// contingency is the plans for when things change: what should happen and whom to call. Several plans for several
// occasions do not contradict each other.
func (p *person) contingency() []shown {
	items := p.show(p.find(func(t *thing) bool {
		return t.sections.Has(care.Contingency) && (t.ref.Type == "CarePlan" || t.marked(care.SystemCategory, care.CategoryHasPlan))
	}), "description")
	for i := range items {
		for _, do := range items[i].t.extensions(care.ExtensionWhatToDo) {
			items[i].text = join("; ", items[i].text, p.words(do))
		}
		for _, call := range items[i].t.extensions(care.ExtensionWhomToCall) {
			items[i].text = join("; ", items[i].text, "call "+p.words(call))
		}
		items[i].says = ""
	}
	return items
}
