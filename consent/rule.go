package consent

import (
	"slices"
	"time"

	"concord/fhir"
)

// Rule is one Consent of scope patient-privacy or research, parsed whole, whatever its status. What could not be
// interpreted is recorded, so that a permit stays unmatched and a deny matched (CONSENT rules section 2.6).
type Rule struct {
	Ref         fhir.Ref
	Active      bool
	Research    bool // scope research: it speaks of HRESCH and what stands under it only
	Identifiers []Code
	Replaces    []fhir.Ref
	Performers  []Party
	Given       Span // Consent.dateTime: it orders nothing; only a grant's age among children rests on it
	// Readings are the trees that it may mean: one, or two for a harvested Consent whose root has no type, of
	// which the more restrictive answer counts (section 3.2). None: it says nothing.
	Readings []Provision
	// Domain is who keeps the data that its permits speak of (Consent.organization); empty: whoever does. A deny is
	// not bound by it. The zero Party is one that cannot be followed.
	Domain     []Party
	Pending    bool      // draft, proposed or rejected: it has never been in force, so that it supersedes nothing
	Superseded time.Time // another took its place from then on; zero when none did
	Version    string    // of the Consent, for explanation
	// Recorded says that staff wrote it down and it is in force at once (section 14.15): what it spares from a deny is left
	// to the other choices and the base policy, and never given by it.
	Recorded bool
}

// Provision is one level of a rule. Within an element any value may match, across elements all must; what is
// not said is no constraint.
type Provision struct {
	Permit     bool // else a deny
	Untyped    bool // which of the two cannot be told: only a deny within it counts
	Period     Span
	Actors     []Actor
	Actions    Action // zero: all
	Purposes   []Code
	Class      []Code
	Codes      []Code
	DataPeriod *Span
	Instances  []fhir.Ref // data.meaning instance
	Writers    []Party    // data.meaning authoredby
	Data       bool       // provision.data is there
	Odd        Odd
	Spares     bool // proxies of the person are not spoken of (a bare OPTOUT, section 3.4)
	BaseOnly   bool // only for the purposes of the base policy (a bare OPTIN, section 3.4)
	Provisions []Provision
	Levels     []Level    // securityLabel: confidentialities (section 5)
	Topics     []Topics   // securityLabel: each sensitivity, with what it stands under
	Labels     []Code     // securityLabel: others, matched as they stand
	Related    []fhir.Ref // data.meaning related (section 6)
	Dependents []fhir.Ref // data.meaning dependents
}

// ActorKind is what an actor's role makes of it (section 1, provision.actor).
type ActorKind uint8

// The kinds of actor. Recipients are a question about the request; custodians and authors about the data.
const (
	Recipient ActorKind = iota
	Custodian
	Author
	UnknownRole // a recipient for a deny, nobody for a permit
)

// Actor is one of provision.actor. The zero Party is one that cannot be followed.
type Actor struct {
	Kind  ActorKind
	Party Party
}

// Odd says which criteria of a provision hold something that cannot be interpreted.
type Odd uint8

// The criteria. OddData alone is about the data as a whole.
const (
	OddPeriod Odd = 1 << iota
	OddAction
	OddPurpose
	OddClass
	OddCode
	OddReference // provision.data
	OddData      // extensions that may be criteria
	OddLabel     // securityLabel
)

// anySystem stands for the system of a code that names none, in a deny.
const anySystem = "*"

// OnlyPermits reports whether a rule permits all that there is to those whom it names, so that to end it narrows what is
// shared. To end one that permits some things only may widen it: the rest is denied as long as it holds (section 2.1).
func (r *Rule) OnlyPermits() bool {
	for i := range r.Readings {
		p := &r.Readings[i]
		if !p.Permit || p.Untyped || len(p.Provisions) > 0 || len(p.Actors) == 0 || p.aboutSome() {
			return false
		}
	}
	return len(r.Readings) > 0 && len(r.Domain) == 0
}

// aboutSome reports whether a provision asks anything of the data, so that it may not hold for some.
func (p *Provision) aboutSome() bool {
	return p.Odd != 0 || p.Data || p.DataPeriod != nil ||
		len(p.Class)+len(p.Codes)+len(p.Levels)+len(p.Topics)+len(p.Labels) > 0 ||
		slices.ContainsFunc(p.Actors, func(a Actor) bool { return a.Kind != Recipient })
}
