package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// scene is the stage after one record was taken in, as she who stands in for its person.
type scene struct {
	guard    *guard.Guard
	made     []madeThing
	patients []fhir.Ref // whom the record is about
}

// madeThing is one resource that the record made: what the definition calls it, and how it is stored.
type madeThing struct {
	name   string
	stored *fhir.Resource
	about  []fhir.Ref // Patients
}

// about are the Patients whom the record is about, in the order in which it names them.
func (s *scene) about() []fhir.Ref {
	var all []fhir.Ref
	for _, m := range s.made {
		for _, patient := range m.about {
			if !slices.Contains(all, patient) {
				all = append(all, patient)
			}
		}
	}
	return all
}

// standIn says, as the operator of a region does who finds two Patients to be one person, that each Patient of the record is
// the demo's person (FHIR R4, patient.html#links). Her choices, her carers and her team then count for what the record made.
func (s *scene) standIn(ctx context.Context) error {
	operator := s.guard.As(viewOperator())
	her, err := resourceFor(ctx, operator, viewPatient)
	if err != nil {
		return fmt.Errorf("read the demo's person: %w", err)
	}
	var content map[string]any
	if err := json.Unmarshal(her.JSON(), &content); err != nil {
		return fmt.Errorf("read the demo's person: %w", err)
	}
	var links []any
	for _, patient := range s.patients {
		links = append(links, map[string]any{"other": map[string]any{"reference": patient.String()}, "type": "seealso"})
	}
	content["link"] = links
	body, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("write the demo's person: %w", err)
	}
	linked, err := fhir.DecodeJSON(body)
	if err != nil {
		return fmt.Errorf("write the demo's person: %w", err)
	}
	if _, err := operator.Commit(ctx, guard.Write{Do: guard.Update, Ref: viewPatient, Resource: linked}); err != nil {
		return fmt.Errorf("link the demo's person: %w", err)
	}
	return nil
}

// start has the one who treats start care, by her number and birth date.
func (s *scene) start(ctx context.Context, v onlooker) error {
	if !v.treats {
		return nil
	}
	reading, err := s.as(v, viewPatient)
	if err != nil {
		return err
	}
	_, err = reading.StartCare(ctx, guard.StartCare{Identifier: viewNumber, Birth: viewBirth, Reason: viewReason, Setting: viewSetting})
	return err
}

// as is the record as a persona reads it. Apps of the person and the carer are launched for one Patient: a patient/ scope reaches
// what is about that very Patient, and not what is about another one of the same person.
func (s *scene) as(v onlooker, launch fhir.Ref) (guard.Reading, error) {
	caller, err := v.caller(launch)
	return s.guard.As(caller), err
}

// enter is the record as a persona reads it who started care where that is their part, and the Patient that they ask for.
func (s *scene) enter(ctx context.Context, v onlooker) (guard.Reading, fhir.Ref, error) {
	if err := s.start(ctx, v); err != nil {
		return guard.Reading{}, fhir.Ref{}, err
	}
	reading, err := s.as(v, s.patients[0])
	return reading, s.patients[0], err
}

// resourceFor reads a resource as its reader sees it (FHIR R4, http.html#read). Error: NotFound.
func resourceFor(ctx context.Context, reading guard.Reading, ref fhir.Ref) (*fhir.Resource, error) {
	seen, err := reading.Resource(ctx, ref)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if _, err := seen.WriteTo(&body); err != nil {
		return nil, err
	}
	return fhir.Stored(body.Bytes())
}

// absent reports whether the answer was that of a thing that never existed.
func absent(err error) bool {
	told, ok := errors.AsType[*fhir.Error](err)
	return ok && told.Kind == fhir.NotFound
}

// sectionTitles are the sections of the whole-person view where a resource stands.
func sectionTitles(r *fhir.Resource) []string {
	var all []string
	for section := range care.SectionsOf(r).Each() {
		all = append(all, section.Title().Title)
	}
	return all
}
