package care

// Canonicals of our profiles. A version may follow after "|".
const (
	profileBase = Base + "/StructureDefinition/"

	ProfileAboutMe          = profileBase + "concord-about-me"           // Observation
	ProfileCommunication    = profileBase + "concord-adjustment"         // Flag
	ProfileStrength         = profileBase + "concord-strength"           // Observation
	ProfileGoal             = profileBase + "concord-goal"               // Goal
	ProfileNeed             = profileBase + "concord-need"               // Condition
	ProfilePlan             = profileBase + "concord-care-plan"          // CarePlan
	ProfileDecision         = profileBase + "concord-shared-decision"    // Observation
	ProfileContingency      = profileBase + "concord-contingency"        // CarePlan
	ProfileAdvanceStatement = profileBase + "concord-advance-statement"  // DocumentReference, Observation
	ProfileAdvanceDecision  = profileBase + "concord-advance-decision"   // Consent
	ProfileCPR              = profileBase + "concord-cpr-recommendation" // Observation
	ProfileReferral         = profileBase + "concord-social-prescribing" // ServiceRequest
	ProfileActivation       = profileBase + "concord-activation"         // Observation
	ProfileBudget           = profileBase + "concord-personal-budget"    // Account
	ProfileCarersPlan       = profileBase + "concord-carers-plan"        // CarePlan
	ProfileSharing          = profileBase + "concord-sharing-choice"     // Consent
	ProfileWholePerson      = profileBase + "concord-whole-person"       // Composition of the view
)

// profileSections are the sections that a claimed profile adds.
var profileSections = map[string]Set{
	ProfileAboutMe:          In(WhatMatters),
	ProfileCommunication:    In(Communication),
	ProfileStrength:         In(Goals),
	ProfileGoal:             In(Goals),
	ProfileNeed:             In(Plan),
	ProfilePlan:             In(Plan),
	ProfileDecision:         In(Decisions),
	ProfileContingency:      In(Contingency),
	ProfileAdvanceStatement: In(Ahead),
	ProfileAdvanceDecision:  In(Ahead),
	ProfileCPR:              In(Ahead),
	ProfileReferral:         In(Community),
	ProfileActivation:       In(Managing),
	ProfileBudget:           In(Budget),
	ProfileCarersPlan:       In(Caring),
	ProfileSharing:          In(Sharing),
}
