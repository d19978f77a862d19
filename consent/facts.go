package consent

import (
	"time"

	"concord/fhir"
	"concord/fhir/care"
)

// Person is the internal, immutable id of a human being (CONSENT.md 15.1 in the project's rules: patient to
// person is a table). It never leaves the server.
type Person string

// Code is one coding: its system and code, nothing else of it.
type Code struct{ System, Code string }

// Span is a closed stretch of time. A zero From or To is open on that side.
type Span struct{ From, To time.Time }

// Party is somebody or something that a rule or a resource names: a reference on this server, a business
// identifier, or both. The zero Party is nobody.
type Party struct {
	Ref        fhir.Ref
	Identifier Code // system and value
}

// Seal hides a thing beyond what any sharing choice says (section 14.9).
type Seal uint8

// The seals.
const (
	Unsealed Seal = iota
	Sealed        // hidden from all but the organisation that sent it; break-glass opens it
	Locked        // the authoring team only; nothing opens it
)

// Held says why a thing is held back from the person and from proxies (section 14.10).
type Held uint8

// The reasons for holding back; they may be combined.
const (
	HeldNotYetTold Held = 1 << iota
	HeldSeriousHarm
	HeldThirdParty // also hidden from proxies for ever
)

// Facts is all that a decision may look at in one version of a resource. They are made once, at write, and
// are never altered: a rule change makes new ones. Equal Facts are treated equally by every Residual.
type Facts struct {
	Ref       fhir.Ref
	Deleted   bool
	About     []fhir.Ref // the Patients it is about, sorted; empty for directory and conformance types
	Open      bool       // a directory or conformance type with nobody in it: decided by the role table alone
	Sections  care.Set   // computed from type, category, code; meta.profile may add (section 15.3)
	Class     []Code     // resource type, profiles (with and without version), document types, formats, MIME types
	Codes     []Code     // every coding anywhere in it
	Primary   []Code     // the codings of its primary code element only
	Events    []Span     // when it happened: effective, onset, performed, period
	Authored  []Span     // when it was written: issued, authoredOn, recordedDate, created, date
	Authors   []Party
	Custodian []Party
	Sender    fhir.Ref // the Organization that sent it, or the Patient or RelatedPerson who wrote it
	Owners    []Party  // to whom it is addressed: Task.owner, ServiceRequest.performer
	Seal      Seal
	Held      Held
	NoneKnown bool // it says that there is no known allergy (section 14.5)
	Private   bool // a sharing choice: a Consent of scope patient-privacy or research (section 10 row 26)
	Cuts      []fhir.Cut
	Parts     []Part // contained and inline things, judged as if standing alone (rows 22 and 24)
	Gives     Gives  // the standing that it gives
	Face      Face   // the oldest version in a row that looks the same (row 11)
	Labels    Labels // what it is sensitive for; that of its parts stands with them
	Links     []Link // what it refers to on this server, for rules that follow references (section 6)
	// Purposes are those for which alone it may be used, by labels that came with it (section 4); empty: any.
	Purposes []string
}

// Face is the version under which a row of versions that look the same is shown.
type Face struct {
	Version string
	Updated time.Time
}

// Part is one contained or inline thing in a resource.
type Part struct {
	Cut      int32 // index in Facts.Cuts
	Whole    bool  // hiding it hides the host: a contained resource that the host refers to
	Class    []Code
	Codes    []Code
	Primary  []Code
	Events   []Span
	Authored []Span
	Sections care.Set
	Labels   Labels // without Basis
}

// Link is a reference to something on this server, by what the closure of a rule may follow.
type Link struct {
	To     fhir.Ref
	Member bool // encounter, episode, basedOn, partOf, activity: membership, which is followed further (section 6)
}

// Gives is what a resource adds to the standing of the people it is about, or to the directory. All of it is
// nil for the great majority of resources.
type Gives struct {
	Ties    []Tie
	Of      []fhir.Ref // whose ties they are, of those that it is about
	Rule    *Rule      // a Consent that may be evaluated
	Patient *Patient   // a Patient: identity and the dates that matter
	Entry   *Entry     // an Organization, PractitionerRole, Practitioner or Group: the directory
}

// Patient is what a decision may know of a Patient resource.
type Patient struct {
	Ref         fhir.Ref
	Identifiers []Code     // business identifiers, as they stand
	Official    []Code     // those of them that number people, rather than records of them
	Birth       Span       // the birth date at its precision; zero when unknown
	Death       *time.Time // when deceased; the start of the record when only "deceased: true" is said
	Links       []fhir.Ref // Patient.link to other Patients
	Sender      fhir.Ref   // the organisation that sent the Patient; zero for what the operator imported
	AtRisk      bool       // labelled LOCIS: nobody may learn where the person is to be found (section 14.17)
}

// TieKind says what connects somebody to a person.
type TieKind uint8

// The kinds of tie.
const (
	TieCareTeam  TieKind = iota // member of an active CareTeam
	TieReferral                 // performer of a current ServiceRequest, or owner of a Task: it is addressed to them
	TieRequest                  // requester of a current ServiceRequest or Task
	TieEncounter                // service provider of, or participant in, a current Encounter or EpisodeOfCare
	TieStarted                  // opened by $start-care
	TieRelated                  // a RelatedPerson, active and in period
	TieGeneral                  // generalPractitioner or managingOrganization of the Patient
)

// Tie connects Who to the person while it lasts.
type Tie struct {
	Kind     TieKind
	Who      Party
	From     fhir.Ref // the resource that says so; for TieStarted "Encounter/<id of the opening>"
	Period   Span
	Role     string   // RelatedPerson: the relationship code, space separated when there are several; CareTeam: the participant's role
	Parental bool     // RelatedPerson: parental responsibility is recorded
	By       fhir.Ref // the organisation that said so; zero for what the operator imported and what the person said
	// Short: given by somebody whose own tie was declared or a referral, and cut to theirs. It never counts as the
	// team, nor as lasting, or starting care would be a way into what is locked.
	Short bool
}
