package care_test

import (
	"slices"
	"strings"
	"testing"

	"concord/fhir"
	"concord/fhir/care"

	"github.com/google/go-cmp/cmp"
)

func TestSectionsOf(t *testing.T) {
	t.Parallel()
	const patient = `"subject":{"reference":"Patient/p1"}`
	category := func(code string) string {
		return `"category":[{"coding":[{"system":"` + care.SystemCategory + `","code":"` + code + `"}]}]`
	}
	tests := []struct {
		name string
		json string
		want care.Set
	}{
		{
			"a patient is identity", `{"resourceType":"Patient","id":"p1"}`, care.In(care.Identity),
		},
		{
			"a result without a known code is clinical",
			`{"resourceType":"Observation","id":"o","status":"final","code":{"text":"weight"},` + patient + `}`,
			care.In(care.Clinical),
		},
		{
			"an About Me entry is what matters and not clinical",
			`{"resourceType":"Observation","id":"o","status":"final",` + category(care.CategoryAboutMe) + `,"code":{"text":"x"},` + patient + `}`,
			care.In(care.WhatMatters),
		},
		{
			"how to communicate is in two sections",
			`{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"` + care.SystemAboutMe + `","code":"` +
				care.AboutMeCommunicate + `"}]},` + patient + `}`,
			care.In(care.WhatMatters, care.Communication),
		},
		{
			"a plan without a category is the plan",
			`{"resourceType":"CarePlan","id":"c","status":"active","intent":"plan",` + patient + `}`,
			care.In(care.Plan),
		},
		{
			"a contingency plan is not the plan",
			`{"resourceType":"CarePlan","id":"c","status":"active","intent":"plan","category":[{"coding":[{"system":"http://snomed.info/sct","code":"` +
				care.SnomedContingencyPlan + `"}]}],` + patient + `}`,
			care.In(care.Contingency),
		},
		{
			"a profile of ours adds a section and takes none away, whatever its version",
			`{"resourceType":"Observation","id":"o","meta":{"profile":["` + care.ProfileAboutMe + `|2.0"]},"status":"final","code":{"text":"weight"},` +
				patient + `}`,
			care.In(care.Clinical, care.WhatMatters),
		},
		{
			"a medicine stays clinical when it is kept for later",
			`{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order",` + category(care.CategoryJustInCase) +
				`,"medicationCodeableConcept":{"text":"x"},` + patient + `}`,
			care.In(care.Clinical, care.Ahead, care.Contingency),
		},
		{
			"a concern of the person is the plan, and clinical when it is a problem too",
			`{"resourceType":"Condition","id":"c","category":[{"coding":[{"system":"` + care.SystemUSConditionKind +
				`","code":"health-concern"},{"system":"` + care.SystemConditionKind + `","code":"problem-list-item"}]}],` + patient + `}`,
			care.In(care.Clinical, care.Plan),
		},
		{
			"a sharing choice is sharing",
			`{"resourceType":"Consent","id":"c","status":"active","scope":{"coding":[{"system":"` + care.SystemConsentScope +
				`","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"policyRule":{"text":"x"}}`,
			care.In(care.Sharing),
		},
		{
			"an advance decision is looking ahead",
			`{"resourceType":"Consent","id":"c","status":"active","scope":{"coding":[{"system":"` + care.SystemConsentScope +
				`","code":"adr"}]},"category":[{"coding":[{"system":"` + care.SystemConsentCategory + `","code":"acd"}]}],"policyRule":{"text":"x"}}`,
			care.In(care.Ahead),
		},
		{
			"a referral to a link worker is community",
			`{"resourceType":"ServiceRequest","id":"s","status":"active","intent":"order","code":{"coding":[{"system":"http://snomed.info/sct","code":"` +
				care.SnomedSocialPrescribing + `"}]},"basedOn":[{"reference":"CarePlan/c"}],` + patient + `}`,
			care.In(care.Community),
		},
		{
			"a request under a care plan is the plan",
			`{"resourceType":"ServiceRequest","id":"s","status":"active","intent":"order","basedOn":[{"reference":"CarePlan/c"}],` + patient + `}`,
			care.In(care.Plan),
		},
		{
			"a request for a test is clinical",
			`{"resourceType":"ServiceRequest","id":"s","status":"active","intent":"order","basedOn":[{"reference":"ServiceRequest/r"}],` + patient + `}`,
			care.In(care.Clinical),
		},
		{
			"an adjustment of the national flag is communication",
			`{"resourceType":"Flag","id":"f","status":"active","category":[{"coding":[{"system":"` + care.SystemAdjustment +
				`","code":"001"}]}],"code":{"text":"x"},` + patient + `}`,
			care.In(care.Communication),
		},
		{"an organisation is in no section", `{"resourceType":"Organization","id":"o","name":"x"}`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := fhir.DecodeJSON([]byte(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(slices.Collect(tt.want.Each()), slices.Collect(care.SectionsOf(r).Each())); diff != "" {
				t.Errorf("sections (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryTypeIsPlacedOrKnownToBeAboutNobody(t *testing.T) {
	t.Parallel()
	// These are about nobody: directory, conformance, definition and substance types.
	nobody := strings.Fields(`ActivityDefinition CapabilityStatement CatalogEntry ChargeItemDefinition CodeSystem CompartmentDefinition
		ConceptMap DeviceDefinition EffectEvidenceSynthesis Endpoint EventDefinition Evidence EvidenceVariable ExampleScenario
		GraphDefinition HealthcareService ImplementationGuide InsurancePlan Library Location Measure MedicationKnowledge
		MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
		MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged
		MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition NamingSystem ObservationDefinition
		OperationDefinition OperationOutcome Organization OrganizationAffiliation PlanDefinition Practitioner PractitionerRole
		Questionnaire ResearchDefinition ResearchElementDefinition ResearchStudy RiskEvidenceSynthesis SearchParameter
		SpecimenDefinition StructureDefinition StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer
		SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification TerminologyCapabilities
		TestReport TestScript ValueSet`)
	for _, typ := range fhir.Types() {
		placed := !care.SectionsAt(typ, fhir.Node{}).Empty()
		if placed == slices.Contains(nobody, string(typ)) {
			t.Errorf("%s: placed in a section: %t; about nobody: %t", typ, placed, !placed)
		}
	}
}

func TestTitlesStandInTheOrderOfTheSections(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for s := range care.NumSections {
		title := s.Title()
		if title.Section != s || title.Code == "" || title.Title == "" || title.Plain == "" || seen[title.Code] {
			t.Errorf("section %d has title %+v", s, title)
		}
		seen[title.Code] = true
		if back, ok := care.SectionByCode(title.Code); !ok || back != s {
			t.Errorf("code %q finds section %d", title.Code, back)
		}
	}
	if _, ok := care.SectionByCode("nonsense"); ok {
		t.Error("a code that is no section's finds one")
	}
}

func TestTablesSayEachThingOnce(t *testing.T) {
	t.Parallel()
	words := map[string]bool{}
	for _, w := range care.Words() {
		if id := w.System + "|" + w.Code; words[id] || w.Code == "" || w.Display == "" || w.Sections.Empty() {
			t.Errorf("word %+v stands twice or says nothing", w)
		} else {
			words[id] = true
		}
	}
	urls := map[string]bool{}
	for _, e := range care.Extensions() {
		if !strings.HasPrefix(e.URL, care.Base+"/") || urls[e.URL] || e.Type == "" || len(e.On) == 0 || e.About == "" {
			t.Errorf("extension %+v stands twice or says too little", e)
		}
		urls[e.URL] = true
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	set := care.In(care.Plan, care.Goals)
	if !set.Has(care.Plan) || set.Has(care.Ahead) || set.Len() != 2 || set.Empty() {
		t.Errorf("%b does not hold what was put in", set)
	}
	if got := set.Without(care.Plan); got != care.In(care.Goals) {
		t.Errorf("without the plan: %b", got)
	}
	if !set.Within(care.All) || care.All.Within(set) || !set.Meets(care.All) || set.Meets(care.In(care.Ahead)) {
		t.Errorf("%b is not where it belongs", set)
	}
	if set.Union(care.In(care.Ahead)).Intersect(care.In(care.Ahead, care.Budget)) != care.In(care.Ahead) {
		t.Error("union and intersection do not go together")
	}
}
