package consent

import (
	"slices"

	"concord/fhir"
)

// subjects are the elements that say whom a resource is about (CONSENT rules 7.3). Performers, asserters,
// recipients and the like are not among them, although the R4 Patient compartment has them; neither is
// Observation.focus. AuditEvent has none: the trail is read in its own way.
var subjects = map[fhir.Type][][]string{
	"Account": {{"subject"}}, "AdverseEvent": {{"subject"}}, "AllergyIntolerance": {{"patient"}},
	"Appointment": {{"participant", "actor"}}, "AppointmentResponse": {{"actor"}}, "Basic": {{"subject"}},
	"Binary": {{"securityContext"}}, "BiologicallyDerivedProduct": {{"collection", "source"}}, "BodyStructure": {{"patient"}},
	"CarePlan": {{"subject"}}, "CareTeam": {{"subject"}}, "ChargeItem": {{"subject"}}, "Claim": {{"patient"}},
	"ClaimResponse": {{"patient"}}, "ClinicalImpression": {{"subject"}}, "Communication": {{"subject"}, {"about"}},
	"CommunicationRequest": {{"subject"}, {"about"}}, "Composition": {{"subject"}}, "Condition": {{"subject"}},
	"Consent": {{"patient"}}, "Contract": {{"subject"}}, "Coverage": {{"beneficiary"}},
	"CoverageEligibilityRequest": {{"patient"}}, "CoverageEligibilityResponse": {{"patient"}}, "DetectedIssue": {{"patient"}},
	"Device": {{"patient"}}, "DeviceRequest": {{"subject"}}, "DeviceUseStatement": {{"subject"}},
	"DiagnosticReport": {{"subject"}}, "DocumentManifest": {{"subject"}},
	"DocumentReference": {{"subject"}, {"context", "sourcePatientInfo"}, {"context", "related"}}, "Encounter": {{"subject"}},
	"EnrollmentRequest": {{"candidate"}}, "EpisodeOfCare": {{"patient"}}, "ExplanationOfBenefit": {{"patient"}},
	"FamilyMemberHistory": {{"patient"}}, "Flag": {{"subject"}}, "Goal": {{"subject"}}, "Group": {{"member", "entity"}},
	"GuidanceResponse": {{"subject"}}, "ImagingStudy": {{"subject"}}, "Immunization": {{"patient"}},
	"ImmunizationEvaluation": {{"patient"}}, "ImmunizationRecommendation": {{"patient"}}, "Invoice": {{"subject"}},
	"Linkage": {{"item", "resource"}}, "List": {{"subject"}, {"entry", "item"}},
	"MeasureReport": {{"subject"}, {"evaluatedResource"}}, "Media": {{"subject"}}, "MedicationAdministration": {{"subject"}},
	"MedicationDispense": {{"subject"}}, "MedicationRequest": {{"subject"}}, "MedicationStatement": {{"subject"}},
	"MessageHeader": {{"focus"}}, "MolecularSequence": {{"patient"}}, "NutritionOrder": {{"patient"}}, "Observation": {{"subject"}},
	"Person": {{"link", "target"}}, "Procedure": {{"subject"}}, "Provenance": {{"target"}}, "QuestionnaireResponse": {{"subject"}},
	"RelatedPerson": {{"patient"}}, "RequestGroup": {{"subject"}}, "ResearchSubject": {{"individual"}},
	"RiskAssessment": {{"subject"}}, "Schedule": {{"actor"}}, "ServiceRequest": {{"subject"}}, "Specimen": {{"subject"}},
	"SupplyDelivery": {{"patient"}}, "SupplyRequest": {{"deliverTo"}}, "Task": {{"for"}, {"focus"}},
	"VerificationResult": {{"target"}}, "VisionPrescription": {{"patient"}},
}

// instead are the elements that say it where the subject is not named: whoever is written to or about.
var instead = map[fhir.Type][][]string{
	"Communication":        {{"recipient"}, {"sender"}},
	"CommunicationRequest": {{"recipient"}, {"requester"}},
	"Invoice":              {{"recipient"}},
}

// subjectsOf are the Patients of this server that a resource is about, contained resources included, sorted.
func subjectsOf(r *fhir.Resource) []fhir.Ref {
	about := ownSubjects(r)
	if ownOnly[r.Type()] {
		return about
	}
	for contained := range r.Root().All("contained") {
		about = append(about, subjectsAt(typeOf(contained), contained)...)
	}
	slices.SortFunc(about, compareRefs)
	return slices.Compact(about)
}

// ownOnly are the types that make somebody who they are, or speak for them: what stands inside such a thing
// makes it nobody else's, or one person could speak for another by putting them in.
var ownOnly = map[fhir.Type]bool{"Patient": true, "RelatedPerson": true, "Consent": true}

// ownSubjects are the Patients that the resource itself says it is about, sorted.
func ownSubjects(r *fhir.Resource) []fhir.Ref {
	about := subjectsAt(r.Type(), r.Root())
	if r.Type() == "Patient" && r.Ref().ID != "" {
		about = append(about, r.Ref())
	}
	slices.SortFunc(about, compareRefs)
	return slices.Compact(about)
}

func subjectsAt(t fhir.Type, n fhir.Node) []fhir.Ref {
	about := patientsAt(n, subjects[t])
	if t == "Composition" {
		about = append(about, focusOf(n)...)
	}
	if len(about) == 0 {
		about = patientsAt(n, instead[t])
	}
	return about
}

// focusOf are the Patients that sections of a Composition are about when that is not its subject.
func focusOf(n fhir.Node) []fhir.Ref {
	var about []fhir.Ref
	for section := range n.All("section") {
		about = append(about, patientsAt(section, [][]string{{"focus"}})...)
		about = append(about, focusOf(section)...)
	}
	return about
}

// patientsAt are the Patients that references at the paths name. A Patient named by identifier only is nobody
// on this server.
func patientsAt(n fhir.Node, paths [][]string) []fhir.Ref {
	var refs []fhir.Ref
	for _, path := range paths {
		for reference := range n.All(path...) {
			if ref, ok := fhir.ParseRef(reference.Get("reference").Text()); ok && ref.Type == "Patient" {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

func typeOf(n fhir.Node) fhir.Type { return fhir.Type(n.Get("resourceType").Text()) }

func compareRefs(a, b fhir.Ref) int {
	switch {
	case a == b:
		return 0
	case a.Type < b.Type, a.Type == b.Type && a.ID < b.ID:
		return -1
	default:
		return 1
	}
}
