package gateway

import (
	"strings"

	"concord/fhir/care"
)

// cpr is the clinicians' recommendations. Two that differ both stand: which one holds is for people to find out.
func (p *person) cpr() []shown {
	items := p.show(p.find(func(t *thing) bool {
		return t.marked(care.SystemCategory, care.CategoryCPR) ||
			t.marked(care.SystemSnomed, care.SnomedForCPR, care.SnomedNotForCPR, care.SnomedResuscitationStatus)
	}), "valueCodeableConcept", "valueString")
	for i := range items {
		items[i].says = decided(items[i].t)
	}
	return items
}

// decided is the code of what a recommendation comes to, or its words.
func decided(t *thing) string {
	for _, path := range [...][]string{{"valueCodeableConcept", "coding", "code"}, {"valueCodeableConcept", "text"}, {"valueString"}, {"code", "coding", "code"}} {
		if w := t.root.At(path...).Text(); w != "" {
			return strings.ToLower(w)
		}
	}
	return ""
}

// advanceDecision is what the person refused in advance. One that was taken back is shown, not dropped.
func (p *person) advanceDecision() []shown {
	var items []shown
	for _, t := range p.among(refusal) {
		back := t.marked(care.SystemSnomed, care.SnomedADRTRetracted) || t.status() == "inactive"
		if !back && !p.current(t) {
			continue
		}
		item := p.show([]*thing{t}, "valueCodeableConcept", "valueString")[0]
		for code := range t.root.All("provision", "code") {
			item.text = join("; ", item.text, "refuses "+p.words(code))
		}
		for _, life := range t.extensions(care.ExtensionLifeSustaining) {
			item.text = join("; ", item.text, "life-sustaining treatment: "+p.words(life))
		}
		switch {
		case t.status() == "inactive":
			item.text, item.says = join("; ", item.text, "no longer in force"), ""
		case back:
			item.text, item.says = join("; ", item.text, "taken back"), "taken back"
		case !item.none:
			item.says = "in force"
		}
		items = append(items, item)
	}
	return items
}

// refusal reports whether a thing is an advance decision, or says that one was taken back.
func refusal(t *thing) bool {
	if t.ref.Type == "Flag" {
		return false
	}
	return t.marked(care.SystemCategory, care.CategoryADRT) || t.marked(care.SystemSnomed, care.SnomedADRT, care.SnomedADRTRetracted) ||
		t.ref.Type == "Consent" && (t.marked(care.SystemConsentScope, "adr") || t.marked(care.SystemConsentCategory, "acd"))
}

// respect is the ReSPECT form or another treatment escalation plan: who holds the paper is part of it.
func (p *person) respect() []shown {
	items := p.show(p.find(func(t *thing) bool {
		return t.marked(care.SystemCategory, care.CategoryRespect) || t.marked(care.SystemSnomed, care.SnomedRespect, care.SnomedEscalationPlan)
	}), "description", "valueString")
	for i := range items {
		items[i].says = strings.ToLower(items[i].text)
	}
	return items
}
