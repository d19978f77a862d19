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
	errRefused             = fhir.Errorf(fhir.Forbidden, "you may not change this resource")
	// errNotUpdatable is for what is not there and for what may not be seen: ids are given by the server (row 13).
	errNotUpdatable = fhir.Errorf(fhir.NotSupported, "there is no such resource to update, or none that this token may see; new resources are created by POST, and get their id here")
)

// create decides the interaction create (FHIR R4, http.html#create).
func (d *draft) create(w Write) error {
	id := w.Ref.ID
	if id == "" {
		id = fhir.ID(d.j.g.NewID())
	}
	r, version := d.stamp(w.Resource, id)
	facts := consent.FactsOf(r, d.sender())
	if err := d.mayWrite(r, facts, nil, consent.Collect, 'c'); err != nil {
		return err
	}
	if err := d.put(r, version, facts, nil, "create", 'C'); err != nil || w.Match == nil || facts.Ref.Type != "Patient" {
		return err
	}
	return d.claim(w.Match, facts.Ref)
}

// update decides the interaction update on the caller's projection (FHIR R4, http.html#update; CONSENT rules 15.5).
func (d *draft) update(w Write) error {
	prior, err := d.current(w.Ref)
	if err != nil {
		return err
	}
	if prior == nil || prior.Deleted {
		return d.refuse(w.Ref, w.Do.String(), 'U', prior, unwritable(w.Do))
	}
	seen, ok, err := d.j.present(prior)
	if err != nil {
		return err
	}
	if !ok {
		return d.refuse(w.Ref, w.Do.String(), 'U', prior, unwritable(w.Do))
	}
	if w.IfMatch != "" && w.IfMatch != seen.version.ID {
		return conflict()
	}
	resource := w.Resource
	if w.Do == Patch {
		if resource, err = patched(w, seen); err != nil {
			return err
		}
	}
	// What is put back is of the version that is there now; seen may be an older one that looks the same.
	now, err := d.j.look(prior)
	if err != nil {
		return err
	}
	if now.out != nil {
		if resource, err = putBack(prior, now.out, resource); err != nil {
			return err
		}
		if prior.Facts.Sender != d.sender() {
			if resource, err = keepLabels(prior, resource); err != nil {
				return err
			}
		}
	}
	r, version := d.stamp(resource, w.Ref.ID)
	facts := consent.FactsOf(r, prior.Facts.Sender)
	if !slices.Equal(facts.About, prior.Facts.About) && !d.j.operator() {
		return fhir.Errorf(fhir.BusinessRule, "an update may not change whom the resource is about: create another")
	}
	if err := d.mayWrite(r, facts, prior, consent.Correct, 'u'); err != nil {
		return err
	}
	if err := d.permitted(prior.Facts, consent.Correct, 'u'); err != nil && !prior.Facts.Open {
		return err
	}
	if err := d.inScope(prior, 'u'); err != nil {
		return err
	}
	return d.put(r, version, facts, prior, w.Do.String(), 'U')
}

// unwritable is the answer to an Update or Patch of what is not there or may not be seen (section 10 row 13).
func unwritable(do Do) error {
	if do == Patch {
		return errAbsent
	}
	return errNotUpdatable
}

// patched is what a Patch makes of the resource as the caller sees it. It stays the same resource.
func patched(w Write, seen shown) (*fhir.Resource, error) {
	before, err := fhir.Stored(seen.body)
	if err != nil {
		return nil, fmt.Errorf("read what is patched: %w", err)
	}
	after, err := w.Patch(before)
	if err != nil {
		return nil, err
	}
	if after.Ref() != w.Ref {
		return nil, fhir.Errorf(fhir.BusinessRule, "a patch may not change the type or the id of a resource")
	}
	return after, nil
}

