package guard

import (
	"concord/consent"
	"concord/fhir"
)

// mayGiveStanding decides what a thing that gives standing may give (CONSENT rules section 8 and 15.2): CareTeam,
// Consent, Task, RelatedPerson and their like open doors only when their author had one already. A thing whose
// author had none is stored, and gives nothing.
func (d *draft) mayGiveStanding(r *fhir.Resource, facts *consent.Facts, prior *Version) error {
	g := &facts.Gives
	if facts.Private {
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
			return refused // nobody makes themselves a carer
		}
		g.Ties, g.Rule = nil, nil
		return nil
	}
	for _, patient := range facts.About {
		had, err := d.hadStanding(patient)
		if err != nil {
			return err
		}
		if !had {
			g.Ties, g.Rule = nil, nil
			return nil
		}
	}
	return nil
}

// hadStanding reports whether the caller had standing with a person before this write: it is the person, is
// related, or is the only one who ever sent anything about them.
func (d *draft) hadStanding(patient fhir.Ref) (bool, error) {
	p, err := d.j.person(patient)
	if err != nil {
		return false, err
	}
	if p == "" {
		return true, nil // a person who comes into being by this write
	}
	r, err := d.j.ruling(p)
	if err != nil {
		return false, err
	}
	related := true
	for _, residual := range r.residuals {
		related = related && residual.Related()
	}
	if related {
		return true, nil
	}
	s, err := d.standing(p)
	if err != nil {
		return false, err
	}
	org := d.j.viewers[0].Org
	for _, sender := range s.Senders {
		if sender != org {
			return false, nil
		}
	}
	return org != (fhir.Ref{}) && len(s.Senders) > 0, nil
}

// mayChoose decides who may write a sharing choice (sections 8 and 14.15). The person may, by the write profile.
// Staff may record a narrowing, which acts at once; a widening needs evidence, notice and an undo period, which
// this version does not offer, so it is refused. A proxy may not write choices.
func (d *draft) mayChoose(r *fhir.Resource, facts *consent.Facts, prior *Version) error {
	if r != nil {
		if issues := consent.CheckConsent(r); len(issues) > 0 {
			return &fhir.Error{Kind: fhir.BusinessRule, Issues: issues}
		}
	}
	v := d.j.viewers[0]
	switch v.Class {
	case consent.Self:
		return nil
	case consent.Proxy:
		return fhir.Errorf(fhir.Forbidden, "a sharing choice is written by the person themself; a carer cannot write one")
	default:
		if prior != nil || facts.Gives.Rule == nil || !facts.Gives.Rule.OnlyDenies() {
			return fhir.Errorf(fhir.BusinessRule, "staff may record a choice that narrows what is shared; one that widens it is written by the person")
		}
		return nil
	}
}
