package care

// Codes of SystemCategory: they sort a resource into its section when nothing better does. They stand in
// category; in code or type they mean the same.
const (
	// What matters to me; how to reach and talk with me.
	CategoryAboutMe       = "about-me"
	CategoryCommunication = "communication" // a need, a preference, an interpreter
	CategoryAdjustment    = "adjustment"    // a reasonable adjustment: Flag
	CategoryImpairment    = "impairment"    // what the adjustment is for: Condition
	// My strengths, goals and hopes; my care and support plan; decisions.
	CategoryStrength       = "strength"         // Observation by the person
	CategoryNeed           = "need"             // Condition in the person's words
	CategoryCareAndSupport = "care-and-support" // the plan itself, and what is done under it
	CategoryFormulation    = "formulation"      // ClinicalImpression
	CategoryAgreedRisk     = "agreed-risk"      // RiskAssessment
	CategorySharedDecision = "shared-decision"  // Observation
	// If things change, and the medicines that go with it.
	CategoryContingency  = "contingency"   // CarePlan
	CategorySafety       = "safety-plan"   // CarePlan
	CategoryHasPlan      = "has-plan"      // Flag: there is a contingency plan
	CategoryJustInCase   = "just-in-case"  // MedicationRequest: anticipatory, with its place
	CategoryTimeCritical = "time-critical" // MedicationRequest, MedicationStatement: not to be late
	// Looking ahead. Prognosis and register are held back until the person was told (consent rules 14.10).
	CategoryAdvanceStatement = "advance-statement"  // DocumentReference or Observation: not binding
	CategoryADRT             = "advance-decision"   // Consent or its document, when no SNOMED CT code is at hand
	CategoryCPR              = "cpr-recommendation" // Observation
	CategoryRespect          = "respect"            // DocumentReference, CarePlan
	CategoryPreferredPlace   = "preferred-place"    // Observation: of care, of death
	CategoryPrognosis        = "prognosis"          // ClinicalImpression
	CategoryRegister         = "end-of-life-register"
	CategoryPower            = "power"    // power of attorney, deputy: the document, or the authority Consent
	CategoryCapacity         = "capacity" // Observation naming one decision
	CategoryOrganDonation    = "organ-donation"
	CategoryAfterDeath       = "after-death" // wishes for the time after
	// Community; managing my own health; budget.
	CategorySocialPrescribe = "social-prescribing"
	CategoryCommunity       = "community-activity"
	CategoryOutcome         = "community-outcome" // Observation: what came of it
	CategoryActivation      = "activation"        // Observation: score and level only
	CategoryEducation       = "education"         // Procedure
	CategoryPeerSupport     = "peer-support"      // ServiceRequest
	CategorySelfManagement  = "self-management"
	CategoryBudget          = "personal-budget"
	// Home, and caring for someone.
	CategoryHome       = "home"     // Observation: accommodation, lives alone
	CategoryKeySafe    = "key-safe" // Observation: its own item, labelled LOCIS
	CategoryCarersPlan = "carers-plan"
	CategoryDependant  = "dependant" // Flag or Observation: somebody or an animal depends on the person
)

// The seven headings of About Me (PRSB About Me 2.0), codes of SystemAboutMe.
const (
	AboutMeMostImportant   = "most-important"   // What is most important to me
	AboutMePeople          = "important-people" // People who are important to me
	AboutMeCommunicate     = "communicate"      // How I communicate and how to communicate with me
	AboutMeWellness        = "wellness"         // My wellness
	AboutMeDoAndDoNot      = "do-and-do-not"    // Please do and please do not
	AboutMeSupport         = "support"          // How and when to support me
	AboutMeAlsoWorthToKnow = "also-worth"       // Also worth knowing about me
)
