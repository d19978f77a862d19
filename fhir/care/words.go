package care

// Word is one code of one system, with what it is called and the sections that it sorts a resource into.
type Word struct {
	System, Code, Display string
	Sections              Set
}

// words are the codes that decide a section. A code that is not here leaves a resource where its type puts it.
var words = []Word{
	{SystemCategory, CategoryAboutMe, "About me", In(WhatMatters)},
	{SystemCategory, CategoryCommunication, "How to communicate", In(Communication)},
	{SystemCategory, CategoryAdjustment, "Reasonable adjustment", In(Communication)},
	{SystemCategory, CategoryImpairment, "Impairment", In(Communication, Clinical)},
	{SystemCategory, CategoryStrength, "Strength", In(Goals)},
	{SystemCategory, CategoryNeed, "Need or concern", In(Plan)},
	{SystemCategory, CategoryCareAndSupport, "Care and support", In(Plan)},
	{SystemCategory, CategoryFormulation, "Formulation", In(Plan)},
	{SystemCategory, CategoryAgreedRisk, "Risk agreed together", In(Plan)},
	{SystemCategory, CategorySharedDecision, "Decision made together", In(Decisions)},
	{SystemCategory, CategoryContingency, "Contingency plan", In(Contingency)},
	{SystemCategory, CategorySafety, "Safety plan", In(Contingency)},
	{SystemCategory, CategoryHasPlan, "Has a contingency plan", In(Contingency)},
	{SystemCategory, CategoryJustInCase, "Just-in-case medicine", In(Contingency, Ahead, Clinical)},
	{SystemCategory, CategoryTimeCritical, "Time-critical medicine", In(Clinical)},
	{SystemCategory, CategoryAdvanceStatement, "Advance statement", In(Ahead)},
	{SystemCategory, CategoryADRT, "Advance decision to refuse treatment", In(Ahead)},
	{SystemCategory, CategoryCPR, "CPR recommendation", In(Ahead)},
	{SystemCategory, CategoryRespect, "ReSPECT", In(Ahead)},
	{SystemCategory, CategoryPreferredPlace, "Preferred place", In(Ahead)},
	{SystemCategory, CategoryPrognosis, "Prognosis", In(Ahead, Clinical)},
	{SystemCategory, CategoryRegister, "On a palliative or end of life register", In(Ahead)},
	{SystemCategory, CategoryPower, "Power of attorney or deputy", In(Ahead)},
	{SystemCategory, CategoryCapacity, "Capacity for one decision", In(Ahead)},
	{SystemCategory, CategoryOrganDonation, "Organ donation", In(Ahead)},
	{SystemCategory, CategoryAfterDeath, "Wishes for after death", In(Ahead)},
	{SystemCategory, CategorySocialPrescribe, "Social prescribing", In(Community)},
	{SystemCategory, CategoryCommunity, "Community activity", In(Community)},
	{SystemCategory, CategoryOutcome, "What came of it", In(Community)},
	{SystemCategory, CategoryActivation, "Activation", In(Managing)},
	{SystemCategory, CategoryEducation, "Education for managing my health", In(Managing)},
	{SystemCategory, CategoryPeerSupport, "Peer support", In(Managing)},
	{SystemCategory, CategorySelfManagement, "Managing my own health", In(Managing)},
	{SystemCategory, CategoryBudget, "Personal budget", In(Budget)},
	{SystemCategory, CategoryHome, "Home", In(Clinical)},
	{SystemCategory, CategoryKeySafe, "Key safe", In(Communication)},
	{SystemCategory, CategoryCarersPlan, "Carer's own plan", In(Caring)},
	{SystemCategory, CategoryDependant, "Somebody depends on me", In(Caring, Contingency)},

	// The headings of About Me. How to communicate is wanted in two places.
	{SystemAboutMe, AboutMeMostImportant, "What is most important to me", In(WhatMatters)},
	{SystemAboutMe, AboutMePeople, "People who are important to me", In(WhatMatters)},
	{SystemAboutMe, AboutMeCommunicate, "How I communicate and how to communicate with me", In(WhatMatters, Communication)},
	{SystemAboutMe, AboutMeWellness, "My wellness", In(WhatMatters)},
	{SystemAboutMe, AboutMeDoAndDoNot, "Please do and please do not", In(WhatMatters)},
	{SystemAboutMe, AboutMeSupport, "How and when to support me", In(WhatMatters)},
	{SystemAboutMe, AboutMeAlsoWorthToKnow, "Also worth knowing about me", In(WhatMatters)},

	// Plans and statements by their SNOMED CT codes, wherever they were written.
	{SystemSnomed, SnomedCareAndSupportPlan, "Personalised care and support plan", In(Plan)},
	{SystemSnomed, SnomedContingencyPlan, "Contingency plan", In(Contingency)},
	{SystemSnomed, SnomedCrisisPlan, "Mental health crisis plan", In(Contingency)},
	{SystemSnomed, SnomedEmergencyPlan, "Emergency health care plan", In(Contingency)},
	{SystemSnomed, SnomedAdvanceCarePlan, "Advance care plan", In(Ahead)},
	{SystemSnomed, SnomedEndOfLifePlan, "End of life care plan", In(Ahead)},
	{SystemSnomed, SnomedEndOfLifeCoordination, "End of life care coordination summary", In(Ahead)},
	{SystemSnomed, SnomedRespect, "ReSPECT", In(Ahead)},
	{SystemSnomed, SnomedEscalationPlan, "Treatment escalation plan", In(Ahead)},
	{SystemSnomed, SnomedADRT, "Advance decision to refuse treatment", In(Ahead)},
	{SystemSnomed, SnomedADRTRetracted, "Advance decision to refuse treatment taken back", In(Ahead)},
	{SystemSnomed, SnomedForCPR, "For attempted CPR", In(Ahead)},
	{SystemSnomed, SnomedNotForCPR, "Not for attempted CPR", In(Ahead)},
	{SystemSnomed, SnomedResuscitationStatus, "CPR recommendation", In(Ahead)},
	{SystemSnomed, SnomedCPRDiscussed, "CPR recommendation discussed", In(Ahead)},
	{SystemSnomed, SnomedHealthWelfarePower, "Lasting power of attorney, health and welfare", In(Ahead)},
	{SystemSnomed, SnomedSocialPrescribing, "Social prescribing", In(Community)},
	{SystemSnomed, SnomedAdjustment, "Reasonable adjustment", In(Communication)},

	// The national reasonable adjustment flag and its eleven kinds of adjustment.
	{SystemAdjustment, "001", "Communication support", In(Communication)},
	{SystemAdjustment, "002", "Communication professional needed", In(Communication)},
	{SystemAdjustment, "003", "Specific contact method", In(Communication)},
	{SystemAdjustment, "004", "Specific information format", In(Communication)},
	{SystemAdjustment, "005", "Additional communication needs", In(Communication)},
	{SystemAdjustment, "006", "Community language support", In(Communication)},
	{SystemAdjustment, "007", "Additional support", In(Communication)},
	{SystemAdjustment, "008", "Individual care requirements", In(Communication)},
	{SystemAdjustment, "009", "Environment of care", In(Communication)},
	{SystemAdjustment, "010", "Additional needs", In(Communication)},
	{SystemAdjustment, "011", "Adjustment made for this person", In(Communication)},
	{SystemAdjustment, "NRAF", "Reasonable adjustment flag", In(Communication)},
	{SystemFlagKind, "national-reasonable-adjustment-flag", "Reasonable adjustment flag", In(Communication)},

	// Kinds of document and section.
	{SystemLoinc, LoincPreferences, "What matters to me", In(WhatMatters)},
	{SystemLoinc, LoincGoals, "Goals", In(Goals)},
	{SystemLoinc, LoincHealthConcerns, "Health concerns", In(Plan)},
	{SystemLoinc, LoincPlan, "Plan of care", In(Plan)},
	{SystemLoinc, LoincAdvanceDirectives, "Advance directives", In(Ahead)},
	{SystemLoinc, LoincFunctionalStatus, "Functional status", In(Clinical)},

	// A concern of the person belongs to the plan; a problem or diagnosis is clinical; one may be both.
	{SystemUSConditionKind, "health-concern", "Health concern", In(Plan)},
	{SystemConditionKind, "health-concern", "Health concern", In(Plan)},
	{SystemConditionKind, "problem-list-item", "Problem", In(Clinical)},
	{SystemConditionKind, "encounter-diagnosis", "Diagnosis", In(Clinical)},

	// Consents (consent rules 14.3).
	{SystemConsentScope, "patient-privacy", "Sharing choice", In(Sharing)},
	{SystemConsentScope, "research", "Research", In(Sharing)},
	{SystemConsentScope, "adr", "Advance decision", In(Ahead)},
	{SystemConsentScope, "treatment", "Consent to treatment", In(Ahead)},
	{SystemConsentCategory, "acd", "Advance directive", In(Ahead)},
	{SystemConsentCategory, "dnr", "Do not resuscitate", In(Ahead)},
	{SystemConsentCategory, "hcd", "Health care directive", In(Ahead)},
	{SystemConsentCategory, "polst", "Orders for life-sustaining treatment", In(Ahead)},
}

// key is a code without its display.
type key struct{ system, code string }

// byKey finds a word. It is made once, at start, and never changed.
var byKey = func() map[key]Word {
	m := make(map[key]Word, len(words))
	for _, w := range words {
		m[key{w.System, w.Code}] = w
	}
	return m
}()

// Words are the codes that sort a resource into a section, in the order of the table. The caller owns the slice.
func Words() []Word { return append([]Word(nil), words...) }

// WordOf finds what a code is called and where it sorts.
func WordOf(system, code string) (Word, bool) {
	w, ok := byKey[key{system, code}]
	return w, ok
}
