package region

import (
	"fmt"

	"concord/fhir/care"
)

// noted is a text of the usual length of a note.
func (p *synthetic) noted() list { return list{object{"text", p.words(3)}} }

func (p *synthetic) clinical() {
	for range 5 {
		what := pick(p, conditions)
		p.add("Condition", "text", said(what.display, p.words(9)),
			"clinicalStatus", concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", ""),
			"verificationStatus", concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", ""),
			"category", list{concept(care.SystemConditionKind, "problem-list-item", "")}, "code", concept(care.SystemSnomed, what.code, what.display),
			"subject", p.me(), "onsetDateTime", p.day(6000), "recordedDate", p.day(3000), "recorder", p.staff(), "note", p.noted())
	}
	for range 2 {
		what := pick(p, allergies)
		p.add("AllergyIntolerance", "text", said(what.display, p.words(9)),
			"clinicalStatus", concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", ""),
			"criticality", pick(p, []string{"low", "high"}), "code", concept(care.SystemSnomed, what.code, what.display), "patient", p.me(),
			"recordedDate", p.day(4000), "recorder", p.staff(), "note", p.noted())
	}
	for range 7 {
		what := pick(p, medicines)
		p.add("MedicationRequest", "text", said(what.display, p.words(9)), "status", "active", "intent", "order",
			"medicationCodeableConcept", concept(care.SystemSnomed, what.code, what.display), "subject", p.me(), "authoredOn", p.day(900), "requester", p.staff(),
			"dosageInstruction", list{object{"text", fmt.Sprintf("%d tablet %s", 1+p.rand.IntN(2), pick(p, whens)), "timing", object{"repeat", object{"frequency", 1 + p.rand.IntN(3), "period", 1, "periodUnit", "d"}}}}, "note", p.noted())
	}
	for range 11 {
		what := pick(p, measured)
		value := float64(what.low*10+p.rand.IntN((what.high-what.low)*10)) / 10
		p.add("Observation", "text", said(what.display, p.words(8)), "status", "final",
			"category", list{concept(care.SystemObservationKind, "vital-signs", "")}, "code", concept(care.SystemLoinc, what.code, what.display), "subject", p.me(),
			"effectiveDateTime", p.day(1500), "performer", list{p.staff(), p.surgery()},
			"valueQuantity", object{"value", value, "unit", what.unit, "system", "http://unitsofmeasure.org", "code", what.unit}, "note", p.noted())
	}
	for range 3 {
		p.add("Immunization", "text", said("Vaccination", p.words(9)), "status", "completed", "vaccineCode", concept(care.SystemSnomed, "822851000000102", "Seasonal influenza vaccination"),
			"patient", p.me(), "occurrenceDateTime", p.day(3000), "performer", list{object{"actor", p.surgery()}}, "note", p.noted())
	}
	p.add("Procedure", "text", said("Course", p.words(9)), "status", "completed", "category", p.category(care.CategoryEducation), "code", object{"text", "Course: " + p.words(1)},
		"subject", p.me(), "performedDateTime", p.day(2000), "performer", list{object{"actor", p.staff()}}, "note", p.noted())
}

