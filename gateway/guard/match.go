package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// errSeveralMatch is the answer when a condition does not say which resource is meant. What is hidden never counts.
var errSeveralMatch = fhir.Errorf(fhir.Multiple, "the condition fits more than one resource that you may see: make it say which one")

// errMatchMoved is the answer when a write named what its condition would find, since others in its commit refer to it, and
// the condition finds something else by now.
var errMatchMoved = fhir.Errorf(fhir.Conflict, "what a condition fits has changed meanwhile: repeat your request")

// Reserve gives the id that a resource created by this Commit will have, so that others in it can refer to it.
func (r Reading) Reserve(t fhir.Type) fhir.Ref { return fhir.Ref{Type: t, ID: fhir.ID(r.g.NewID())} }

// match finds what a conditional write means, among what the caller may see: a hidden match counts as none
// (CONSENT rules section 10 row 12). done says that nothing is left to do.
func (d *draft) match(w Write) (Write, bool, error) {
	found, err := d.matching(w)
	if err != nil {
		return w, false, err
	}
	switch {
	case len(found) > 1:
		return w, false, errSeveralMatch
	case len(found) == 1 && w.Do == Create:
		d.done = append(d.done, Written{Ref: found[0].Ref, Version: found[0].ID, Updated: found[0].Updated, Unchanged: true})
		e := d.j.event("create", 'C')
		e.Ref, e.Permit = found[0].Ref, true
		events, err := d.j.perPerson(e, found[0].Facts, sight{})
		d.change.Events = append(d.change.Events, events...)
		return w, true, err
	case len(found) == 1:
		if w.Resource != nil && w.Resource.Ref().ID != "" && w.Resource.Ref().ID != found[0].Ref.ID {
			return w, false, fhir.Errorf(fhir.BusinessRule, "the resource has another id than the one that the condition fits")
		}
		w.Ref = found[0].Ref
		return w, false, nil
	case w.Do == Create:
		return w, false, d.restOnPeople(w.Resource)
	case w.Do == Update:
		if w.Resource.Ref().ID != "" {
			return w, false, fhir.Errorf(fhir.NotSupported, "ids are given by this server: leave the id out, and the resource is created when nothing fits the condition")
		}
		w.Do = Create
		return w, false, d.restOnPeople(w.Resource)
	case w.Do == Delete:
		d.done = append(d.done, Written{Ref: fhir.Ref{Type: w.Ref.Type}, Unchanged: true})
		return w, true, d.refuse(fhir.Ref{Type: w.Ref.Type}, "delete", 'D', nil, nil)
	default:
		return w, true, d.refuse(fhir.Ref{Type: w.Ref.Type}, w.Do.String(), w.Do.action(), nil, errAbsent)
	}
}

// matching gives at most two versions that fit a condition and that the caller sees, as the caller sees them.
func (d *draft) matching(w Write) ([]*Version, error) {
	j, err := d.j.as(consent.Access, 's')
	if err != nil {
		return nil, err
	}
	plan := *w.Match
	plan.Count = 2
	f, err := j.find(plan)
	if err != nil {
		return nil, fmt.Errorf("find what a condition means: %w", err)
	}
	var found []*Version
	for _, row := range f.rows {
		found = append(found, row.version)
	}
	return found, nil
}

// restOnPeople makes a conditional create rest on the whole record of those it is about, so that two of them at
// once do not both find nothing.
func (d *draft) restOnPeople(r *fhir.Resource) error {
	for _, patient := range consent.FactsOf(r, fhir.Ref{}).About {
		p, err := d.j.person(patient)
		if err != nil {
			return err
		}
		if p == "" {
			continue
		}
		state, err := d.j.snap.State(p)
		if err != nil {
			return fmt.Errorf("read a person's state: %w", err)
		}
		d.change.If = append(d.change.If, Expect{Person: p, Standing: state.Standing.Version, Record: state.Record})
	}
	return nil
}

// claim makes the condition by which a Patient is created a key of theirs, so that of two creates by the same sender at
// once one is refused, decided again, and then finds what the other made. A new Patient has no record yet on which
// they could rest. The key is a hash that tells nothing, and is the sender's own: what others hide never stands in the way.
func (d *draft) claim(plan *search.Plan, patient fhir.Ref) error {
	h := hmac.New(sha256.New, d.j.g.Secret)
	for _, part := range []string{"match", d.sender().String(), string(plan.Type), plan.Self} {
		_, _ = io.WriteString(h, part+"\n") // a hash takes everything
	}
	key := "match " + hex.EncodeToString(h.Sum(nil))
	holder, err := d.j.snap.Find(key)
	if err != nil {
		return fmt.Errorf("look for a condition: %w", err)
	}
	p, known := d.change.Patients[patient]
	if !known { // not somebody new: the commit rests on their record
		return nil
	}
	d.change.If = append(d.change.If, Expect{Key: key, Holder: holder})
	if d.change.Keys == nil {
		d.change.Keys = map[string]consent.Person{}
	}
	d.change.Keys[key] = p
	return nil
}

// Moved reports whether a Commit failed because a condition fits something else than when its writes were prepared.
func Moved(err error) bool { return errors.Is(err, errMatchMoved) }
