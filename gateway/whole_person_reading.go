package gateway

import (
	"cmp"
	"fmt"
	"slices"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// person is a Sight made ready to lay out.
type person struct {
	guard.Sight

	things   []*thing // in the order of the Sight, without those entered in error
	byRef    map[fhir.Ref]*thing
	patients []*thing
}

// thing is one visible resource, read.
type thing struct {
	ref      fhir.Ref
	json     []byte
	root     fhir.Node
	sections care.Set
	said     string // the date that it was said or happened, as written; may be empty

	noneKnown bool // it says that some allergies, or all, are not known
}

// readPerson reads every thing of a Sight once.
func readPerson(s guard.Sight) (*person, error) {
	p := &person{Sight: s, byRef: make(map[fhir.Ref]*thing, len(s.Things))}
	for _, seen := range s.Things {
		root, err := fhir.Walk(seen.JSON)
		if err != nil {
			return nil, fmt.Errorf("read a %s for a view: %w", seen.Ref.Type, err)
		}
		t := &thing{ref: seen.Ref, json: seen.JSON, root: root, said: said(root)}
		if status := t.status(); status == "entered-in-error" {
			continue
		}
		if seen.Facts != nil {
			t.sections, t.noneKnown = seen.Facts.Sections, seen.Facts.NoneKnown
		}
		p.things = append(p.things, t)
		p.byRef[t.ref] = t
		if t.ref.Type == "Patient" {
			p.patients = append(p.patients, t)
		}
	}
	return p, nil
}

// in gives the things of one section, newest first, and by reference where no date is said.
func (p *person) in(one care.Section) []*thing {
	found := p.among(func(t *thing) bool { return t.sections.Has(one) })
	switch one { //nolint:exhaustive // the rest have no reading of their own
	case care.WhatMatters:
		slices.SortStableFunc(found, func(a, b *thing) int { return cmp.Compare(heading(a), heading(b)) })
	case care.People: // the team, and with it the key worker, before the others
		slices.SortStableFunc(found, func(a, b *thing) int { return cmp.Compare(a.ref.Type, b.ref.Type) })
	}
	return found
}

// newestFirst sorts by the date said. The things come in the order of their references, which decides between equals.
func newestFirst(things []*thing) {
	slices.SortStableFunc(things, func(a, b *thing) int { return start(b.said).Compare(start(a.said)) })
}

// status is the resource's status, or the code of its verification or clinical status where that says more.
func (t *thing) status() string {
	if s := t.root.At("verificationStatus", "coding", "code").Text(); s == "entered-in-error" || s == "refuted" {
		return s
	}
	if s := t.root.Get("status").Text(); s != "" {
		return s
	}
	if s := t.root.Get("lifecycleStatus").Text(); s != "" {
		return s
	}
	return t.root.At("clinicalStatus", "coding", "code").Text()
}

// current reports whether the thing still holds today. Without a status or a period it does.
func (p *person) current(t *thing) bool {
	switch t.status() {
	case "cancelled", "revoked", "rejected", "draft", "proposed", "superseded", "stopped", "completed", "inactive",
		"resolved", "remission", "refuted", "ended", "failed", "not-taken":
		return false
	default:
		return t.root.Get("active").Text() != "false" && !p.ended(t.root)
	}
}

// ended reports whether the period of a thing, or of a part of one, is over.
func (p *person) ended(n fhir.Node) bool { return overdue(n.At("period", "end").Text(), p.Today) }

// marked reports whether category, code, type, scope or relationship holds one of the codes of the system.
func (t *thing) marked(system string, codes ...string) bool {
	for _, name := range [...]string{"category", "code", "type", "scope", "relationship"} {
		if holds(t.root.Get(name), system, codes...) {
			return true
		}
	}
	return false
}

// holds reports whether one of the concepts holds one of the codes of the system.
func holds(concepts fhir.Node, system string, codes ...string) bool {
	for coding := range concepts.All("coding") {
		if coding.Get("system").Text() == system && slices.Contains(codes, coding.Get("code").Text()) {
			return true
		}
	}
	return false
}

// extensions gives the value of each extension with this URL.
func (t *thing) extensions(url string) []fhir.Node { return extensions(t.root, url) }

// extensions gives the values of the extensions of one element.
func extensions(n fhir.Node, url string) []fhir.Node {
	var values []fhir.Node
	for e := range n.All("extension") {
		if e.Get("url").Text() != url {
			continue
		}
		for name, value := range e.Members() {
			if len(name) > len("value") && name[:len("value")] == "value" {
				values = append(values, value)
			}
		}
	}
	return values
}

// saidIn are the elements that say when something was said or happened, the better ones first.
var saidIn = [][]string{
	{"effectiveDateTime"},
	{"effectivePeriod", "start"},
	{"effectiveInstant"},
	{"performedDateTime"},
	{"performedPeriod", "start"},
	{"occurrenceDateTime"},
	{"occurrencePeriod", "start"},
	{"dateTime"},
	{"date"},
	{"recordedDate"},
	{"authoredOn"},
	{"dateAsserted"},
	{"statusDate"},
	{"startDate"},
	{"start"},
	{"issued"},
	{"created"},
	{"recorded"},
	{"sent"},
	{"period", "start"},
	{"onsetDateTime"},
	{"servicePeriod", "start"},
}

// said is the first of those dates that there is.
func said(root fhir.Node) string {
	for _, path := range saidIn {
		if text := root.At(path...).Text(); text != "" {
			return text
		}
	}
	return ""
}

// heading is the place of an entry of About Me among the seven headings.
func heading(t *thing) int {
	for i, code := range aboutMe {
		if t.marked(care.SystemAboutMe, code) {
			return i
		}
	}
	return len(aboutMe)
}

// aboutMe are the headings in the order in which the standard asks for them.
var aboutMe = [...]string{
	care.AboutMeMostImportant, care.AboutMePeople, care.AboutMeCommunicate, care.AboutMeWellness, care.AboutMeDoAndDoNot,
	care.AboutMeSupport, care.AboutMeAlsoWorthToKnow,
}
