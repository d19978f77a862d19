package care

const extensionBase = Base + "/StructureDefinition/"

// Our extensions. Extensions says where each stands.
const (
	// Goals and actions (PRSB care and support plan: importance, confidence, stage goals).
	ExtensionImportance = extensionBase + "goal-importance"
	ExtensionConfidence = extensionBase + "confidence"
	ExtensionStageGoal  = extensionBase + "stage-goal"
	// Reviews, papers and agreement, on whatever is reviewed or written down.
	ExtensionReviewOwner  = extensionBase + "review-owner"
	ExtensionReviewed     = extensionBase + "reviewed"
	ExtensionReviewDue    = extensionBase + "review-due"
	ExtensionWherePaper   = extensionBase + "where-the-paper-is"
	ExtensionAgreedWith   = extensionBase + "agreed-with"
	ExtensionConversation = extensionBase + "conversation"
	// Contingency plans. Triggers are not Flags: those would flood the alerts.
	ExtensionTrigger    = extensionBase + "trigger"
	ExtensionEarlySign  = extensionBase + "early-sign"
	ExtensionCoping     = extensionBase + "coping"
	ExtensionWhatToDo   = extensionBase + "what-should-happen"
	ExtensionWhomToCall = extensionBase + "whom-to-call"
	ExtensionStrategy   = extensionBase + "suggested-strategy"
	// Choices, rights and advance decisions.
	ExtensionReplaces       = extensionBase + "replaces"
	ExtensionParental       = extensionBase + "parental-responsibility"
	ExtensionLifeSustaining = extensionBase + "life-sustaining"
	ExtensionWitness        = extensionBase + "witness"
	ExtensionDiscussedWith  = extensionBase + "discussed-with"
	ExtensionAwareOf        = extensionBase + "aware-of-recommendation"
	// Medicines, identity, the page at a glance, carers.
	ExtensionMedicinePlace   = extensionBase + "medicine-place"
	ExtensionNHSVerification = extensionBase + "nhs-number-verification"
	ExtensionLineState       = extensionBase + "line-state"
	ExtensionCarerOf         = extensionBase + "carer-of"
)

// Extension says of one extension what type its value has and where it stands.
type Extension struct {
	URL, Type string // Type without "value": the member is "value" + Type
	On        []string
	About     string
}

// extensions are in the order of the constants.
var extensions = []Extension{
	{ExtensionImportance, "Integer", []string{"Goal"}, "how important the goal is to the person, 0 to 10"},
	{ExtensionConfidence, "Integer", []string{"Task", "ServiceRequest"}, "how confident the person is of doing it, 0 to 10"},
	{ExtensionStageGoal, "String", []string{"Goal"}, "a step on the way, where it is not a Goal of its own"},
	{ExtensionReviewOwner, "Reference", []string{"CarePlan", "Observation", "Goal", "Consent", "DocumentReference"}, "who sees to the review"},
	{ExtensionReviewed, "Date", []string{"CarePlan", "Observation", "Goal", "Consent", "DocumentReference"}, "when it was last reviewed"},
	{ExtensionReviewDue, "Date", []string{"CarePlan", "Observation", "Goal", "Consent", "DocumentReference", "Task"}, "when the review is due"},
	{ExtensionWherePaper, "String", []string{"DocumentReference", "Observation", "Consent", "CarePlan"}, "where the paper is"},
	{ExtensionAgreedWith, "Reference", []string{"CarePlan"}, "with whom it was agreed: the person or their representative"},
	{ExtensionConversation, "Coding", []string{"CarePlan"}, "the kind of conversation that it came from"},
	{ExtensionTrigger, "String", []string{"CarePlan"}, "what may set a crisis off"},
	{ExtensionEarlySign, "String", []string{"CarePlan"}, "an early sign"},
	{ExtensionCoping, "String", []string{"CarePlan"}, "what the person does that helps"},
	{ExtensionWhatToDo, "String", []string{"CarePlan"}, "what should happen, in the order written"},
	{ExtensionWhomToCall, "String", []string{"CarePlan"}, "whom to call, with their number"},
	{ExtensionStrategy, "String", []string{"Task", "ServiceRequest", "CarePlan"}, "a suggested strategy"},
	{ExtensionReplaces, "Reference", []string{"Consent"}, "the Consent that this one takes the place of (CONSENT rules 7.1)"},
	{ExtensionParental, "Boolean", []string{"RelatedPerson"}, "parental responsibility is recorded"},
	{ExtensionLifeSustaining, "Boolean", []string{"Consent"}, "the advance decision covers life-sustaining treatment"},
	{ExtensionWitness, "Reference", []string{"Consent"}, "who witnessed it"},
	{ExtensionDiscussedWith, "Reference", []string{"Observation"}, "with whom the recommendation was discussed"},
	{ExtensionAwareOf, "Reference", []string{"Observation"}, "who knows of the recommendation"},
	{ExtensionMedicinePlace, "String", []string{"MedicationRequest", "MedicationStatement"}, "where the just-in-case medicine is kept"},
	{ExtensionNHSVerification, "Coding", []string{"Patient.identifier"}, "how far the NHS number was verified"},
	{ExtensionLineState, "Coding", []string{"Composition.section"}, "the state of a line at a glance"},
	{ExtensionCarerOf, "Reference", []string{"CarePlan"}, "on a carer's own plan: the contingency plan of the person cared for"},
}

// Extensions are our extensions in the order of the table. The caller must not change what On holds.
func Extensions() []Extension { return append([]Extension(nil), extensions...) }
