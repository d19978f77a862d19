package gateway

import (
	"concord/fhir"
	"concord/fhir/care"
)

// callTonight is whom the team or the person's own people say to call.
func (p *person) callTonight() []shown {
	items := p.members(care.RoleCallTonight)
	for _, t := range p.find(func(t *thing) bool {
		return t.ref.Type == "RelatedPerson" &&
			(t.marked(care.SystemRole, care.RoleCallTonight) || t.marked(care.SystemRoleCode, care.RelationEmergency))
	}) {
		name, _ := p.title(t)
		items = append(items, shown{t: t, text: join(", ", name, p.words(t.root.Get("relationship")), p.words(t.root.Get("telecom")))})
	}
	return items
}

// keyWorker is whoever holds the threads.
func (p *person) keyWorker() []shown { return p.members(care.RoleKeyWorker) }

// members are the members of current teams in this role, with how to reach them where that may be seen.
func (p *person) members(role string) []shown {
	var items []shown
	for _, t := range p.find(func(t *thing) bool { return t.ref.Type == "CareTeam" }) {
		for m := range t.root.All("participant") {
			if !holds(m.Get("role"), care.SystemRole, role) || p.ended(m) {
				continue
			}
			reach := t.root.Get("telecom")
			if ref, ok := fhir.ParseRef(m.At("member", "reference").Text()); ok && p.byRef[ref] != nil {
				reach = p.byRef[ref].root.Get("telecom")
			}
			if text := join(", ", p.member(m), p.words(reach)); text != "" {
				items = append(items, shown{t: t, text: text})
			}
		}
	}
	return items
}

// dependants are those who depend on the person: said as such, or by a plan of the person's own as a carer.
func (p *person) dependants() []shown {
	return p.show(p.find(func(t *thing) bool {
		return t.marked(care.SystemCategory, care.CategoryDependant, care.CategoryCarersPlan)
	}), "valueString", "description")
}
