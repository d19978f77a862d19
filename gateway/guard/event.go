package guard

import (
	"time"

	"concord/consent"
	"concord/fhir"
)

// SeverityHigh is the severity of what somebody has to look at afterwards.
const SeverityHigh = "high"

// Event is one entry of the trail: what happened to one person's record, who did it, and what decided
// (BALP; CONSENT rules section 11). It is the only place where patient ids and people's ids stand together.
type Event struct {
	ID          string // random
	At          time.Time
	Person      consent.Person // "" when nobody's record was touched
	Interaction string         // "read", "search", "whole-person", "create", "start-care" ...
	Action      byte           // C R U D E, as AuditEvent.action
	Permit      bool           // false: refused or withheld
	Ref         fhir.Ref       // the resource asked for; zero for a search or a view
	Version     string
	Refs        []fhir.Ref // search: what of this person's was returned, or was withheld; at most refsKept
	Count       int        // search: how many were returned
	Withheld    int        // search and view: how many were not
	Query       string     // search: the query as it was run
	Digest      string     // view: SHA-256 of the manifest of what was shown, in hex
	User        fhir.Ref   // fhirUser
	Name        string     // the subject_name of the token
	Org         fhir.Ref
	OrgName     string
	Role        string
	Purpose     string
	Client      string
	Token       string   // jti
	Request     string   // X-Request-Id
	Policy      string   // id of the base policy
	Rules       []string // versioned references of the Consents that decided
	Reason      string   // reason code given by the caller ($start-care), or the step that decided
	Step        string   // the step that decided (section 12); of a search or view those that hid something, with spaces between
	Standing    int64    // version of the person's standing that it was decided on (consent epoch)
	Labels      uint64   // the rule set of labels in force (label epoch)
	Severity    string   // SeverityHigh: the privacy officer looks at it
	Note        string   // why, in the caller's own words (break-glass)
}
