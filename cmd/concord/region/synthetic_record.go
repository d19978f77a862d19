package region

import (
	"fmt"

	"concord/fhir/care"
)

// record makes all of a person: who they are and who is around them, then what they live with, then what they and
// their team plan.
func (p *synthetic) record() {
	p.identity()
	p.aroundMe()
	p.clinical()
	p.plan()
	p.aboutMe()
	if p.number%4 == 0 {
		p.choice()
	}
}

// add adds a resource about the person. Its id is made of its type, and how many of the type there are already.
func (p *synthetic) add(resourceType string, members ...any) string {
	p.counts[resourceType]++
	id := fmt.Sprintf("%s-%s-%d", p.id, short[resourceType], p.counts[resourceType])
	p.resources = append(p.resources, write(append(object{"resourceType", resourceType, "id", id}, members...)))
	return resourceType + "/" + id
}

func (p *synthetic) me() object { return reference("Patient/" + p.id) }
func (p *synthetic) surgery() object {
	return object{"reference", "Organization/" + practiceID(p.practice), "display", practiceName(p.practice)}
}

func (p *synthetic) staff() object {
	return reference("Practitioner/" + staffID(p.practice, p.rand.IntN(staffPerPractice)))
}

func (p *synthetic) category(code string) object { return concept(care.SystemCategory, code, "") }

func (p *synthetic) identity() {
	identifiers := list{object{"system", "https://wexbridge.invalid/id/person", "value", fmt.Sprintf("W%08d", p.number)}}
	if number := nhsNumber(p.number); number != "" {
		identifiers = append(list{object{"use", "official", "system", care.SystemNHSNumber, "value", number}}, identifiers...)
	}
	p.resources = append(p.resources, write(object{
		"resourceType", "Patient", "id", p.id, "text", said(p.given+" "+p.family, p.words(6)),
		"identifier", identifiers, "active", true,
		"name",
		list{object{"use", "usual", "family", p.family, "given", list{p.given}}},
		"telecom",
		list{
			object{"system", "phone", "value", fmt.Sprintf("07700 900%03d", p.rand.IntN(1000)), "use", "mobile"},
			object{"system", "email", "value", p.id + "@example.org"},
		},
		"gender", pick(p, []string{"female", "male", "other"}), "birthDate", fmt.Sprintf("%04d-%02d-%02d", lastDay.Year()-p.age, 1+p.rand.IntN(12), 1+p.rand.IntN(28)),
		"address",
		list{object{"use", "home", "line", list{fmt.Sprintf("%d %s", 1+p.rand.IntN(190), pick(p, streets))}, "city", pick(p, towns), "postalCode", fmt.Sprintf("ZZ%d %dQX", 1+p.rand.IntN(90), p.rand.IntN(10))}},
		"communication",
		list{object{"language", concept("urn:ietf:bcp:47", pick(p, []string{"en", "en", "en", "bn", "pl", "ur", "cy"}), ""), "preferred", true}},
		"generalPractitioner",
		list{p.surgery()},
	}))
}

func (p *synthetic) aroundMe() {
	carer := p.add("RelatedPerson", "text", said("Who helps me", p.words(8)), "active", true, "patient", p.me(),
		"relationship", list{concept(care.SystemRoleCode, pick(p, []string{"SPS", "CHILD", "SIB", "FRND", "NBOR"}), "")},
		"name", list{object{"family", p.family, "given", list{pick(p, givens)}}},
		"telecom", list{object{"system", "phone", "value", fmt.Sprintf("07700 900%03d", p.rand.IntN(1000))}})
	since := object{"start", p.day(900)}
	p.add("CareTeam", "text", said("My team", p.words(8)), "status", "active", "name", "The team around "+p.given, "subject", p.me(), "period", since,
		"participant", list{
			object{"role", list{object{"text", "The person"}}, "member", p.me(), "period", since},
			object{"role", list{concept(care.SystemRole, "key-worker", "Key worker")}, "member", p.staff(), "onBehalfOf", p.surgery(), "period", since},
			object{"role", list{object{"text", "Carer"}}, "member", reference(carer), "period", since},
		})
	for range 2 {
		day := p.day(700)
		p.add("Encounter", "text", said("A visit", p.words(9)), "status", "finished", "class", coding(care.SystemActCode, "AMB", "ambulatory"), "subject", p.me(),
			"participant", list{object{"individual", p.staff()}}, "period", object{"start", day, "end", day},
			"reasonCode", list{object{"text", p.words(2)}}, "serviceProvider", p.surgery())
	}
}

// choice is a person's own: what the practice's team may not see of their plan.
func (p *synthetic) choice() {
	p.add("Consent", "text", said("My choice", p.words(8)), "status", "active", "scope", concept(care.SystemConsentScope, "patient-privacy", ""),
		"category", list{concept(care.SystemLoinc, "59284-0", "Consent Document")}, "patient", p.me(), "dateTime", p.day(300), "performer", list{p.me()},
		"policyRule", concept(care.SystemActCode, "OPTIN", ""),
		"provision", object{
			"type", "deny",
			"actor",
			list{object{"role", concept(care.SystemParticipation, "IRCP", "information recipient"), "reference", p.surgery()}},
			"class",
			list{coding("http://hl7.org/fhir/resource-types", pick(p, []string{"Task", "DocumentReference", "Procedure"}), "")},
			"provision",
			list{object{"type", "deny", "purpose", list{coding(care.SystemPurpose, "HMARKT", "")}}},
		})
}
