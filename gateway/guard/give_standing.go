package guard

import (
	"slices"

	"concord/consent"
	"concord/fhir"
)

// mayGiveStanding decides what a thing that gives standing may give (CONSENT rules section 8 and 15.2): CareTeam,
// Consent, Task, RelatedPerson and their like open doors only when their author had one already. A thing whose
// author had none is stored, and gives nothing.
func (d *draft) mayGiveStanding(r *fhir.Resource, facts *consent.Facts, prior *Version) error {
	g := &facts.Gives
	if facts.Private || (prior != nil && prior.Facts.Private) || g.Rule != nil {
		if err := d.mayChoose(r, facts, prior); err != nil {
			return err
		}
	}
	if len(g.Ties) == 0 && g.Rule == nil {
		return nil
	}
	v := d.j.viewers[0]
	if v.Class == consent.Proxy {
		if facts.Ref.Type == "RelatedPerson" {
			return errRefused // nobody makes themselves a carer
		}
		g.Ties, g.Rule = stillSaid(g.Ties, prior), nil
		return nil
	}
	given := map[consent.Person]bool{}
	for _, patient := range facts.About {
		p, err := d.personOf(patient)
		if err != nil {
			return err
		}
		if p == "" || given[p] { // a person who comes into being by this write
			continue
		}
		given[p] = true
		alone, err := d.alone(p)
		if err != nil {
			return err
		}
		if alone {
			continue
		}
		r, err := d.j.ruling(p)
		if err != nil {
			return err
		}
		switch {
		case !r.related():
			// What was given before stays as far as it is still said; nothing new is given.
			g.Ties, g.Rule = stillSaid(g.Ties, prior), nil
		default:
			for i, t := range g.Ties {
				g.Ties[i] = r.limited(t)
			}
		}
	}
	by := fhir.Ref{}
	if v.Class == consent.Staff || v.Class == consent.System {
		by = v.Org
	}
	for i := range g.Ties {
		if g.Ties[i].By == (fhir.Ref{}) {
			g.Ties[i].By = by
		}
	}
	return nil
}

// limited is a tie as its author may give it. An author who is related for a while only, by care that was started or
// a referral, gives none that lasts longer, that counts as the team, or that says who has parental responsibility.
func (r ruling) limited(t consent.Tie) consent.Tie {
	for _, residual := range r.residuals {
		if residual.Lasting() {
			continue
		}
		t.Short, t.Parental = true, false
		if ends := residual.TieEnds(); !ends.IsZero() && (t.Period.To.IsZero() || ends.Before(t.Period.To)) {
			t.Period.To = ends
		}
	}
	return t
}

// alone reports whether all that is held of a person came from the caller's organisation: it knows nobody else's,
// and who else may see it is its own affair.
func (d *draft) alone(p consent.Person) (bool, error) {
	b, err := d.becoming(p)
	if err != nil {
		return false, err
	}
	org := d.j.viewers[0].Org
	if org == (fhir.Ref{}) || len(b.Patients()) == 0 {
		return false, nil
	}
	for _, patient := range b.Patients() {
		if patient.Sender != org {
			return false, nil
		}
	}
	for _, sender := range b.Senders() {
		if sender != org {
			return false, nil
		}
	}
	return true, nil
}

// stillSaid are the ties of a version that the one before gave too.
func stillSaid(ties []consent.Tie, prior *Version) []consent.Tie {
	if prior == nil {
		return nil
	}
	var still []consent.Tie
	for _, before := range prior.Facts.Gives.Ties {
		if slices.ContainsFunc(ties, func(t consent.Tie) bool { return t.Kind == before.Kind && t.Who == before.Who }) {
			still = append(still, before)
		}
	}
	return still
}

// mayChoose decides who may write a sharing choice (sections 8 and 14.15). The person may, by the write profile.
// Staff may record a narrowing, which acts at once; a widening needs evidence, notice and an undo period, which
// this version does not offer, so that it is proposed and the person confirms it. A proxy may not write choices.
func (d *draft) mayChoose(r *fhir.Resource, facts *consent.Facts, prior *Version) error {
	if r != nil {
		if issues := consent.CheckConsent(r); len(issues) > 0 {
			return &fhir.Error{Kind: fhir.BusinessRule, Issues: issues}
		}
	}
	v := d.j.viewers[0]
	switch v.Class {
	case consent.Self:
		if facts.Gives.Rule != nil && !slices.ContainsFunc(facts.Gives.Rule.Performers, func(p consent.Party) bool { return p.Ref == d.j.c.User }) {
			return fhir.Errorf(fhir.BusinessRule, "performer must name you: a sharing choice is written by the person whose it is")
		}
		keepPlace(facts.Gives.Rule, prior)
		return nil
	case consent.Proxy:
		return fhir.Errorf(fhir.Forbidden, "a sharing choice is written by the person themself; a carer cannot write one")
	default:
		rule := facts.Gives.Rule
		if prior != nil || rule == nil || !rule.MayBeRecorded() {
			return fhir.Errorf(fhir.BusinessRule, "staff may record a choice that narrows what is shared; one that widens it is proposed (status proposed), and the person confirms it")
		}
		rule.Identifiers = nil // it takes the place of nobody's choice
		rule.Recorded = rule.Active
		return nil
	}
}

// keepPlace: what staff wrote down takes nobody's place, also when the person decides on it, who does not choose its
// identifiers and may not know that a choice of their own has the same.
func keepPlace(rule *consent.Rule, prior *Version) {
	if rule != nil && prior != nil && prior.Facts.Sender.Type == "Organization" &&
		prior.Facts.Gives.Rule != nil && len(prior.Facts.Gives.Rule.Identifiers) == 0 {
		rule.Identifiers = nil
	}
}
