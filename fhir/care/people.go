package care

// Kinds of organisation, codes of SystemKind in Organization.type: what the base policy asks (CONSENT rules 14.4).
const (
	KindHealth    = "health" // regulated health: practice, hospital, hospice, ambulance, pharmacy
	KindSocial    = "social-care"
	KindVoluntary = "voluntary" // charities, community groups, volunteers
	KindHousing   = "housing"
	KindOther     = "other"
)

// Roles of people at work, codes of SystemRole: in PractitionerRole.code and in the token's subject_role.
const (
	RoleClinician    = "clinician" // doctor, or another who decides on treatment
	RoleNurse        = "nurse"
	RoleMidwife      = "midwife"
	RoleTherapist    = "therapist" // allied health
	RolePharmacist   = "pharmacist"
	RoleAmbulance    = "ambulance"
	RoleSocialWorker = "social-worker"
	RoleCareWorker   = "care-worker"
	RoleKeyWorker    = "key-worker" // also CareTeam.participant.role: named first
	RoleLinkWorker   = "link-worker"
	RoleVolunteer    = "volunteer"
	RoleHousing      = "housing-officer"
	RoleReception    = "reception"
	RolePrivacy      = "privacy-officer"
	RoleManager      = "manager"
	RoleSystem       = "system" // a backend with no human behind the request
)

// Roles of people around the person, codes of SystemRole in CareTeam.participant.role and
// RelatedPerson.relationship.
const (
	RoleCallTonight = "call-tonight" // whom to call at night
	RoleCarer       = "carer"        // unpaid
)

// Codes of v3-RoleCode in RelatedPerson.relationship that the view reads. Next of kin carries no right.
const (
	RelationEmergency = "ECON"    // emergency contact
	RelationAttorney  = "HPOWATT" // health-care power of attorney
	RelationGuardian  = "GUARD"
)

// Labels in meta.security, codes of SystemLabel: the two seals, and the reasons for holding back from the person
// and from proxies (CONSENT rules 14.9 and 14.10).
const (
	LabelSealed      = "sealed"       // hidden but for the sender; break-glass opens it
	LabelLocked      = "locked"       // the authoring team only; nothing opens it
	LabelNotYetTold  = "not-yet-told" // lifted when told
	LabelSeriousHarm = "serious-harm" // named clinician, reason, review date
	LabelThirdParty  = "third-party"  // somebody else's confidence
)

// LabelLocation is the v3-ActCode label of things that locate (CONSENT rules 14.17).
const LabelLocation = "LOCIS"

// Why care is started, codes of SystemReason ($start-care, CONSENT rules 14.2).
const (
	ReasonEmergency = "emergency"
	ReasonUrgent    = "urgent"
	ReasonPlanned   = "planned"
	ReasonHandover  = "handover"
)

// Where care is started, codes of SystemSetting.
const (
	SettingEmergencyDepartment = "emergency-department"
	SettingAmbulance           = "ambulance"
	SettingHospital            = "hospital"
	SettingPractice            = "practice"
	SettingHospice             = "hospice"
	SettingHome                = "home"
)

// Kinds of budget, codes of SystemBudget in Account.type.
const (
	BudgetHealth     = "health" // personal health budget
	BudgetIntegrated = "integrated"
	BudgetDirect     = "direct-payment"
)

// The three conversations of the Person-Centred Approaches framework, codes of SystemTalk.
const (
	TalkEngage = "engage"
	TalkEnable = "enable-and-support"
	TalkManage = "manage-complexity-and-risk"
)

// Topics of safeguarding, codes of SystemTopic in meta.security: HL7 has no sensitivity for them (CONSENT rules 14.12).
const (
	TopicSafeguarding    = "safeguarding"     // somebody may be harmed by somebody near them
	TopicChildProtection = "child-protection" // for staff alone
)
