package consent

import (
	"time"

	"concord/fhir"
)

// Explanation is a decision with the way to it: the same decision as For(v).See(f), which steps of the procedure were
// asked, and what each choice said (CONSENT rules section 12). It holds nothing of what the thing says, only what the
// rules asked about it; that it exists is told by explaining it, so whoever may not know that is given none.
type Explanation struct {
	Thing   fhir.Ref
	Verdict Verdict
	Policy  string    // id of the base policy
	Until   time.Time // when time alone may change the answer; zero: never
	Steps   []Asked   // in the order of the procedure; the last one decided
	Choices []Said    // in the order of their commits; empty when no choice was asked
	Parts   []PartSaid
	Plain   string // for the person whose record it is: "you" is they
}

// Asked is one step of the procedure and what came of it.
type Asked struct {
	Step    Step
	Answer  Answer
	Precise string // for engineers
}

// Answer is what a step says.
type Answer uint8

// The answers. Only the last step of an Explanation shows or hides.
const (
	Passes Answer = iota // the next step is asked
	Shows
	Hides
)

// Said is what one Consent says of the thing, for this viewer, now.
type Said struct {
	Consent fhir.Ref
	Version string // of the Consent; empty when it was stored before versions were kept with rules
	Outcome Outcome
	At      string    // the provision that said so, or in which Failed stands: "provision.provision[1]"; empty: the whole Consent
	Failed  Criterion // what did not hold, where the outcome is NotApplicable or WeakDeny
	Decided bool      // it is what decided
	Precise string    // for engineers
	Plain   string    // the choice in the person's words, where it decided
}

// PartSaid is the decision on something that stands inside the thing and is hidden.
type PartSaid struct {
	Part    int // index in Facts.Parts
	Step    Step
	Choices []Said
}

// Criterion is what a Consent or a provision asks for, by the element that says it.
type Criterion string

// The criteria.
const (
	ByStatus       Criterion = "status"
	BySuperseded   Criterion = "superseded"
	ByScope        Criterion = "scope"
	ByPolicyRule   Criterion = "policyRule"
	ByOrganization Criterion = "organization"
	ByPeriod       Criterion = "provision.period"
	ByActor        Criterion = "provision.actor"
	ByAction       Criterion = "provision.action"
	ByPurpose      Criterion = "provision.purpose"
	ByLabel        Criterion = "provision.securityLabel"
	ByClass        Criterion = "provision.class"
	ByCode         Criterion = "provision.code"
	ByDataPeriod   Criterion = "provision.dataPeriod"
	ByData         Criterion = "provision.data"
	ByCustodian    Criterion = "provision.actor (custodian)"
	ByAuthor       Criterion = "provision.actor (author)"
	ByDoubt        Criterion = "not interpretable"            // a permit that holds something nobody can interpret
	ByRelationship Criterion = "relationship"                 // a permit that names nobody adds no callers
	ByPrivacy      Criterion = "sharing choices not named"    // a permit that covers a sharing choice without naming such
	ByAge          Criterion = "age"                          // a grant that an age has ended or narrowed
	ByRequest      Criterion = "what is asked of the request" // some other question about the request
)

// Explain decides on a thing as For(v).SeeAmong(f, members) does, and says how. It is for one person, as See is; it is
// not on the path of requests, and takes what time it needs (under a millisecond with fifty Consents).
func (p *Policy) Explain(v Viewer, f *Facts, members ...*Facts) Explanation {
	r := p.For(v).r
	verdict := r.seeAmong(f, members)
	e := Explanation{Thing: f.Ref, Verdict: verdict, Policy: p.base.ID, Until: r.until}
	t := p.trace(&v, r)
	l := r.lookAmong(f, members)
	host := verdict
	if r.asksChoices(f, verdict) {
		host = r.decide(&l)
		e.Choices = t.choices(&l, host)
	}
	e.Steps = t.steps(f, &l, host)
	e.Parts = t.parts(f, &l, host, verdict)
	e.Plain = t.plain(&e, host)
	return e
}

// asksChoices reports whether a decision went as far as asking choices.
func (r *residual) asksChoices(f *Facts, v Verdict) bool {
	if r.stance != worker && r.stance != proxy || len(f.About) == 0 || r.choiceToStaff(f) {
		return false
	}
	switch v.Why.Step {
	case StepDeny, StepPermit, StepWeakDeny, StepBase, StepSender, StepAddressed, StepAge, StepSafeguard, StepGlass:
		return true
	case StepStanding:
		return true
	default:
		return false
	}
}

// parts explains what is inside and hidden: those that the verdict names, or the one that took the host with it.
func (t *tracer) parts(f *Facts, host *look, shown, v Verdict) []PartSaid {
	if shown.Sight == Hidden || v.Sight == Whole {
		return nil
	}
	var said []PartSaid
	for i := range f.Parts {
		l := partLook(f, i, host)
		one := t.r.decide(&l)
		if one.Sight != Hidden {
			continue
		}
		said = append(said, PartSaid{Part: i, Step: one.Why.Step, Choices: t.choices(&l, one)})
		if v.Sight == Hidden && (f.Parts[i].Whole || i >= partsMost) {
			break
		}
	}
	return said
}