// delete decides the interaction delete (FHIR R4, http.html#delete). What is not there, is deleted already, or may not be
// seen answers alike: nothing to do.
func (d *draft) delete(w Write) error {
	prior, err := d.current(w.Ref)
	if err != nil {
		return err
	}
	nothing := Written{Ref: w.Ref, Unchanged: true}
	if prior == nil || prior.Deleted {
		d.done = append(d.done, nothing)
		return d.refuse(w.Ref, "delete", 'D', prior, nil)
	}
	seen, ok, err := d.j.present(prior)
	if err != nil {
		return err
	}
	if !ok {
		d.done = append(d.done, nothing)
		return d.refuse(w.Ref, "delete", 'D', prior, nil)
	}
	if w.IfMatch != "" && w.IfMatch != seen.version.ID {
		return conflict()
	}
	facts := *prior.Facts
	facts.Deleted, facts.Cuts, facts.Parts, facts.Gives = true, nil, nil, consent.Gives{Entry: prior.Facts.Gives.Entry}
	if err := d.mayWrite(nil, &facts, prior, consent.Correct, 'd'); err != nil {
		return err
	}
	if err := d.inScope(prior, 'd'); err != nil {
		return err
	}
	return d.put(nil, d.j.g.NewID(), &facts, prior, "delete", 'D')
}

// importOne decides the operator's import of one resource: ids are kept, and what is stored already is left
// alone (CONSENT rules 15.7).
func (d *draft) importOne(w Write) error {
	if !d.j.operator() {
		return fhir.Errorf(fhir.Forbidden, "only the operator imports")
	}
	ref := w.Resource.Ref()
	if ref.ID == "" {
		return fhir.Errorf(fhir.Required, "a resource that is imported needs an id")
	}
	prior, err := d.current(ref)
	if err != nil {
		return err
	}
	if prior != nil && !prior.Deleted && fhir.Equal(prior.JSON, w.Resource.JSON()) {
		d.done = append(d.done, Written{Ref: ref, Version: prior.ID, Updated: prior.Updated, Unchanged: true})
		return nil
	}
	sender := fhir.Ref{}
	if prior != nil {
		sender = prior.Facts.Sender
	}
	r, version := d.stamp(w.Resource, ref.ID)
	return d.put(r, version, consent.FactsOf(r, sender), prior, "import", 'C')
}

// sender is who a new resource comes from: the organisation acted for, or the person or carer who wrote it.
func (d *draft) sender() fhir.Ref {
	v := d.j.viewers[0]
	if v.Class == consent.Staff || v.Class == consent.System {
		return v.Org
	}
	return d.j.c.User
}

// conflict is a fresh error of its kind: the door tells by IfMatch which status it is.
func conflict() error { return ErrVersion }

// ErrVersion says that the version the caller rested on is not the current one.
var ErrVersion = fhir.Errorf(fhir.Conflict, "the resource has changed since the version in If-Match: read it again, and repeat your change")

// refuse records an attempt on something that is not there or may not be seen. Both wait for the trail alike.
func (d *draft) refuse(ref fhir.Ref, interaction string, action byte, prior *Version, answer error) error {
	e := d.j.event(interaction, action)
	e.Ref = ref
	events := []Event{e}
	if prior != nil {
		s, err := d.j.look(prior)
		if err != nil {
			return err
		}
		e.Withheld = 1
		if events, err = d.j.perPerson(e, prior.Facts, s); err != nil {
			return err
		}
	}
	if answer != nil {
		d.change.Events = nil
	}
	d.change.Events = append(d.change.Events, events...)
	d.answer = answer
	return nil
}

// mayWrite decides whether the caller may write a thing with these facts (CONSENT rules sections 12 and 15.2).
func (d *draft) mayWrite(r *fhir.Resource, facts *consent.Facts, prior *Version, action consent.Action, letter smart.Letter) error {
	v := d.j.viewers[0]
	if v.Class == consent.Operator {
		return nil
	}
	if facts.Ref.Type == "AuditEvent" || facts.Gives.Entry != nil || consent.OperatorsOnly(facts.Ref.Type) {
		return errOperatorsOnly
	}
	if r != nil {
		if err := d.inScope(&Version{Ref: facts.Ref, JSON: r.JSON(), Facts: facts}, letter); err != nil {
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
		return nil // a Binary about nobody is seen by the organisation that sent it, and by nobody else
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
