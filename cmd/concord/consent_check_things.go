package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
)

// things are the facts in question: the resources of the case, or one of each class that the request asks for, or one
// of the type that it names.
func (d *decider) things() ([]caseThing, error) {
	var all []caseThing
	for _, f := range d.context {
		all = append(all, caseThing{facts: f})
	}
	if len(all) > 0 {
		return d.asked(all), nil
	}
	for _, class := range caseTexts(d.c.Request.Class) {
		thing, err := d.ofClass(class)
		if err != nil {
			return nil, err
		}
		all = append(all, thing)
	}
	if len(all) > 0 {
		d.whole = true
		return all, nil
	}
	typ := d.c.Request.asked().ref.Type
	if typ == "" {
		typ = "Observation" // the request names no type: one thing of the record stands for all
	}
	thing, err := d.probe(typ, nil)
	return []caseThing{thing}, err
}

// asked leaves out what the request does not ask for, where the case does not list what is seen: a read of one thing is
// about that one, and a search of a type about those of the type. The rest is there to be referred to.
func (d *decider) asked(all []caseThing) []caseThing {
	e := &d.c.Expected
	if len(e.Visible)+len(e.Hidden) > 0 || e.Decision == "filter" {
		return all
	}
	want := d.c.Request.asked().ref
	only := slices.DeleteFunc(slices.Clone(all), func(t caseThing) bool {
		return t.facts.Ref.Type != want.Type || (want.ID != "" && t.facts.Ref.ID != want.ID)
	})
	if len(only) == 0 {
		return all
	}
	return only
}

// probe is an invented thing of a type about the person of the case, with more in it.
func (d *decider) probe(t fhir.Type, more map[string]any) (caseThing, error) {
	about := map[string]any{"reference": d.world.patient.String()}
	fields := map[string]any{"resourceType": string(t), "id": "asked", "subject": about, "patient": about, "beneficiary": about, "for": about}
	if t == "Patient" {
		fields = map[string]any{"resourceType": "Patient", "id": string(d.world.patient.ID)}
	}
	maps.Copy(fields, more)
	data, err := json.Marshal(fields)
	if err != nil {
		return caseThing{}, err
	}
	r, err := fhir.Stored(data)
	if err != nil {
		return caseThing{}, err
	}
	thing := caseThing{facts: d.facts(r)}
	if len(thing.facts.About) == 0 {
		thing.facts.About, thing.facts.Open = []fhir.Ref{d.world.patient}, false
	}
	return thing, nil
}

// ofClass is an invented thing of a class: a resource type, or a document of a type, format or profile.
func (d *decider) ofClass(class string) (caseThing, error) {
	system, code, split := strings.Cut(class, "|")
	if !split {
		system, code = "", class
	}
	if t := fhir.Type(code); fhir.KnownType(t) {
		return d.probe(t, nil)
	}
	if strings.Contains(code, "://") || strings.HasPrefix(code, "urn:") {
		return d.probe("DocumentReference", map[string]any{"meta": map[string]any{"profile": []any{code}}})
	}
	thing, err := d.probe("DocumentReference", nil)
	thing.facts.Class = append(thing.facts.Class, consent.Code{System: system, Code: code})
	return thing, err
}
