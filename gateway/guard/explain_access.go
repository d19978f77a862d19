package guard

import (
	"context"
	"fmt"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// AccessQuestion asks whether somebody may see something of a person's record, and why.
type AccessQuestion struct {
	Patient      fhir.Ref
	User         fhir.Ref // Practitioner, PractitionerRole, RelatedPerson or Organization; the Patient: the person
	Organization fhir.Ref // whom a Practitioner acts for; zero: each that the directory names
	Role         string   // a code of the role table; empty: the usual one at that kind of organisation
	Purpose      string   // empty: the usual one of that kind of user
	Thing        fhir.Ref // zero: the whole record, by section
	Part         string   // FHIRPath of something inside the thing, such as "CarePlan.activity[0].detail"; empty: the thing
}

// Access answers it, once for each way in which the user may come.
type Access struct {
	Class    consent.ViewerClass // of who asks
	Answers  []AccessAnswer
	Policy   string // id of the base policy
	Standing int64  // version of the standing that decided (consent epoch)
	Labels   uint64 // the rule set of labels (label epoch)
	Looks    func(fhir.Ref) string
}

// AccessAnswer is the decision for one onlooker: on one thing, or on groups of things that are decided alike.
type AccessAnswer struct {
	Onlooker
	Groups []AccessGroup
}

// AccessGroup is things of one section on which the same step and the same choice decide in the same way. Explained is
// how the first of them was decided.
type AccessGroup struct {
	Section   care.Section
	Things    []fhir.Ref
	Permit    bool
	Less      bool // shown with something left out
	Pointing  bool // hidden because of what it cannot do without and points at
	Shared    bool // about somebody else too, whose choices count beside the person's and are not told
	Explained consent.Explanation
}

// check asks that the question is one. It looks at nothing that is held.
func (q AccessQuestion) check() error {
	switch q.User.Type {
	case "Practitioner", "PractitionerRole", "RelatedPerson", "Organization":
	case "Patient":
		if q.User == q.Patient {
			break
		}
		return fhir.Errorf(fhir.Value, "user may be self, a Practitioner, a PractitionerRole, a RelatedPerson or an Organization")
	default:
		return fhir.Errorf(fhir.Required, "user is needed: self, a Practitioner, a PractitionerRole, a RelatedPerson or an Organization")
	}
	if q.Organization != (fhir.Ref{}) && q.Organization.Type != "Organization" {
		return fhir.Errorf(fhir.Value, "organization must name an Organization")
	}
	if q.Purpose != "" && !consent.KnownPurpose(q.Purpose) {
		return fhir.Errorf(fhir.Value, "purpose must be a code of v3-PurposeOfUse")
	}
	if q.Role != "" && consent.RoleOf([]string{q.Role}) == "" {
		return fhir.Errorf(fhir.Value, "role must be a code of the role table")
	}
	if q.Part != "" && q.Thing == (fhir.Ref{}) {
		return fhir.Errorf(fhir.Required, "part is a part of something: thing is needed")
	}
	return nil
}

// ExplainAccess says whether somebody may see something of a person's record, and what decides so (CONSENT rules section
// 12). It is for the person, for those acting for them who may read their sharing choices, for a privacy officer of an
// organisation that has to do with the person, and for the operator. For everybody else, and for what the one who asks
// may not see or know of, the answer is that of an absent person: NotFound.
func (r Reading) ExplainAccess(ctx context.Context, q AccessQuestion, layOut func(Access) ([]byte, error)) (Disclosed, error) {
	if err := q.check(); err != nil {
		return Disclosed{}, err
	}
	var body []byte
	var events []Event
	want := Want{Refs: []fhir.Ref{q.Patient}}
	if q.Thing != (fhir.Ref{}) {
		want.Refs = append(want.Refs, q.Thing)
	}
	err := r.g.Store.View(ctx, want, func(snap Snapshot) error {
		body, events = nil, nil
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		x := explainer{j: j, q: q}
		access, ok, err := x.explain(ctx)
		if err != nil {
			return err
		}
		if ok {
			if body, err = layOut(access); err != nil {
				return fmt.Errorf("lay out an explanation: %w", err)
			}
		}
		e := j.event("explain-access", 'E')
		e.Ref, e.Person, e.Permit = q.Patient, x.person, ok
		if x.person != "" {
			e.Standing = j.epoch(x.person)
		}
		events = []Event{e}
		return nil
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	if body == nil {
		return Disclosed{}, errAbsent
	}
	return Disclosed{body: body}, nil
}

// explainer answers one question in one snapshot.
type explainer struct {
	j      *judge
	q      AccessQuestion
	person consent.Person
	state  *State
	all    bool // the one who asks knows of everything: the operator and the privacy officer
}

// explain gives the answer; false when there is none for this caller.
func (x *explainer) explain(ctx context.Context) (Access, bool, error) {
	var err error
	if x.person, err = x.j.person(x.q.Patient); err != nil || x.person == "" {
		return Access{}, false, err
	}
	if x.state, err = x.j.snap.State(x.person); err != nil {
		return Access{}, false, fmt.Errorf("read a person's state: %w", err)
	}
	if ok, err := x.may(); err != nil || !ok {
		return Access{}, false, err
	}
	people, err := x.people()
	if err != nil || len(people) == 0 {
		return Access{}, false, err
	}
	things, err := x.things()
	if err != nil || (len(things) == 0 && x.q.Thing != (fhir.Ref{})) {
		return Access{}, false, err
	}
	s := x.state.Standing
	access := Access{
		Class: x.j.viewers[0].Class, Policy: x.j.g.Base.ID, Labels: x.j.g.Base.Labels, Standing: s.Version, Looks: x.j.dir.Name,
	}
	snap := &supposed{Snapshot: x.j.snap, person: x.person, patients: patientsOf(s), standing: s}
	for _, o := range people {
		answer := AccessAnswer{Onlooker: o}
		if answer.Groups, err = x.answer(ctx, o, snap, things); err != nil {
			return Access{}, false, err
		}
		access.Answers = append(access.Answers, answer)
	}
	return access, true, nil
}
