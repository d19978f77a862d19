package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/mappings"
)

// errIntroduced says that a record makes every Patient that it is about.
var errIntroduced = errors.New("nobody is to be introduced")

// introduce has the sender send each Patient that a record is about and does not make, with nothing but the id: in life an
// earlier record made it, such as a row of another table.
func introduce(ctx context.Context, sender guard.Reading, b *bench, r gateway.Record) error {
	_, err := sender.Ingest(ctx, guard.Delivery{Make: func(_ time.Time, id func(typ, system, key string) fhir.ID) (guard.Delivered, error) {
		result, err := b.definition.ToFHIR(r.Tree, mappings.Context{ID: id})
		if err != nil {
			return guard.Delivered{}, err
		}
		made, err := result.Resources()
		if err != nil {
			return guard.Delivered{}, err
		}
		patients, err := unmade(made)
		if err == nil && len(patients) == 0 {
			err = errIntroduced
		}
		return guard.Delivered{Resources: patients}, err
	}})
	if errors.Is(err, errIntroduced) {
		return nil
	}
	return err
}

// unmade are the Patients that resources are about and that are not among them.
func unmade(made []*fhir.Resource) ([]*fhir.Resource, error) {
	var patients []*fhir.Resource
	for _, r := range made {
		for _, about := range consent.FactsOf(r, fhir.Ref{}).About {
			same := func(o *fhir.Resource) bool { return o.Ref() == about }
			if slices.ContainsFunc(made, same) || slices.ContainsFunc(patients, same) {
				continue
			}
			patient, err := fhir.DecodeJSON(fmt.Appendf(nil, `{"resourceType":"Patient","id":%q}`, about.ID))
			if err != nil {
				return nil, fmt.Errorf("write a Patient: %w", err)
			}
			patients = append(patients, patient)
		}
	}
	return patients, nil
}
