package guard

import (
	"fmt"
	"net/url"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// deliver decides and puts all that a record made, then the Provenance and the note.
func (d *draft) deliver(made Delivered, ref fhir.Ref, v Delivery) error {
	n := note{Digest: v.Digest, Local: made.Local}
	d.coming = map[fhir.Ref]bool{}
	for _, r := range made.Resources {
		d.coming[r.Ref()] = true
		n.Made = append(n.Made, r.Ref().String())
	}
	for i, r := range made.Resources {
		d.at = i
		if err := d.mayDeliver(r.Type()); err != nil {
			return err
		}
		if err := d.ingest(r); err != nil {
			return d.failed(d.deny(Write{Do: Update, Ref: r.Ref(), Resource: r}, err), len(made.Resources))
		}
	}
	if len(d.change.Put) == 0 && v.Key == "" {
		return nil // it says what it said before
	}
	if made.Provenance != nil {
		if err := d.link(made.Provenance, ref.ID); err != nil {
			return err
		}
	}
	return d.keep(n, ref)
}

// mayDeliver asks the scopes about the shape of what is written: whether the thing is new is not for them to tell.
func (d *draft) mayDeliver(t fhir.Type) error {
	for _, letter := range []smart.Letter{'c', 'u'} {
		if !d.j.c.Scopes.Allows(t, letter) {
			return fhir.Errorf(fhir.Forbidden, "the record makes a %s, and the scopes of its sender do not have %s.cu", t, t)
		}
	}
	return nil
}

// ingest decides on one thing that a record made. What the sender sent before and may see is updated as by anybody; what
// it may not see any more is decided as if it came for the first time, so that the answer does not tell.
func (d *draft) ingest(r *fhir.Resource) error {
	prior, err := d.current(r.Ref())
	if err != nil {
		return err
	}
	if prior == nil {
		return d.bring(r, nil)
	}
	if prior.Facts.Sender != d.sender() {
		return errNotYours
	}
	if prior.Deleted {
		return d.bring(r, prior)
	}
	_, visible, err := d.j.present(prior)
	if err != nil {
		return err
	}
	if !visible {
		return d.bring(r, prior)
	}
	if unchanged(prior, r) {
		return nil
	}
	return d.update(Write{Do: Update, Ref: r.Ref(), Resource: r})
}

// unchanged reports whether a thing says what it said before. Labels are not compared, so one that brings any is written.
func unchanged(prior *Version, r *fhir.Resource) bool {
	return !r.Root().At("meta", "security").OK() && fhir.Equal(prior.JSON, r.JSON())
}

// bring decides on a thing as on a new one. The labels of a version before it stay: to send a thing again unseals nothing.
func (d *draft) bring(r *fhir.Resource, prior *Version) error {
	if prior != nil && !prior.Deleted {
		var err error
		if r, err = d.keepLabels(prior, r); err != nil {
			return err
		}
	}
	stamped, version := d.stamp(r, r.Ref().ID)
	facts, err := d.facts(stamped, d.sender(), nil)
	if err != nil {
		return err
	}
	if err := d.mayWrite(stamped, facts, nil, consent.Collect, 'c'); err != nil {
		return err
	}
	if prior != nil && !prior.Deleted && unchanged(prior, r) {
		return nil
	}
	interaction, action := "create", byte('C')
	if prior != nil {
		interaction, action = "update", 'U'
	}
	if err := d.put(stamped, version, facts, prior, interaction, action); err != nil {
		return err
	}
	if prior != nil {
		return nil
	}
	return d.reviewPerson(facts)
}

// reviewPerson asks whether somebody with the same number is known already whom the sender cannot see: of every new
// Patient alike, as of a conditional create (CONSENT rules section 10 row 12).
func (d *draft) reviewPerson(facts *consent.Facts) error {
	p := facts.Gives.Patient
	if p == nil || len(p.Official) == 0 {
		return nil
	}
	number := p.Official[0]
	condition := fmt.Sprintf("Patient?identifier=%s", url.QueryEscape(number.System+"|"+number.Code))
	return d.review(review{code: ReviewMatch, status: reviewAsked, about: facts.Ref, condition: condition})
}
