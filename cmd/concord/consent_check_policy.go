package main

import (
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
)

// decider holds what a case is decided with.
type decider struct {
	c        *consentCase
	world    *caseWorld
	rules    []*consent.Facts
	context  []*consent.Facts // the resources of the case
	policies map[fhir.Ref]*consent.Policy
	whole    bool // each of the classes asked for has to be seen, since the case lists no resources
}

// read reads the consents and the resources.
func (d *decider) read() error {
	for i, raw := range d.c.rules() {
		r, err := d.world.labelled(raw, fmt.Sprintf("consent-%d", i+1))
		if err != nil {
			return fmt.Errorf("consents[%d]: %w", i, err)
		}
		if r.Type() != "Consent" {
			return fmt.Errorf("consents[%d] is no Consent", i)
		}
		d.rules = append(d.rules, consent.FactsOf(r, fhir.Ref{}))
	}
	for i, raw := range d.c.Resources {
		r, err := d.world.labelled(raw, fmt.Sprintf("resource-%d", i+1))
		if err != nil {
			return fmt.Errorf("resources[%d]: %w", i, err)
		}
		d.context = append(d.context, d.facts(r))
	}
	return nil
}

// facts are those of a resource after labelling ran.
func (d *decider) facts(r *fhir.Resource) *consent.Facts {
	f := consent.FactsOf(r, fhir.Ref{})
	consent.DefaultLabels().Label(r, f)
	f.Custodian = append(f.Custodian, caseParties(d.c.Request.Custodian)...)
	return f
}

// policy is what holds for one person: their own consents, and those that name nobody by reference.
func (d *decider) policy(patient fhir.Ref) (*consent.Policy, error) {
	if p := d.policies[patient]; p != nil {
		return p, nil
	}
	s := &consent.Standing{Person: "of the case", Patients: []consent.Patient{{Ref: patient}}}
	for _, f := range d.rules {
		if len(f.About) == 0 || slices.Contains(f.About, patient) {
			s = s.With(f)
		}
	}
	for _, f := range d.context {
		if f.Gives.Rule == nil && slices.Contains(f.About, patient) {
			s = s.With(f)
		}
	}
	p, err := consent.Compile(d.c.base(), s.WithEdges(d.context))
	d.policies[patient] = p
	return p, err
}
