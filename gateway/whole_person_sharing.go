package gateway

import "concord/fhir/care"

// sharing is the choices in force in plain words, for those who may read them, and where to see who has looked. For
// everybody else it is as empty as any other section.
func (p *person) sharing() section {
	made := p.headed(care.Sharing)
	n := newNarrative()
	for _, t := range p.in(care.Sharing) {
		if t.ref.Type == "Consent" {
			made.Entry = append(made.Entry, reference{t.ref.String()})
		}
	}
	p.tellChoices(n, made.Entry)
	if plain(p.Class) && p.Whom.Patient.ID != "" {
		n.open("p").link(p.Base+"/AuditEvent?patient="+p.Whom.Patient.String(), "Who has looked").close("p")
	}
	made.Text = n.div()
	return made
}

// tellChoices writes the choices; where none are given, the Consents that may be seen.
func (p *person) tellChoices(n *narrative, consents []reference) {
	if len(p.Choices) == 0 && len(consents) == 0 {
		n.paragraph(nothingToShow)
		return
	}
	n.open("ul")
	for _, choice := range p.Choices {
		n.open("li").text(choice.Text)
		n.say("from", dayOf(choice.From))
		n.say("until", dayOf(choice.Until))
		n.close("li")
	}
	if len(p.Choices) == 0 {
		for _, t := range p.in(care.Sharing) {
			if t.ref.Type == "Consent" {
				p.tell(n, t)
			}
		}
	}
	n.close("ul")
}