func (p *synthetic) plan() {
	var goals, needs, actions list
	for range 3 {
		needs = append(needs, reference(p.add("Condition", "text", said("What is hard", p.words(9)),
			"clinicalStatus", concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", ""),
			"category", list{concept(care.SystemConditionKind, "health-concern", ""), p.category(care.CategoryNeed)}, "code", object{"text", p.words(2)},
			"subject", p.me(), "recordedDate", p.day(400), "asserter", p.me(), "note", p.noted())))
	}
	for range 5 {
		goals = append(goals, reference(p.add("Goal", "text", said("What I hope for", p.words(9)),
			"extension", list{object{"url", care.ExtensionImportance, "valueInteger", 1 + p.rand.IntN(10)}},
			"lifecycleStatus", "active", "priority", concept(care.SystemGoalPriority, "medium-priority", ""), "description", object{"text", p.words(2)},
			"subject", p.me(), "startDate", p.day(400), "statusDate", p.day(200), "expressedBy", p.me(), "note", p.noted())))
	}
	for range 4 {
		actions = append(actions, object{"reference", reference(p.add("Task", "text", said("What I do", p.words(9)),
			"extension", list{object{"url", care.ExtensionConfidence, "valueInteger", 1 + p.rand.IntN(10)}, object{"url", care.ExtensionStrategy, "valueString", p.words(1)}},
			"status", pick(p, []string{"in-progress", "completed", "requested"}), "intent", "plan", "description", p.words(2), "for", p.me(),
			"authoredOn", p.day(300), "requester", p.me(), "owner", p.me(), "note", p.noted()))})
	}
	for range 2 {
		actions = append(actions, object{"reference", reference(p.add("ServiceRequest", "text", said("What was asked for", p.words(9)),
			"status", "active", "intent", "order", "category", list{p.category(care.CategorySocialPrescribe)}, "code", concept(care.SystemSnomed, care.SnomedSocialPrescribing, "Referral to social prescribing service"),
			"subject", p.me(), "authoredOn", p.day(300), "requester", p.staff(), "performer", list{p.surgery()}, "note", p.noted()))})
	}
	plan := p.add("CarePlan", "text", said("My care and support plan", p.words(10)),
		"extension", list{object{"url", care.ExtensionReviewDue, "valueDate", "2027-06-01"}}, "status", "active", "intent", "plan",
		"category", list{concept(care.SystemSnomed, care.SnomedPlanCategory, "Care plan"), concept(care.SystemSnomed, care.SnomedCareAndSupportPlan, "Personalised Care and Support Plan")},
		"title", "My care and support plan", "description", p.words(4), "subject", p.me(), "period", object{"start", p.day(400)}, "created", p.day(400), "author", p.staff(),
		"addresses", needs, "goal", goals, "activity", actions)
	p.add("CarePlan", "text", said("If things change", p.words(8)),
		"extension", list{object{"url", care.ExtensionTrigger, "valueString", p.words(1)}, object{"url", care.ExtensionEarlySign, "valueString", p.words(1)}, object{"url", care.ExtensionWhatToDo, "valueString", p.words(2)}},
		"partOf", list{reference(plan)}, "status", "active", "intent", "plan", "category", list{concept(care.SystemSnomed, care.SnomedContingencyPlan, "Contingency plan")},
		"title", "If things change", "subject", p.me(), "period", object{"start", p.day(400)}, "created", p.day(400), "author", p.staff())
	p.add("Flag", "text", said("Reasonable adjustment", p.words(9)), "status", "active", "category", list{p.category(care.CategoryAdjustment)}, "code", object{"text", p.words(2)},
		"subject", p.me(), "period", object{"start", p.day(600)}, "author", p.staff())
	p.add("DocumentReference", "text", said("A letter", p.words(9)), "status", "current", "type", concept(care.SystemLoinc, "51852-2", "Letter"), "subject", p.me(),
		"date", p.day(600)+"T09:30:00Z", "author", list{p.staff()}, "custodian", p.surgery(), "description", p.words(4),
		"content", list{object{"attachment", object{"contentType", "text/plain", "data", "RGVhciBjb2xsZWFndWUsIHRoYW5rIHlvdSBmb3Igc2VlaW5nIG91ciBwYXRpZW50Lg==", "title", "Letter"}}})
}

// aboutMe is in the person's own words (PRSB About Me).
func (p *synthetic) aboutMe() {
	var told list
	for _, heading := range []string{
		care.AboutMeMostImportant, care.AboutMePeople, care.AboutMeCommunicate, care.AboutMeWellness, care.AboutMeDoAndDoNot, care.AboutMeSupport, care.AboutMeAlsoWorthToKnow,
	} {
		told = append(told, reference(p.add("Observation", "text", said("About me", p.words(8)), "status", "final",
			"code", object{"coding", list{coding(care.SystemLoinc, care.LoincPreferences, ""), coding(care.SystemAboutMe, heading, "")}},
			"subject", p.me(), "effectiveDateTime", p.day(300), "performer", list{p.me()}, "valueString", p.words(6))))
	}
	p.add("Provenance", "text", said("Written with me", p.words(8)), "target", told, "recorded", p.day(200)+"T12:00:00Z", "agent", list{object{"who", p.me()}})
}
