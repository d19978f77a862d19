package consent

import (
	"strings"

	"concord/fhir"
)

// events are the elements that say when a thing happened, whatever type has them. A name that ends in [x] has
// every type of value.
var events = strings.Fields(`effective[x] onset[x] performed[x] occurrence[x] period timing[x] serviced[x] identified[x] executionPeriod
	billablePeriod servicePeriod sent received whenPrepared whenHandedOver lastOccurrence started start[x] detected applies
	collection.collected[x] receivedTime event.period context.period planningHorizon measurementPeriod occurrenceDateTime requestedPeriod`)

// authored are the elements that say when a thing was written down.
var authored = strings.Fields(`issued authoredOn authored recordedDate recorded recordedOn created date dateTime dateAsserted dateWritten
	enteredDate lastModified statusDate`)

// timesAt reads the times at the elements. meta.lastUpdated is not among them: it changes when data is moved.
func timesAt(n fhir.Node, elements []string) []Span {
	var spans []Span
	for _, element := range elements {
		path := strings.Split(element, ".")
		last := path[len(path)-1]
		for host := range n.All(path[:len(path)-1]...) {
			for name, value := range host.Members() {
				if isElement(name, last) {
					for each := range value.Each() {
						spans = append(spans, spansOf(each)...)
					}
				}
			}
		}
	}
	return until(n, spans)
}

// timed are the types of value of an element [x] that say when; onsetAge and the like do not.
var timed = map[string]bool{"DateTime": true, "Date": true, "Instant": true, "Period": true, "Timing": true}

func isElement(name, element string) bool {
	base, choice := strings.CutSuffix(element, "[x]")
	if !choice {
		return name == element
	}
	rest, ok := strings.CutPrefix(name, base)
	return ok && (timed[rest] || (rest == "" && base == "start"))
}

// until joins start with end (Appointment, Slot) and onset with abatement (Condition) to one stretch.
func until(n fhir.Node, spans []Span) []Span {
	for _, pair := range [][2][]string{
		{{"start"}, {"end"}},
		{{"onsetDateTime", "onsetPeriod"}, {"abatementDateTime", "abatementPeriod"}},
	} {
		from, to := first(n, pair[0]), first(n, pair[1])
		if len(from) > 0 && len(to) > 0 {
			spans = append(spans, Span{from[0].From, to[0].To})
		}
	}
	return spans
}

func first(n fhir.Node, names []string) []Span {
	for _, name := range names {
		if value := n.Get(name); value.Kind() == fhir.String || value.Kind() == fhir.Object {
			return spansOf(value)
		}
	}
	return nil
}

// primary are the elements that say what a thing is: a permit by code looks nowhere else (CONSENT rules
// section 1, provision.code). Types that are not here have "code".
var primary = map[fhir.Type][]string{
	"Account": {"type"}, "AdverseEvent": {"event", "category"}, "Appointment": {"serviceType", "appointmentType"},
	"BiologicallyDerivedProduct": {"productCode"}, "BodyStructure": {"location", "morphology"}, "CarePlan": {"category"},
	"CareTeam": {"category"}, "Claim": {"type"}, "ClaimResponse": {"type"}, "ClinicalImpression": {"code"},
	"Communication": {"category", "topic"}, "CommunicationRequest": {"category"}, "Composition": {"type"},
	"Consent": {"scope", "category"}, "Contract": {"type"}, "Coverage": {"type"}, "Device": {"type"},
	"DeviceRequest": {"codeCodeableConcept"}, "DocumentManifest": {"type"}, "DocumentReference": {"type"},
	"Encounter": {"class", "type"}, "EpisodeOfCare": {"type"}, "ExplanationOfBenefit": {"type"}, "Goal": {"description"},
	"ImagingStudy": {"procedureCode", "modality"}, "Immunization": {"vaccineCode"}, "ImmunizationEvaluation": {"targetDisease"},
	"Invoice": {"type"}, "Media": {"type", "modality"}, "MedicationAdministration": {"medicationCodeableConcept"},
	"MedicationDispense": {"medicationCodeableConcept"}, "MedicationRequest": {"medicationCodeableConcept"},
	"MedicationStatement": {"medicationCodeableConcept"}, "RelatedPerson": {"relationship"}, "Specimen": {"type"},
	"SupplyDelivery": {"type"}, "SupplyRequest": {"itemCodeableConcept"},
	"FamilyMemberHistory": {"condition.code"}, "ImmunizationRecommendation": {"recommendation.vaccineCode"},
}

func primaryOf(n fhir.Node, t fhir.Type) []Code {
	elements, ok := primary[t]
	if !ok {
		elements = []string{"code"}
	}
	var all []Code
	for _, element := range elements {
		path := strings.Split(element, ".")
		all = append(all, codingsAt(n, path)...) // a Coding itself, such as Encounter.class
		all = append(all, codingsAt(n, append(path, "coding"))...)
	}
	return unique(all)
}
