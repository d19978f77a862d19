package guard

import (
	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// Caller is who asks, as a verified token says it. Rooms that verify tokens make it; nothing in it comes from
// the client's own word.
type Caller struct {
	Issuer   string
	Subject  string
	Client   string       // client_id
	User     fhir.Ref     // fhirUser: Patient, RelatedPerson, Practitioner or PractitionerRole; zero for a backend
	Name     string       // subject_name, for the trail
	Org      fhir.Ref     // the organisation acted for, when the token names it by reference
	OrgID    consent.Code // or by business identifier
	OrgName  string
	Roles    []string // subject_role
	Purposes []string // purpose_of_use, codes of v3-PurposeOfUse
	Scopes   smart.Scopes
	Patient  fhir.Ref // launch patient
	Operator bool     // the client role operator
	ACR      string   // acr: how strongly the user was authenticated
	Token    string   // jti
	Request  string   // X-Request-Id
	Base     string   // the base address the caller used, without a slash at the end
}
