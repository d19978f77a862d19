package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
)

// exhibition is the two stages, and who sends. The second has no label rules: what is seen there and not on the first is
// hidden because of a label, by whichever of the rules of consent that comes about.
type exhibition struct {
	*bench
	sender     viewParty
	labelled   *stage
	unlabelled *stage
}

// newExhibition sets both stages once: each record then finds them as they were.
func newExhibition(ctx context.Context, b *bench, sender viewParty) (*exhibition, error) {
	labels, err := consent.NewLabeller(noLabels)
	if err != nil {
		return nil, fmt.Errorf("make label rules that find nothing: %w", err)
	}
	x := &exhibition{bench: b, sender: sender}
	if x.labelled, err = b.newStage(ctx, consent.DefaultLabels()); err != nil {
		return nil, err
	}
	x.unlabelled, err = b.newStage(ctx, labels)
	return x, err
}

func (x *exhibition) caller() guard.Caller {
	org, _ := fhir.ParseRef(x.sender.Reference)
	return viewSender(org)
}

// each plays every record, and tells those that are refused on the standard error as "map check" does. They have no scene.
func (x *exhibition) each(ctx context.Context, samples []sample, one func(source string, r gateway.Record, s *scene, why error) error) error {
	var fault error
	x.records(samples, func(source string, r gateway.Record) {
		if fault != nil {
			return
		}
		s, err := x.labelled.play(ctx, x.bench, x.caller(), r)
		if _, refused := errors.AsType[refusal](err); err != nil && !refused {
			fault = err
			return
		}
		if err != nil {
			x.fault(source, err)
		}
		fault = one(source, r, s, err)
	})
	return fault
}

// report asks all of them about all records.
func (x *exhibition) report(ctx context.Context, samples []sample, all []onlooker) (*viewReport, error) {
	report := &viewReport{
		Definition: x.definition.Name, Version: x.definition.Version, Organization: x.sender,
		Person: viewParty{viewPatient.String(), onlookers()[0].SubjectName}, Choice: viewChoiceTold,
	}
	for _, v := range all {
		report.Personas = append(report.Personas, viewPersona{v.Name, v.Who})
	}
	err := x.each(ctx, samples, func(source string, r gateway.Record, s *scene, why error) error {
		one := viewedRecord{Source: source}
		if s == nil {
			one.Refused = faultsOf(why)
			report.Records = append(report.Records, one)
			return nil
		}
		var err error
		if one.Things, err = s.look(ctx, all); err != nil {
			return err
		}
		if err := x.compare(ctx, r, one.Things, all); err != nil {
			return err
		}
		one.Note = s.note()
		report.Records = append(report.Records, one)
		return nil
	})
	report.ByLabel = byLabel(report.Records)
	return report, err
}

// compare plays a record that has labels once more without label rules, to find what is hidden because of them.
func (x *exhibition) compare(ctx context.Context, r gateway.Record, things []viewedThing, all []onlooker) error {
	if !slices.ContainsFunc(things, func(t viewedThing) bool { return len(t.Labels) > 0 }) {
		return nil
	}
	s, err := x.unlabelled.play(ctx, x.bench, x.caller(), r)
	if err != nil {
		return err
	}
	unlabelled, err := s.look(ctx, all)
	if err != nil {
		return err
	}
	for i := range things { // the same record makes the same things in the same order
		things[i].compare(unlabelled[i])
	}
	return nil
}
