package care

// Code systems of ours, for what no public system names (STANDARDS section 9, "local").
const (
	SystemSection   = Base + "/CodeSystem/section"      // codes of Title
	SystemCategory  = Base + "/CodeSystem/category"     // Category...
	SystemAboutMe   = Base + "/CodeSystem/about-me"     // AboutMe...
	SystemRole      = Base + "/CodeSystem/role"         // Role...
	SystemKind      = Base + "/CodeSystem/organisation" // Kind..., in Organization.type
	SystemLabel     = Base + "/CodeSystem/label"        // Label..., in meta.security
	SystemTopic     = Base + "/CodeSystem/topic"        // Topic..., in meta.security: sensitivities that HL7 does not name
	SystemReviewed  = Base + "/CodeSystem/reviewed"     // in meta.security: somebody has looked at what words alone labelled
	SystemLineState = Base + "/CodeSystem/line-state"   // State..., of a line at a glance
	SystemLine      = Base + "/CodeSystem/line"         // Line..., the lines at a glance
	SystemReason    = Base + "/CodeSystem/care-reason"  // Reason..., why care is started
	SystemSetting   = Base + "/CodeSystem/care-setting" // Setting..., where care is started
	SystemBudget    = Base + "/CodeSystem/budget"       // Budget..., in Account.type
	SystemTalk      = Base + "/CodeSystem/conversation" // Talk..., the kind of conversation a plan came from
)

// Systems of others.
const (
	SystemSnomed = "http://snomed.info/sct"
	SystemLoinc  = "http://loinc.org"
	// Systems of the UK.
	SystemNHSNumber = "https://fhir.nhs.uk/Id/nhs-number"
	SystemODS       = "https://fhir.nhs.uk/Id/ods-organization-code"
	// Systems of HL7. Their addresses start with http as HL7 publishes them.
	SystemConsentScope    = "http://terminology.hl7.org/CodeSystem/consentscope"
	SystemConsentCategory = "http://terminology.hl7.org/CodeSystem/consentcategorycodes"
	SystemConditionKind   = "http://terminology.hl7.org/CodeSystem/condition-category"
	SystemUSConditionKind = "http://hl7.org/fhir/us/core/CodeSystem/condition-category"
	SystemObservationKind = "http://terminology.hl7.org/CodeSystem/observation-category"
	SystemRoleCode        = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
	SystemParticipation   = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	SystemActCode         = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	SystemPurpose         = "http://terminology.hl7.org/CodeSystem/v3-ActReason" // purposes of use
	SystemConfidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	SystemAdjustment      = "https://fhir.nhs.uk/England/CodeSystem/RA-FlagCategory"             // 001 to 011
	SystemFlagKind        = "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient" // the national flags
	SystemAbsent          = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
	SystemGoalPriority    = "http://terminology.hl7.org/CodeSystem/goal-priority"
)

// LOINC codes of documents and sections.
const (
	LoincPatientSummary    = "60591-5"  // Patient summary Document: the type of the whole-person Composition
	LoincAlerts            = "104605-1" // Alerts
	LoincPreferences       = "81338-6"  // Patient Goals, preferences, and priorities for care experience
	LoincCareTeam          = "85847-2"  // Patient Care team information
	LoincGoals             = "61146-7"  // Goals
	LoincHealthConcerns    = "75310-3"  // Health concerns
	LoincPlan              = "18776-5"  // Plan of care note
	LoincAdvanceDirectives = "42348-3"  // Advance directives
	LoincFunctionalStatus  = "47420-5"  // Functional status assessment note
)

// SNOMED CT codes, international and of the UK edition.
const (
	// Kinds of plan: CarePlan.category, DocumentReference.type.
	SnomedCareAndSupportPlan    = "2181441000000107" // Personalised Care and Support Plan
	SnomedPlanCategory          = "734163000"        // Care plan
	SnomedMultidisciplinary     = "135411000146103"  // Multidisciplinary care regime
	SnomedContingencyPlan       = "325691000000100"
	SnomedCrisisPlan            = "736253002" // Mental health crisis plan
	SnomedEmergencyPlan         = "887701000000100"
	SnomedAdvanceCarePlan       = "736366004"
	SnomedEndOfLifePlan         = "736373009"
	SnomedEndOfLifeCoordination = "861421000000109"
	SnomedRespect               = "1382601000000107"
	SnomedEscalationPlan        = "735324008" // Treatment escalation plan
	// Advance decisions. One that was taken back is shown as such, never dropped.
	SnomedADRT          = "816301000000100" // has advance decision to refuse treatment
	SnomedADRTRetracted = "962601000000103"
	// CPR recommendations: Observation.code, or its value under SnomedResuscitationStatus.
	SnomedForCPR              = "450475007" // for attempted cardiopulmonary resuscitation
	SnomedNotForCPR           = "450476008"
	SnomedResuscitationStatus = "304251008"
	SnomedCPRDiscussed        = "931761000000106"
	// Other things that a code finds a section for.
	SnomedHealthWelfarePower = "816361000000101"  // lasting power of attorney, health and welfare
	SnomedSocialPrescribing  = "871731000000106"  // referral to social prescribing service
	SnomedAdjustment         = "1082681000000103" // the first of the reasonable adjustments
	// Statements of none: AllergyIntolerance.code. Consent rules 14.5 say when they may be shown.
	SnomedNoKnownAllergy     = "716186003"
	SnomedNoKnownDrugAllergy = "409137002"
)

// Codes of SystemAbsent, by which the International Patient Summary says that somebody knows of none.
const (
	AbsentNoKnownAllergies         = "no-known-allergies"
	AbsentNoKnownMedicineAllergies = "no-known-medication-allergies"
)
