package region

import (
	"slices"

	"concord/fhir/care"
)

// Persona is somebody who can sign in to the demo: what a real issuer would put into their token, and whose
// record the ready-made request reads.
type Persona struct {
	Name         string // how the command line calls them, such as "hospice"
	Who          string // one line for the reader
	FHIRUser     string // the claim fhirUser, "Practitioner/dr-adeyemi"
	Organization string // whom they act for, "Organization/larkfield-practice"; empty for a person
	Role         string // a code of care.SystemRole; empty for a person
	Purpose      string // a code of v3-PurposeOfUse
	Scope        string // SMART scopes, separated by spaces
	Patient      string // the id of the launch patient; empty for people at work
	SubjectName  string // the name in the trail
	OrgName      string // the organisation's name in the trail; empty for a person
	About        string // the Patient that the ready-made request reads
}

// Scopes of the demo's callers. What they may do at all is here; what they may see is decided for each thing.
const (
	scopePerson = "openid fhirUser launch/patient patient/*.cruds"
	scopeCarer  = "openid fhirUser launch/patient patient/*.rs"
	scopeStaff  = "openid fhirUser user/*.cruds"
	scopeVisit  = "openid fhirUser user/*.rs user/Task.u"
)

// about is the person whom all personas read, so that their answers can be laid side by side.
const about = "Patient/amina"

var personas = []Persona{
	{
		Name: "amina", Who: "the person: two long-term conditions, a job, a son of nine",
		FHIRUser: about, Purpose: "PATRQT", Scope: scopePerson, Patient: "amina",
		SubjectName: "Amina Rahman", About: about,
	},
	{
		Name: "carer", Who: "her partner: sees what she chose to share with him, and no more",
		FHIRUser: "RelatedPerson/amina-daniel", Purpose: "FAMRQT", Scope: scopeCarer, Patient: "amina",
		SubjectName: "Daniel Osei", About: about,
	},
	{
		Name: "gp", Who: "her GP: all that is not withheld from the practice",
		FHIRUser: "Practitioner/dr-adeyemi", Organization: "Organization/larkfield-practice", Role: care.RoleClinician,
		Purpose: "TREAT", Scope: scopeStaff,
		SubjectName: "Dr Folake Adeyemi", OrgName: "Larkfield Road Surgery", About: about,
	},
	{
		Name: "hospice", Who: "a hospice nurse, by referral to the pain clinic: not what she keeps from the hospice",
		FHIRUser: "Practitioner/nurse-okafor", Organization: "Organization/st-brannocs-hospice", Role: care.RoleNurse,
		Purpose: "TREAT", Scope: scopeStaff,
		SubjectName: "Ngozi Okafor", OrgName: "St Brannoc's Hospice", About: about,
	},
	{
		Name: "emergency", Who: "an emergency doctor who has never met her: nothing, until care is started",
		FHIRUser: "Practitioner/dr-murray", Organization: "Organization/wexbridge-emergency", Role: care.RoleClinician,
		Purpose: "ETREAT", Scope: scopeStaff,
		SubjectName: "Dr Isla Murray", OrgName: "Wexbridge Infirmary Emergency Department", About: about,
	},
	{
		Name: "linkworker", Who: "a charity's link worker: the referral addressed to him, and what she permits",
		FHIRUser: "Practitioner/tomasz-zielinski", Organization: "Organization/kindred-wexbridge", Role: care.RoleLinkWorker,
		Purpose: "TREAT", Scope: scopeVisit,
		SubjectName: "Tomasz Zieliński", OrgName: "Kindred Wexbridge", About: about,
	},
}

// Personas are those who can sign in, in the order in which the demo prints them. The caller owns the slice.
func Personas() []Persona { return slices.Clone(personas) }

// Find gives the persona of this name.
func Find(name string) (Persona, bool) {
	for _, p := range personas {
		if p.Name == name {
			return p, true
		}
	}
	return Persona{}, false
}
