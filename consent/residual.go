package consent

import (
	"time"

	"concord/fhir"
	"concord/fhir/care"
)

// Sight is how much of a thing may be seen.
type Sight uint8

// The sights. Hidden is the zero value: what nobody decided is hidden.
const (
	Hidden Sight = iota
	Whole
	Cut // some of Facts.Parts are hidden
)

// Verdict is the decision on one resource version for one person.
type Verdict struct {
	Sight Sight
	Parts uint64 // bit i set: Facts.Parts[i] is hidden. More than 64 parts with any hidden: the host is Hidden
	Why   Reason
	Place bool // what locates is left out: the cuts of kind CutPlace (section 14.17)
}

// Reason says what decided, for the trail and for explanation. Rule indexes Policy.Rules; -1 where none did.
type Reason struct {
	Step Step
	Rule int16
}

// Step is the step of the decision procedure (section 12) that decided.
type Step uint8

// The steps.
const (
	StepNone Step = iota
	StepScope
	StepSubject  // no subject, or the launch patient is another
	StepStanding // no relationship, or a proxy without a grant
	StepSeal
	StepHeldBack
	StepAge
	StepDeny      // a consent denies
	StepPermit    // a consent permits
	StepWeakDeny  // a consent permits something else only
	StepBase      // the base policy
	StepSelf      // the person's own
	StepSender    // the caller's own organisation sent it
	StepAddressed // addressed to the caller
	StepNoneKnown // would say "none" where something may be hidden (section 14.5)
	StepOpen      // a directory or conformance type
	StepOperator
	StepGlass     // break-glass (section 7)
	StepSafeguard // hidden from those who act for a child, by its label (section 14.12)
	StepPurpose   // a label says that it is for other purposes (section 4)
	StepChoice    // a sharing choice, which staff are not shown (section 10 row 26)
)

// Residual is the whole decision for one viewer and one person but for the resource. It is a small value;
// See allocates nothing and takes no lock. The zero Residual sees nothing.
type Residual struct{ r *residual }

// Until is when time alone may change an answer; the zero time means never.
func (r Residual) Until() time.Time {
	if r.r == nil {
		return time.Time{}
	}
	return r.r.until
}

// Key names the residual: equal keys imply equal answers to every Facts (section 15.4).
func (r Residual) Key() [16]byte {
	if r.r == nil {
		return [16]byte{}
	}
	return r.r.key
}

// Related reports whether the viewer has a relationship with the person now, apart from any choice.
func (r Residual) Related() bool { return r.r != nil && r.r.related }

// Lasting reports whether the viewer is the person, or is related by more than care that was started, a referral or
// request, or a choice: by a care team, an encounter, or as the person's practice. Who has no lasting relationship
// gives others none (CONSENT rules 15.2). A backend or colleague whose only tie is Short has none either.
func (r Residual) Lasting() bool { return r.r != nil && r.r.lasting }

// TieEnds is the latest end of the ties that relate the viewer now, so that what the viewer gives can be made to end
// with it; zero when one of them has no end, and when there is none.
func (r Residual) TieEnds() time.Time {
	if r.r == nil {
		return time.Time{}
	}
	return r.r.tieEnds
}

// stance is on what footing a viewer stands towards the person.
type stance uint8

const (
	stranger  stance = iota // nothing at all
	operator                // everything as it is stored
	self                    // the person
	proxy                   // somebody acting for the person
	worker                  // staff, or a backend
	bystander               // a proxy without standing: what is about nobody only
)

// residual is what a Residual points to. Whatever see looks at is in here and in the key; what precedes stance is
// told to others, and of that only related is in the key.
type residual struct {
	key     [16]byte
	until   time.Time
	related bool
	lasting bool
	tieEnds time.Time
	holder  bool // related by the parental responsibility of an organisation, and by nothing else

	stance   stance
	class    ViewerClass
	action   Action
	anyType  bool        // a scope covers every type
	types    []fhir.Type // else these, sorted
	org      fhir.Ref
	orgs     []Party // the organisation and its ancestors: to tell what is foreign and what they sent
	selves   []Party // to tell what is addressed to them; empty when that changes nothing
	team     bool    // tied as one who cares for the person, not by declaration: opens what is locked
	implied  bool    // the base policy gives the row below
	sections care.Set
	extra    []fhir.Type
	back     readBack
	parent   bool // of a child, by recorded responsibility
	narrow   bool // the child is old enough for proxies to be narrowed (section 14.11)
	officer  bool // a privacy officer of those who look after the person, or have sent something about them
	noNone   bool // an allergy may be hidden: never say that none is known
	abroad   bool // some node asks whether a thing comes from another organisation
	glass    bool // break-glass is open
	atRisk   bool // nobody may learn where the person is to be found
	asks     bool // some answer rests on labels
	hides    Topics
	hidesV   bool // with hides: what is very restricted too
	labels   uint64
	purpose  string
	rules    []liveRule
	nodes    []node
}

// liveRule is one Consent that speaks of the viewer now.
type liveRule struct {
	index  int16
	silent bool // one of its readings says nothing of the viewer, which counts as the more restrictive
	void   bool // its permits count for nothing here: given before an age at which they had to be renewed
	narrow bool // its permits count within the narrowed record only
	bound  bool // its permits speak of what the domain keeps only
	domain parties
	roots  [2]int32
	count  int8
}

// readBack is what a viewer may read of what their own organisation sent, where the row of the base policy does not
// give it for a relationship (section 12, step 4).
type readBack struct {
	whole    bool // a backend: all of it
	sections care.Set
	types    []fhir.Type
}
