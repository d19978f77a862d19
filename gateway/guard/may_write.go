package guard

import (
	"fmt"
	"slices"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// Refusals that depend on the shape of the request and of the token alone.
var (
	errUnknownOrganisation = fhir.Errorf(fhir.Forbidden, "the token names no organisation that this gateway knows: ask the operator to enter it in the directory")
	errOperatorsOnly       = fhir.Errorf(fhir.Forbidden, "resources of this type are kept by the operator: ask the operator to enter or change it")
	errNotYourPerson       = fhir.Errorf(fhir.BusinessRule, "the person this is about is not one that you sent or may see: start care first (Patient/$start-care), or create the Patient")
	errAboutNobody         = fhir.Errorf(fhir.BusinessRule, "the resource is not about any Patient here: name one by a reference such as Patient/123")
	errUnknownTarget       = fhir.Errorf(fhir.BusinessRule, "a Provenance is about resources here that you may see: name each in target by a reference such as CarePlan/123")
	errNotYours            = fhir.Errorf(fhir.Forbidden, "this was written by somebody else: ask them to correct it, or add your own words in a new resource")
	errOutOfScope          = fhir.Errorf(fhir.Forbidden, "the token's scopes do not cover this resource: ask for a scope whose parameters it meets")
	errOtherPerson         = fhir.Errorf(fhir.BusinessRule, "an update may not change whom the resource is about: create another")
	errRefused             = fhir.Errorf(fhir.Forbidden, "you may not change this resource")
	// errNotUpdatable is for what is not there and for what may not be seen: ids are given by the server (row 13).
	errNotUpdatable = fhir.Errorf(fhir.NotSupported, "there is no such resource to update, or none that this token may see; new resources are created by POST, and get their id here")
)

// mayWrite decides whether the caller may write a thing with these facts (CONSENT rules sections 12 and 15.2).
func (d *draft) mayWrite(r *fhir.Resource, facts *consent.Facts, prior *Version, action consent.Action, letter smart.Letter) error {
	v := d.j.viewers[0]
	if v.Class == consent.Operator {
		return nil
	}
	if facts.Ref.Type == "AuditEvent" || facts.Gives.Entry != nil || consent.OperatorsOnly(facts.Ref.Type) || isReview(facts) {
		return errOperatorsOnly
	}
	if r != nil {
		if err := d.inScope(&Version{Ref: facts.Ref, JSON: r.JSON(), Facts: facts}, letter); err != nil {
			return err
		}
		if err := d.knowsContent(facts, prior); err != nil {
			return err
		}
	}
	organised := v.Class == consent.Staff || v.Class == consent.System
	if organised {
		if _, known := d.j.dir.Org(v.Org); !known {
			return errUnknownOrganisation
		}
	}
	switch {
	case facts.Ref.Type == "Provenance" && prior != nil && prior.Facts.Sender != d.sender():
		return errNotYours
	case facts.Ref.Type == "Provenance" && r == nil:
		return nil
	case facts.Ref.Type == "Provenance":
		return d.knowsTargets(facts)
	case len(facts.About) > 0:
	case (facts.Open || facts.Ref.Type == "Binary") && organised && (prior == nil || prior.Facts.Sender == v.Org):
		return nil // a Binary about nobody is seen by the organisation that sent it, until it is attached to something
	case facts.Open:
		return errRefused
	default:
		return errAboutNobody
	}
	if prior == nil {
		if err := d.knowsPeople(facts); err != nil {
			return err
		}
	}
	if prior != nil {
		own, err := d.isOwn(prior.Facts)
		if err != nil {
			return err
		}
		if !own {
			return errNotYours
		}
	}
	if err := d.mayGiveStanding(r, facts, prior); err != nil {
		return err
	}
	return d.permitted(facts, action, letter)
}

// isOwn reports whether a thing is the caller's to change. A person changes and withdraws what is theirs to say,
// their sharing choices among it, and asks others to correct what those wrote. Staff who are with a person for a
// while only, by care that was started or a referral, change what their own organisation sent, and what is
// addressed to them; the team changes the plan together.
func (d *draft) isOwn(f *consent.Facts) (bool, error) {
	v := d.j.viewers[0]
	me := d.j.c.User
	switch v.Class {
	case consent.Self:
		return f.Private || f.Sender == me || slices.ContainsFunc(f.Authors, func(p consent.Party) bool { return p.Ref == me }), nil
	case consent.Staff, consent.System:
	default:
		return true, nil // a carer's permit to correct says so
	}
	if f.Sender == v.Org || slices.ContainsFunc(f.Owners, d.isCaller) {
		return true, nil
	}
	for _, patient := range f.About {
		p, err := d.j.person(patient)
		if err != nil {
			return false, err
		}
		r, err := d.j.ruling(p)
		if err != nil {
			return false, err
		}
		if r.related() && !r.lasting() {
			return false, nil
		}
	}
	return true, nil
}

// isCaller reports whether a party is the caller or the organisation that the caller acts for.
func (d *draft) isCaller(p consent.Party) bool {
	v := d.j.viewers[0]
	return p.Ref != (fhir.Ref{}) && (p.Ref == v.Org || slices.ContainsFunc(v.Self, func(me consent.Party) bool { return me.Ref == p.Ref }))
}

// lasting reports whether the caller's relation is more than one for a while, for every purpose of the token.
func (r ruling) lasting() bool {
	for _, residual := range r.residuals {
		if !residual.Lasting() {
			return false
		}
	}
	return true
}

// inScope asks the parameters of granular scopes of a thing that is written; that the token has the letter for the
// type at all was asked before (CONSENT rules section 9).
func (d *draft) inScope(v *Version, letter smart.Letter) error {
	if d.j.operator() {
		return nil
	}
	ok, err := d.j.scoped(v, letter)
	if err == nil && !ok {
		return errOutOfScope
	}
	return err
}

// permitted asks the rules of everybody that the thing is about, for the action.
func (d *draft) permitted(facts *consent.Facts, action consent.Action, letter smart.Letter) error {
	if d.j.operator() {
		return nil
	}
	j, err := d.j.as(action, letter)
	if err != nil {
		return err
	}
	s, err := j.decide(facts)
	if err != nil {
		return fmt.Errorf("decide a write: %w", err)
	}
	if s.verdict.Sight == consent.Hidden && !d.newHere(facts) {
		return errRefused
	}
	return nil
}

// newHere reports whether the thing creates its own person: a new Patient has no standing yet that could permit.
func (d *draft) newHere(facts *consent.Facts) bool {
	if facts.Ref.Type != "Patient" || len(facts.About) != 1 {
		return false
	}
	p, err := d.j.person(facts.Ref)
	return err == nil && p == ""
}

// knowsPeople demands that the caller sent, or may see, each Patient that a new thing is about. The answer is the
// same for one that is hidden and one that does not exist (section 10 row 14).
func (d *draft) knowsPeople(facts *consent.Facts) error {
	v := d.j.viewers[0]
	for _, patient := range facts.About {
		if patient == facts.Ref && (v.Class == consent.Staff || v.Class == consent.System) {
			continue // a Patient that is being created
		}
		known, err := d.knows(patient)
		if err != nil {
			return err
		}
		if !known {
			return errNotYourPerson
		}
	}
	return nil
}

// knowsTargets demands that the caller may see all that a Provenance is about.
func (d *draft) knowsTargets(facts *consent.Facts) error {
	targets := targetsOf(facts)
	for _, ref := range targets {
		if v, ok := d.latest[ref]; ok && !v.Deleted { // they write it in this same commit
			continue
		}
		seen, err := d.j.sees(ref, 0)
		if err != nil {
			return err
		}
		if !seen {
			return errUnknownTarget
		}
	}
	if len(targets) == 0 {
		return errUnknownTarget
	}
	return nil
}

func (d *draft) knows(patient fhir.Ref) (bool, error) {
	version, err := d.current(patient)
	if err != nil || version == nil || version.Deleted {
		return false, err
	}
	if s := version.Facts.Sender; s != (fhir.Ref{}) && s == d.j.viewers[0].Org {
		p, err := d.personOf(patient)
		if err != nil || p == "" {
			return p == "", err
		}
		if alone, err := d.alone(p); err != nil || alone {
			return alone, err
		}
	}
	s, err := d.j.decide(version.Facts)
	return s.verdict.Sight != consent.Hidden, err
}
