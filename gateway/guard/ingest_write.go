package guard

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// deliver decides and puts all that a record made, then the Provenance of what it is the reason for, and the note. It gives
// the reference of that Provenance, if there is one.
func (d *draft) deliver(all []arrival, made Delivered, ref fhir.Ref, v Delivery) (fhir.Ref, error) {
	n := note{Digest: v.Digest, Local: made.Local}
	d.coming = map[fhir.Ref]bool{}
	var targets []fhir.Ref
	for _, a := range all {
		d.coming[a.made.Ref()] = true
		n.Made = append(n.Made, a.made.Ref().String())
		if a.why == "" {
			targets = append(targets, a.made.Ref())
		}
	}
	for i, a := range all {
		d.at = i
		if err := d.mayDeliver(a.made.Type()); err != nil {
			return fhir.Ref{}, err
		}
		if err := d.ingest(a); err != nil {
			return fhir.Ref{}, d.failed(d.deny(Write{Do: Update, Ref: a.made.Ref(), Resource: a.after}, err), len(all))
		}
	}
	if len(d.change.Put) == 0 && v.Key == "" {
		return fhir.Ref{}, nil // it says what it said before
	}
	if len(targets) == 0 {
		return fhir.Ref{}, d.keep(n, ref)
	}
	provenance, err := made.Provenance(targets)
	if err != nil {
		return fhir.Ref{}, err
	}
	if err := d.link(provenance, ref.ID); err != nil {
		return fhir.Ref{}, err
	}
	return fhir.Ref{Type: "Provenance", ID: ref.ID}, d.keep(n, ref)
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
func (d *draft) ingest(a arrival) error {
	switch {
	case a.prior != nil && a.prior.Facts.Sender != d.sender():
		return errNotYours
	case a.seen == nil:
		return d.bring(a)
	case a.after == a.seen:
		return nil
	default:
		return d.update(Write{Do: Update, Ref: a.made.Ref(), Resource: a.after})
	}
}

// unchanged reports whether a thing says what it said before. Labels are not compared, so one that brings any is written.
func unchanged(prior *Version, r *fhir.Resource) bool {
	return !r.Root().At("meta", "security").OK() && fhir.Equal(prior.JSON, r.JSON())
}

// bring decides on a thing as on a new one: on what was sent, whatever is there by now.
func (d *draft) bring(a arrival) error {
	stamped, version := d.stamp(a.sent, a.sent.Ref().ID)
	facts, err := d.facts(stamped, d.sender(), nil)
	if err != nil {
		return err
	}
	if a.prior != nil && !slices.Equal(facts.About, a.prior.Facts.About) { // deleted or hidden: of what is seen the answer is the same
		return errOtherPerson
	}
	if err := d.mayWrite(stamped, facts, nil, consent.Collect, 'c'); err != nil {
		return err
	}
	switch {
	case a.prior == nil:
		if err := d.put(stamped, version, facts, nil, "create", 'C'); err != nil {
			return err
		}
		return d.reviewPerson(facts)
	case d.choiceStays(a):
		return d.reviewChoice(a)
	case a.prior.Deleted:
		return d.put(stamped, version, facts, a.prior, "update", 'U')
	default:
		return d.bringInto(a)
	}
}

// bringInto puts what was sent into what its sender does not see. The labels of the version before stay: to send a thing
// again unseals nothing. So do the ties that it gave, as far as they are said.
func (d *draft) bringInto(a arrival) error {
	if a.same || unchanged(a.prior, a.made) {
		return nil
	}
	r, err := labelling{sent: true, unseen: true}.of(a.prior, a.made)
	if err != nil {
		return err
	}
	stamped, version := d.stamp(r, r.Ref().ID)
	facts, err := d.facts(stamped, d.sender(), a.prior)
	if err != nil {
		return err
	}
	gave := a.prior
	if facts.Private { // as a choice that is written down for the first time
		gave = nil
	}
	err = d.mayGiveStanding(stamped, facts, gave)
	if _, refused := errors.AsType[*fhir.Error](err); refused && facts.Private { // what the person made of it is none that staff may write down
		return d.reviewChoice(a)
	}
	if err != nil {
		return err
	}
	return d.put(stamped, version, facts, a.prior, "update", 'U')
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
