package care

import "concord/fhir"

// place is where a type puts its resources.
type place struct {
	always    Set // whatever the codes say
	otherwise Set // when no code says anything
}

// byType has every R4 type that can be about a person. A type that is not here (directory, conformance and
// definition types) belongs to no section; an unknown one likewise.
var byType = map[fhir.Type]place{
	// Who the person is, and the people around them. A Group is its members.
	"Patient":       {always: In(Identity)},
	"Person":        {always: In(Identity)},
	"Linkage":       {always: In(Identity)},
	"RelatedPerson": {always: In(People)},
	"CareTeam":      {always: In(People)},
	"Group":         {always: In(People)},

	// What is planned and done together: sorted by category and code.
	"CarePlan":           {otherwise: In(Plan)},
	"Task":               {otherwise: In(Plan)},
	"ServiceRequest":     {otherwise: In(Clinical)},
	"RequestGroup":       {otherwise: In(Plan)},
	"Goal":               {always: In(Goals)},
	"RiskAssessment":     {otherwise: In(Clinical)},
	"ClinicalImpression": {otherwise: In(Clinical)},

	// Choices and who looked. A Consent of another scope than patient-privacy is clinical content (consent rules 14.3).
	"Consent":            {otherwise: In(Sharing)},
	"AuditEvent":         {always: In(Sharing)},
	"Provenance":         {always: In(Sharing)},
	"VerificationResult": {always: In(Sharing)},

	// When and where: what reception and narrowed proxies see.
	"Appointment":         {always: In(Appointments)},
	"AppointmentResponse": {always: In(Appointments)},
	"Encounter":           {always: In(Appointments)},
	"EpisodeOfCare":       {always: In(Appointments)},
	"Schedule":            {always: In(Appointments)},
	"Slot":                {always: In(Appointments)},

	// Money, whoever pays.
	"Account":                     {always: In(Budget)},
	"ChargeItem":                  {always: In(Budget)},
	"Claim":                       {always: In(Budget)},
	"ClaimResponse":               {always: In(Budget)},
	"Contract":                    {always: In(Budget)},
	"Coverage":                    {always: In(Budget)},
	"CoverageEligibilityRequest":  {always: In(Budget)},
	"CoverageEligibilityResponse": {always: In(Budget)},
	"EnrollmentRequest":           {always: In(Budget)},
	"EnrollmentResponse":          {always: In(Budget)},
	"ExplanationOfBenefit":        {always: In(Budget)},
	"Invoice":                     {always: In(Budget)},
	"PaymentNotice":               {always: In(Budget)},
	"PaymentReconciliation":       {always: In(Budget)},

	// All else is clinical unless a code says otherwise. Medicines, allergies, devices and the like always are.
	"AdverseEvent":               {always: In(Clinical)},
	"AllergyIntolerance":         {always: In(Clinical)},
	"Basic":                      {otherwise: In(Clinical)},
	"Binary":                     {otherwise: In(Clinical)},
	"BiologicallyDerivedProduct": {always: In(Clinical)},
	"BodyStructure":              {always: In(Clinical)},
	"Bundle":                     {otherwise: In(Clinical)},
	"Communication":              {otherwise: In(Clinical)},
	"CommunicationRequest":       {otherwise: In(Clinical)},
	"Composition":                {otherwise: In(Clinical)},
	"Condition":                  {otherwise: In(Clinical)},
	"DetectedIssue":              {always: In(Clinical)},
	"Device":                     {always: In(Clinical)},
	"DeviceMetric":               {always: In(Clinical)},
	"DeviceRequest":              {otherwise: In(Clinical)},
	"DeviceUseStatement":         {always: In(Clinical)},
	"DiagnosticReport":           {otherwise: In(Clinical)},
	"DocumentManifest":           {otherwise: In(Clinical)},
	"DocumentReference":          {otherwise: In(Clinical)},
	"FamilyMemberHistory":        {always: In(Clinical)},
	"Flag":                       {otherwise: In(Clinical)},
	"GuidanceResponse":           {always: In(Clinical)},
	"ImagingStudy":               {always: In(Clinical)},
	"Immunization":               {always: In(Clinical)},
	"ImmunizationEvaluation":     {always: In(Clinical)},
	"ImmunizationRecommendation": {always: In(Clinical)},
	"List":                       {otherwise: In(Clinical)},
	"MeasureReport":              {otherwise: In(Clinical)},
	"Media":                      {otherwise: In(Clinical)},
	"Medication":                 {always: In(Clinical)},
	"MedicationAdministration":   {always: In(Clinical)},
	"MedicationDispense":         {always: In(Clinical)},
	"MedicationRequest":          {always: In(Clinical)},
	"MedicationStatement":        {always: In(Clinical)},
	"MessageHeader":              {always: In(Clinical)},
	"MolecularSequence":          {always: In(Clinical)},
	"NutritionOrder":             {always: In(Clinical)},
	"Observation":                {otherwise: In(Clinical)},
	"Parameters":                 {otherwise: In(Clinical)},
	"Procedure":                  {otherwise: In(Clinical)},
	"QuestionnaireResponse":      {otherwise: In(Clinical)},
	"ResearchSubject":            {always: In(Clinical)},
	"Specimen":                   {always: In(Clinical)},
	"SupplyDelivery":             {otherwise: In(Clinical)},
	"SupplyRequest":              {otherwise: In(Clinical)},
	"VisionPrescription":         {always: In(Clinical)},
}
