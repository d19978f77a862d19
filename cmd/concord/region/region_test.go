package region_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"concord/cmd/concord/region"
	"concord/fhir"
	"concord/fhir/care"
)

// decoded are the resources by reference, in the order of import.
func decoded(t *testing.T) []*fhir.Resource {
	t.Helper()
	raw, err := region.Resources()
	if err != nil {
		t.Fatal(err)
	}
	resources := make([]*fhir.Resource, 0, len(raw))
	for _, one := range raw {
		r, err := fhir.DecodeJSON(one)
		if err != nil {
			t.Errorf("%.60s...: %v", one, err)
			continue
		}
		resources = append(resources, r)
	}
	return resources
}

func TestResourcesAreStrictlyValidAndNamedOnce(t *testing.T) {
	t.Parallel()
	seen := map[fhir.Ref]bool{}
	for _, r := range decoded(t) {
		if r.Ref().ID == "" {
			t.Errorf("a %s has no id", r.Type())
		}
		if seen[r.Ref()] {
			t.Errorf("%s stands twice", r.Ref())
		}
		seen[r.Ref()] = true
	}
}

func TestResourcesComeAfterWhatTheyLeanOn(t *testing.T) {
	t.Parallel()
	order := map[fhir.Type]int{"Organization": 1, "Practitioner": 2, "PractitionerRole": 3, "Patient": 4}
	last := 0
	for _, r := range decoded(t) {
		place, ok := order[r.Type()]
		if !ok {
			place = 5
		}
		if place < last {
			t.Fatalf("%s comes too late", r.Ref())
		}
		last = place
	}
}

var reference = regexp.MustCompile(`"reference":"([^"]*)"`)

func TestEveryReferenceResolvesWithinTheRegion(t *testing.T) {
	t.Parallel()
	all := decoded(t)
	known := map[string]bool{}
	for _, r := range all {
		known[r.Ref().String()] = true
	}
	for _, r := range all {
		for _, m := range reference.FindAllSubmatch(r.JSON(), -1) {
			if !known[string(m[1])] {
				t.Errorf("%s refers to %s, which is not there", r.Ref(), m[1])
			}
		}
	}
}

// of tells which person's file a resource came from: ids begin with the person's.
func of(r *fhir.Resource, person string) bool {
	id := string(r.Ref().ID)
	return id == person || strings.HasPrefix(id, person+"-")
}

func TestPeopleWithFullPlansHaveSomethingInEachSection(t *testing.T) {
	t.Parallel()
	all := decoded(t)
	tests := []struct {
		person string
		least  int
		want   care.Set
	}{
		// At a glance is laid out from the others.
		{"amina", 60, care.All.Without(care.AtAGlance)},
		{"george", 60, care.All.Without(care.AtAGlance)},
		{"ines", 30, care.In(care.WhatMatters, care.Plan, care.Contingency, care.Clinical, care.Sharing)},
		{"daniel", 5, care.In(care.Caring, care.Identity)},
	}
	for _, tt := range tests {
		t.Run(tt.person, func(t *testing.T) {
			t.Parallel()
			var got care.Set
			count := 0
			for _, r := range all {
				if of(r, tt.person) {
					got |= care.SectionsOf(r)
					count++
				}
			}
			if count < tt.least {
				t.Errorf("%d resources, want at least %d", count, tt.least)
			}
			for missing := range (tt.want &^ got).Each() {
				t.Errorf("nothing in section %s", missing)
			}
		})
	}
}

func TestNHSNumbersAreOfTheTestRangeWithTheirCheckDigit(t *testing.T) {
	t.Parallel()
	for _, r := range decoded(t) {
		if r.Type() != "Patient" {
			continue
		}
		number := r.Root().At("identifier", "value").Text()
		if len(number) != 10 || !strings.HasPrefix(number, "999") {
			t.Errorf("%s: not a number of the test range", r.Ref())
			continue
		}
		sum := 0
		for i, c := range number[:9] {
			sum += int(c-'0') * (10 - i)
		}
		if check := (11 - sum%11) % 11; check != int(number[9]-'0') {
			t.Errorf("%s: the check digit should be %d", r.Ref(), check)
		}
	}
}

func TestPersonasAreComplete(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for _, r := range decoded(t) {
		names[r.Ref().String()] = r.Root().Get("name").Text()
	}
	if len(region.Personas()) != 6 {
		t.Fatalf("%d personas, want six", len(region.Personas()))
	}
	for _, p := range region.Personas() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			if found, ok := region.Find(p.Name); !ok || found != p {
				t.Error("cannot be found by name")
			}
			for _, ref := range []string{p.FHIRUser, p.About} {
				if _, ok := names[ref]; !ok {
					t.Errorf("%s is not in the region", ref)
				}
			}
			if p.Who == "" || p.Purpose == "" || p.Scope == "" || p.SubjectName == "" {
				t.Error("something is empty")
			}
			atWork := strings.HasPrefix(p.FHIRUser, "Practitioner/")
			if atWork != (p.Organization != "") || atWork != (p.Role != "") || atWork == (p.Patient != "") {
				t.Error("people at work have an organisation and a role; others have a launch patient")
			}
			if atWork && names[p.Organization] != p.OrgName {
				t.Errorf("%s has another name than %q", p.Organization, p.OrgName)
			}
		})
	}
	if _, ok := region.Find("nobody"); ok {
		t.Error("found nobody")
	}
}

func TestCallersOwnWhatTheyGet(t *testing.T) {
	t.Parallel()
	first, err := region.Resources()
	if err != nil {
		t.Fatal(err)
	}
	clear(first[0])
	region.Personas()[0].Name = ""
	second, err := region.Resources()
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(second[0]) || region.Personas()[0].Name == "" {
		t.Error("changing a copy changed the region")
	}
}
