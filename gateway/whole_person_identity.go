package gateway

import (
	"strconv"

	"concord/fhir/care"
)

// identity is the person as their Patient says, NHS number first.
func (p *person) identity() []shown {
	var items []shown
	for _, t := range p.patients {
		name := p.patientName(t)
		born := t.root.Get("birthDate").Text()
		text := []string{name, p.born(born), p.identifiers(t)}
		if w := t.root.Get("gender").Text(); w != "" {
			text = append(text, w)
		}
		if died := t.root.Get("deceasedDateTime").Text(); died != "" {
			text = append(text, "died "+day(died))
		} else if t.root.Get("deceasedBoolean").Text() == "true" {
			text = append(text, "has died")
		}
		items = append(items, shown{t: t, text: join("; ", text...), says: born})
	}
	return items
}

// patientName is the usual name, or the official one, or the first.
func (p *person) patientName(t *thing) string {
	for _, use := range [...]string{"usual", "official"} {
		for n := range t.root.All("name") {
			if n.Get("use").Text() == use {
				return p.words(n)
			}
		}
	}
	return p.words(t.root.Get("name").First())
}

// born is the birth date and, where it is a day, the age today.
func (p *person) born(date string) string {
	if date == "" {
		return ""
	}
	at := start(date)
	if len(date) != len("2006-01-02") || at.IsZero() {
		return "born " + date
	}
	age := p.Today.Year() - at.Year()
	if at.AddDate(age, 0, 0).After(p.Today) {
		age--
	}
	return "born " + date + " (" + strconv.Itoa(age) + ")"
}

// identifiers is the NHS number with how far it was verified, or else the first identifier there is.
func (p *person) identifiers(t *thing) string {
	for id := range t.root.All("identifier") {
		if id.Get("system").Text() != care.SystemNHSNumber {
			continue
		}
		number := "NHS number " + id.Get("value").Text()
		for _, status := range extensions(id, care.ExtensionNHSVerification) {
			number = join(", ", number, p.words(status))
		}
		return number
	}
	return p.words(t.root.At("identifier", "value"))
}

// interpreterRequired is HL7's extension of Patient.
const interpreterRequired = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"

// howToCommunicate is language and interpreter, then needs, adjustments and the person's own words. A key safe is no way
// to communicate: it stands in its section only.
func (p *person) howToCommunicate() []shown {
	var items []shown
	for _, t := range p.patients {
		text := ""
		for language := range t.root.All("communication", "language") {
			text = join("; ", text, "speaks "+p.words(language))
		}
		for _, required := range t.extensions(interpreterRequired) {
			if required.Text() == "true" {
				text = join("; ", text, "needs an interpreter")
			}
		}
		if text != "" {
			items = append(items, shown{t: t, text: text})
		}
	}
	rest := p.show(p.among(func(t *thing) bool {
		return p.current(t) && t.sections.Has(care.Communication) && t.ref.Type != "Condition" && !t.marked(care.SystemCategory, care.CategoryKeySafe)
	}), "valueString", "valueCodeableConcept")
	for _, item := range rest {
		item.says = ""
		items = append(items, item)
	}
	return items
}
