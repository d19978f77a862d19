package consent

import (
	"strings"

	"concord/fhir"
)

// Shelf is a kind of resource that is about nobody, which the role table decides on (CONSENT rules section 12,
// step 4).
type Shelf uint8

// The shelves.
const (
	NoShelf    Shelf = iota
	Staffing         // organisations, staff and places: they give standing, so operators alone write them
	Definition       // conformance, definitions, questionnaires, knowledge
	Product          // medicines, substances and devices that belong to nobody
)

// shelves says on which shelf a type lies that can be about nobody.
var shelves = func() map[fhir.Type]Shelf {
	all := map[fhir.Type]Shelf{}
	for shelf, names := range map[Shelf]string{
		Staffing: `Organization OrganizationAffiliation Practitioner PractitionerRole Location HealthcareService Endpoint Group
			InsurancePlan`,
		Definition: `ActivityDefinition CapabilityStatement CatalogEntry ChargeItemDefinition CodeSystem CompartmentDefinition ConceptMap
			DeviceDefinition EffectEvidenceSynthesis EventDefinition Evidence EvidenceVariable ExampleScenario GraphDefinition
			ImplementationGuide Library Measure MedicationKnowledge MessageDefinition NamingSystem ObservationDefinition
			OperationDefinition PlanDefinition Questionnaire ResearchDefinition ResearchElementDefinition ResearchStudy
			RiskEvidenceSynthesis SearchParameter SpecimenDefinition StructureDefinition StructureMap TerminologyCapabilities
			TestReport TestScript ValueSet`,
		Product: `Device Medication MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
			MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured
			MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect Substance SubstanceNucleicAcid
			SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification`,
	} {
		for name := range strings.FieldsSeq(names) {
			all[fhir.Type(name)] = shelf
		}
	}
	return all
}()

// isOpen reports whether a resource is of a directory or conformance type and has nobody in it: no subject,
// none named in a way that we cannot follow, and nothing contained that would be about somebody.
func isOpen(r *fhir.Resource) bool {
	for contained := range r.Root().All("contained") {
		if !aboutNobody(typeOf(contained), contained) {
			return false
		}
	}
	return aboutNobody(r.Type(), r.Root())
}

func aboutNobody(t fhir.Type, n fhir.Node) bool {
	if shelves[t] == NoShelf {
		return false
	}
	for _, path := range subjects[t] {
		for reference := range n.All(path...) {
			ref, ok := fhir.ParseRef(reference.Get("reference").Text())
			if !ok || ref.Type == "Patient" || ref.Type == "RelatedPerson" || (ref.Type == "Group" && t == "Group") {
				return false
			}
		}
	}
	switch t {
	case "Group": // a Group of people is about them even when it names none
		return n.Get("type").Text() != "person"
	case "Location": // somebody's home
		return !hasCode(n.Get("physicalType"), "ho") && !hasCode(n.Get("type"), "PTRES")
	}
	return true
}

// hasCode reports whether any coding of the concepts has the code, in whatever system.
func hasCode(concepts fhir.Node, code string) bool {
	for c := range concepts.All("coding", "code") {
		if c.Text() == code {
			return true
		}
	}
	return false
}

// AlwaysOpen reports whether resources of a type are never about a person, so that a reference to one says
// nothing of anybody. A Group, a Location or a Device may be somebody's.
func AlwaysOpen(t fhir.Type) bool {
	return shelves[t] != NoShelf && t != "Location" && len(subjects[t]) == 0
}

// OperatorsOnly reports whether the operator alone writes resources of a type: what organisations, staff and places
// there are, and definitions that all rely on.
func OperatorsOnly(t fhir.Type) bool { return shelves[t] == Staffing || shelves[t] == Definition }
