package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"concord/consent"
	"concord/fhir"
)

// A system that sends a sharing choice again knows what somebody told it once; what the person has decided since, it may not
// even see (CONSENT rules section 10 row 26, and 14.15: staff never remove the person's own deny). So a choice that came before
// is changed by its sender in these ways only, and otherwise stays as it is, which the answer does not tell:
//
//   - one that is proposed still, until the person confirms or rejects it;
//   - a permit that is in force ends, or turns into a deny.

// choiceStays reports whether a sharing choice stays as it is, whatever its sender says of it now.
func (d *draft) choiceStays(a arrival) bool {
	if a.prior == nil || !a.prior.Facts.Private {
		return false
	}
	if a.prior.Deleted { // by the person, or by the operator: its sender cannot
		return true
	}
	was, now := a.prior.Facts.Gives.Rule, consent.FactsOf(a.made, d.sender()).Gives.Rule
	switch {
	case was == nil:
		return false // it gave nothing
	case now == nil:
		return true // it would be no choice any more
	case was.Pending:
		return wasRejected(a.prior)
	case was.Active && was.OnlyPermits():
		return now.Pending
	default:
		return true
	}
}

func wasRejected(v *Version) bool {
	root, err := fhir.Walk(v.JSON)
	return err != nil || root.Get("status").Text() == "rejected"
}

// reviewChoice asks the operator to look at a choice that stays though its sender says otherwise: once for all that says the same. What
// is proposed again is not worth a look.
func (d *draft) reviewChoice(a arrival) error {
	now := consent.FactsOf(a.made, d.sender()).Gives.Rule
	if now != nil && now.Pending || !a.prior.Deleted && unchanged(a.prior, a.made) {
		return nil
	}
	said := sha256.Sum256(a.made.JSON())
	id := d.j.g.derivedID("choice", a.made.Ref().String(), hex.EncodeToString(said[:]))
	asked, err := d.current(fhir.Ref{Type: "Task", ID: id})
	if err != nil {
		return fmt.Errorf("look whether a choice is being reviewed: %w", err)
	}
	if asked != nil {
		return nil
	}
	return d.review(review{
		id: id, code: ReviewConsent, status: reviewReady, about: a.made.Ref(),
		reason: "its sender says otherwise of it now; it stays as it is until the person decides",
	})
}
