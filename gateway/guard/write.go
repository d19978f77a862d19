package guard

import (
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
)

// create decides the interaction create (FHIR R4, http.html#create).
func (d *draft) create(w Write) error {
	if err := refersTooMuch(w.Resource); err != nil {
		return err
	}
	id := w.Ref.ID
	if id == "" {
		id = fhir.ID(d.j.g.NewID())
	}
	r, version := d.stamp(w.Resource, id)
	facts, err := d.facts(r, d.sender(), nil)
	if err != nil {
		return err
	}
	if err := d.mayWrite(r, facts, nil, consent.Collect, 'c'); err != nil {
		return err
	}
	if err := d.put(r, version, facts, nil, "create", 'C'); err != nil || w.Match == nil {
		return err
	}
	if err := d.reviewMatch(facts.Ref, w.Match); err != nil || facts.Ref.Type != "Patient" {
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
	if err := refersTooMuch(resource); err != nil {
		return err
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
		if resource, err = keepTags(prior, resource, w.Untag); err != nil {
			return err
		}
		if resource, err = d.keepLabels(prior, resource); err != nil {
			return err
		}
	}
	r, version := d.stamp(resource, w.Ref.ID)
	facts, err := d.facts(r, prior.Facts.Sender, prior)
	if err != nil {
		return err
	}
	if !slices.Equal(facts.About, prior.Facts.About) && !d.j.operator() {
		return errOtherPerson
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
	facts := d.j.g.facts(r, sender)
	if err := d.put(r, version, facts, prior, "import", 'C'); err != nil {
		return err
	}
	return d.reviewConsent(facts)
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
	if err := d.j.feign(ref); err != nil {
		return err
	}
	if answer != nil {
		d.change.Events = nil
	}
	d.change.Events = append(d.change.Events, events...)
	d.answer = answer
	return nil
}
