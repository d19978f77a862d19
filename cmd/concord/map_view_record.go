package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/mappings"
)

// errNobody refuses a record about which nobody's choices say anything.
var errNobody = fhir.Errorf(fhir.BusinessRule, "nothing that the record makes is about a person, so that nobody's choices say who sees it: "+
	"let the resources of the definition refer to a Patient (subject, patient or for), one that the record makes or one that another record made")

// refusal is why a record is not taken in: a fault of the record or of the definition, not of ours.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// play sets the stage and takes a record in, as a door of the sender would. The error of a record that is refused is a refusal.
func (s *stage) play(ctx context.Context, b *bench, sender guard.Caller, r gateway.Record) (*scene, error) {
	made, err := b.made(r)
	switch {
	case err != nil:
		return nil, refusal{err}
	case !b.definition.Takes(r.Tree):
		return nil, refusal{fhir.Errorf(fhir.NotSupported, "the definition %s is not for this record: its \"for\" does not hold", b.definition.Name)}
	}
	g, err := s.set(ctx)
	if err != nil {
		return nil, err
	}
	if err := introduce(ctx, g.As(sender), b, r); err != nil {
		return nil, refusedBy(err)
	}
	done, err := gateway.Ingest(ctx, g.As(sender), gateway.Message{Definition: b.definition, Record: r.Tree, Name: "record", Raw: r.Raw})
	if err != nil {
		return nil, refusedBy(err)
	}
	sc := &scene{guard: g} // stored things, not mapped ones: they have what the door added
	names := namesOf(made, done.Refs)
	for i, ref := range done.Refs {
		stored, err := resourceFor(ctx, g.As(viewOperator()), ref)
		if err != nil {
			return nil, fmt.Errorf("read what a record made: %w", err)
		}
		sc.made = append(sc.made, madeThing{names[i], stored, consent.FactsOf(stored, fhir.Ref{}).About})
	}
	if sc.patients = sc.about(); len(sc.patients) == 0 {
		return nil, refusal{errNobody}
	}
	return sc, sc.standIn(ctx)
}

// refusedBy tells a refusal of the gateway from a fault.
func refusedBy(err error) error {
	if told, ok := errors.AsType[*fhir.Error](err); ok && told.Kind != fhir.Exception {
		return refusal{err}
	}
	return err
}

// namesOf are what the definition calls the things that were stored, with numbers where it makes several of one name. Who the
// person is was stored first.
func namesOf(made []mappings.Made, stored []fhir.Ref) []string {
	slices.SortStableFunc(made, func(a, b mappings.Made) int { return cmp.Compare(notPatient(a.Ref.Type), notPatient(b.Ref.Type)) })
	all, nth := make([]string, len(stored)), map[string]int{}
	for i := range made {
		nth[made[i].Name]++
		all[i] = made[i].Name
		if n := nth[made[i].Name]; n > 1 {
			all[i] = fmt.Sprintf("%s %d", made[i].Name, n)
		}
	}
	return all
}

func notPatient(t fhir.Type) int {
	if t == "Patient" {
		return 0
	}
	return 1
}
