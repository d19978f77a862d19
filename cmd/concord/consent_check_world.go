package main

import (
	"encoding/json"
	"strings"

	"concord/consent"
	"concord/fhir"
)

// caseWorld is what a case takes as given: who is who, who is in which group, and what things are labelled.
type caseWorld struct {
	directory *consent.Directory
	patient   fhir.Ref // whose record the request is about
	groups    map[fhir.Ref][]consent.Party
	entries   map[fhir.Ref]*consent.Entry
	labels    map[fhir.Ref][]consent.Code
}

// world reads the facts of a case. They come in several forms: a map of groups to members, references with identifiers
// or with labels, and resources of the directory.
func (c *consentCase) world() *caseWorld {
	w := &caseWorld{groups: map[fhir.Ref][]consent.Party{}, entries: map[fhir.Ref]*consent.Entry{}, labels: map[fhir.Ref][]consent.Code{}}
	w.learn("", c.Facts)
	for _, raw := range c.Resources {
		w.resource(raw)
	}
	var entries []consent.Entry
	for ref, entry := range w.entries {
		entry.Ref, entry.Active = ref, true
		entries = append(entries, *entry)
	}
	w.directory = consent.NewDirectory(1, entries)
	w.patient = c.patient()
	return w
}

// patient is the person of the case: the compartment, else whom the interaction names where a consent is theirs, else
// whose the first consent is. Published cases name a person in the address who has no part in them.
func (c *consentCase) patient() fhir.Ref {
	for _, named := range [][]consent.Party{caseParties(c.Request.Compartment), caseParties(c.Request.Patient)} {
		for _, p := range named {
			if p.Ref.Type == "Patient" {
				return p.Ref
			}
		}
	}
	asked, first := c.Request.asked().of, fhir.Ref{}
	for _, raw := range c.rules() {
		switch about := consentPatient(raw); {
		case about == (fhir.Ref{}):
		case about == asked:
			return asked
		case first == (fhir.Ref{}):
			first = about
		}
	}
	switch {
	case first != (fhir.Ref{}):
		return first
	case asked != (fhir.Ref{}):
		return asked
	default:
		return fhir.Ref{Type: "Patient", ID: "of-the-case"}
	}
}

func consentPatient(raw json.RawMessage) fhir.Ref {
	var said struct {
		Patient struct {
			Reference string `json:"reference"`
		} `json:"patient"`
	}
	if json.Unmarshal(raw, &said) != nil {
		return fhir.Ref{}
	}
	ref, _ := fhir.ParseRef(said.Patient.Reference)
	return ref
}

func (w *caseWorld) entry(ref fhir.Ref) *consent.Entry {
	if w.entries[ref] == nil {
		w.entries[ref] = &consent.Entry{}
	}
	return w.entries[ref]
}

// learn walks the facts. under is the key that a value stands at.
func (w *caseWorld) learn(under string, v any) {
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			w.learn(under, each)
		}
	case map[string]any:
		if v["resourceType"] != nil {
			if data, err := json.Marshal(v); err == nil {
				w.resource(data)
			}
			return
		}
		if text, ok := v["reference"].(string); ok {
			if ref, ok := fhir.ParseRef(text); ok {
				w.about(under, ref, v)
				return
			}
		}
		for key, value := range v {
			if ref, ok := fhir.ParseRef(key); ok {
				w.about(under, ref, value)
				continue
			}
			w.learn(key, value)
		}
	}
}

// about learns something of one reference.
func (w *caseWorld) about(under string, ref fhir.Ref, v any) {
	if strings.Contains(strings.ToLower(under), "label") {
		w.labels[ref] = append(w.labels[ref], labelCodes(v)...)
		return
	}
	if ref.Type == "Group" || ref.Type == "CareTeam" {
		if fields, ok := v.(map[string]any); ok {
			for _, name := range []string{"members", "member", "participants"} {
				w.groups[ref] = append(w.groups[ref], memberParties(fields[name])...)
			}
			return
		}
		w.groups[ref] = append(w.groups[ref], memberParties(v)...)
		return
	}
	fields, ok := v.(map[string]any)
	if !ok {
		w.identify(ref, caseParties(v))
		return
	}
	if fields["value"] != nil {
		w.identify(ref, caseParties(fields))
	}
	for name, value := range fields {
		first := fhir.Ref{}
		if parties := caseParties(value); len(parties) > 0 {
			first = parties[0].Ref
		}
		switch name {
		case "identifier", "identifiers":
			w.identify(ref, caseParties(value))
		case "partOf", "part_of", "parent":
			w.entry(ref).PartOf = first
		case "organization", "organisation":
			w.acts(ref, first)
		case "practitioner":
			w.entry(ref).Practitioner = first
		case "label", "labels":
			w.labels[ref] = append(w.labels[ref], labelCodes(value)...)
		}
	}
}

// acts notes for whom somebody acts; a Practitioner does by a role.
func (w *caseWorld) acts(ref, org fhir.Ref) {
	if ref.Type == "Practitioner" {
		role := w.entry(fhir.Ref{Type: "PractitionerRole", ID: "of-" + ref.ID})
		role.Practitioner, role.Organization = ref, org
		return
	}
	w.entry(ref).Organization = org
}

func (w *caseWorld) identify(ref fhir.Ref, parties []consent.Party) {
	for _, p := range parties {
		if p.Identifier != (consent.Code{}) {
			w.entry(ref).Identifiers = append(w.entry(ref).Identifiers, p.Identifier)
		}
	}
}

// resource learns from a resource of the directory, or of a care team.
func (w *caseWorld) resource(raw json.RawMessage) {
	r, err := fhir.Stored(raw)
	if err != nil {
		return
	}
	f := consent.FactsOf(r, fhir.Ref{})
	if f.Gives.Entry != nil {
		entry := *f.Gives.Entry
		w.entries[entry.Ref] = &entry
		for _, member := range entry.Members {
			w.groups[entry.Ref] = append(w.groups[entry.Ref], consent.Party{Ref: member})
		}
	}
}
