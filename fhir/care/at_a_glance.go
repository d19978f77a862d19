package care

// The lines at a glance, codes of SystemLine, in the order of the page. There are never more than twelve.
const (
	LineIdentity      = "identity"
	LineCPR           = "cpr"
	LineADRT          = "advance-decision"
	LineRespect       = "respect"
	LineAllergies     = "allergies"
	LineTimeCritical  = "time-critical-medicines"
	LineContingency   = "contingency"
	LineCommunication = "how-to-communicate"
	LineCallTonight   = "call-tonight"
	LineKeyWorker     = "key-worker"
	LineDependants    = "dependants"
)

// The four states of a line, codes of SystemLineState (STANDARDS section 9). Nothing else is ever said.
const (
	StateRecorded   = "recorded"
	StateNone       = "recorded-as-none" // somebody said that there is none
	StateNothing    = "nothing-to-show"  // this view can show nothing, which is not the same as none
	StateNotReached = "source-not-reached"
)
