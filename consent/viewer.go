package consent

import (
	"time"

	"concord/consent/smart"
	"concord/fhir"
)

// ViewerClass is the kind of caller, which decides the rules that start before any choice is looked at.
type ViewerClass uint8

// The classes of viewer.
const (
	Staff    ViewerClass = iota // a Practitioner or PractitionerRole of an organisation
	Self                        // the person
	Proxy                       // a RelatedPerson
	System                      // a backend of an organisation, with no human behind the request
	Operator                    // system/*.cruds and the client role operator (section 15.7)
)

// OrgKind is the kind of an organisation, as the base policy asks (section 14.4).
type OrgKind uint8

// The kinds of organisation.
const (
	OrgUnknown   OrgKind = iota
	OrgHealth            // regulated health: practice, hospital, hospice, ambulance, pharmacy
	OrgSocial            // social care
	OrgVoluntary         // charities, community groups, volunteers
	OrgHousing
	OrgOther
)

// Action is what the caller does to the thing, as Consent.provision.action means it (section 1).
type Action uint8

// The actions; one request may need several.
const (
	Access   Action = 1 << iota
	Disclose        // access by an organisation other than the custodian; For works it out
	Collect         // create
	Correct         // update, patch, delete
	Use
)

// Viewer is who asks, in every respect that a decision may depend on, at one moment. It is made from a verified
// token and the directory, never from what a client says of itself.
type Viewer struct {
	Class   ViewerClass
	Self    []Party  // the caller and everything that is the same caller: fhirUser, its PractitionerRoles, identifiers
	Org     fhir.Ref // the organisation the caller acts for; zero for a person
	Orgs    []Party  // that organisation and its ancestors, each by reference and by identifiers
	OrgKind OrgKind
	Role    string     // a code of the role table (base.go), such as "clinician"
	Groups  []fhir.Ref // Groups that the caller is a member of
	Purpose string     // one code of v3-PurposeOfUse
	Action  Action
	Scopes  smart.Scopes
	Patient fhir.Ref // launch patient of a patient/ scope
	Time    time.Time
	// Directory tells for whom others act; without it a rule that names an organisation as author or custodian
	// means that one alone. Its epoch has to stand in the key of whatever is kept.
	Directory *Directory
	Related   bool // take the relationship as given (tests of steps 7 and 8; never set by guard)
	// Glass: all that break-glass needs of the request was checked (a stepped-up session, a configured group). It opens
	// the records of which the Standing has an open window of the caller's, and no others (sections 7 and 14.6).
	Glass bool
}
