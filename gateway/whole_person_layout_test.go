package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEveryPersonHasTheSameSectionsInTheSameOrder(t *testing.T) {
	t.Parallel()
	all := asked(t, []byte(`{"class":"staff","patient":"ada","today":"2026-06-15"}`))
	rapid.Check(t, func(rt *rapid.T) {
		s := all
		s.Class = rapid.SampledFrom([]consent.ViewerClass{consent.Staff, consent.Self, consent.Proxy, consent.System}).Draw(rt, "class")
		s.Things = slices.DeleteFunc(slices.Clone(all.Things), func(guard.Thing) bool { return rapid.Bool().Draw(rt, "hidden") })
		none := s
		none.Things = nil
		if diff := cmp.Diff(headings(t, none), headings(t, s)); diff != "" {
			rt.Fatalf("what may be seen changes the sections (-nothing +something):\n%s", diff)
		}
	})
}

// headings are the titles, codes and banners of a view, without what it says of the person.
func headings(t *testing.T, s guard.Sight) []string {
	t.Helper()
	body, err := layOutWholePerson(s)
	if err != nil {
		t.Fatal(err)
	}
	root, err := fhir.Walk(body)
	if err != nil {
		t.Fatal(err)
	}
	c := root.At("entry", "resource")
	all := []string{c.At("text", "div").Text()}
	for section := range c.All("section") {
		all = append(all, string(section.Get("title").Bytes())+string(section.Get("code").Bytes()))
		for line := range section.All("section") {
			all = append(all, string(line.Get("title").Bytes())+string(line.Get("code").Bytes()))
		}
	}
	return all
}

func TestTheFirstSectionIsForWhoeverReads(t *testing.T) {
	t.Parallel()
	for class, want := range map[consent.ViewerClass]care.Section{
		consent.Staff: care.AtAGlance, consent.System: care.AtAGlance, consent.Self: care.WhatMatters, consent.Proxy: care.WhatMatters,
	} {
		s := sight(t, today)
		s.Class = class
		if got := headings(t, s)[1]; !strings.Contains(got, `"`+want.Title().Code+`"`) {
			t.Errorf("class %d reads %s first", class, got)
		}
	}
}

func TestEveryVisibleThingStandsOnceAndAsItIs(t *testing.T) {
	t.Parallel()
	s := asked(t, []byte(`{"class":"staff","patient":"ada","today":"2026-06-15"}`))
	body := layOut(t, s)
	for _, thing := range s.Things {
		want := 1
		if thing.Ref == (fhir.Ref{Type: "Condition", ID: "wrong"}) { // entered in error
			want = 0
		}
		if got := bytes.Count(body, append([]byte(`"resource":`), thing.JSON...)); got != want {
			t.Errorf("%s stands %d times", thing.Ref, got)
		}
	}
	if bytes.Contains(body, []byte("Measles")) {
		t.Error("what was entered in error is told")
	}
}

func TestTheFrameHoldsOnlyWhatTheCallerGave(t *testing.T) {
	t.Parallel()
	s := sight(t, today)
	s.Whom = guard.Whom{Identifier: consent.Code{System: care.SystemNHSNumber, Code: "9000000009"}, Birth: "1950-12-10"}
	root, err := fhir.Walk(layOut(t, s))
	if err != nil {
		t.Fatal(err)
	}
	entries := slices.Collect(root.All("entry"))
	want := `{"resourceType":"Patient","identifier":[{"system":"` + care.SystemNHSNumber + `","value":"9000000009"}],"birthDate":"1950-12-10"}`
	if len(entries) != 2 || string(entries[1].Get("resource").Bytes()) != want {
		t.Errorf("the frame holds %d entries, the last %s", len(entries), entries[len(entries)-1].Get("resource").Bytes())
	}
	if got := entries[0].At("resource", "subject", "reference").Text(); got != entries[1].Get("fullUrl").Text() {
		t.Errorf("the subject %s is not the entry", got)
	}
}

func TestTheRealPatientTakesThePlaceOfTheFrame(t *testing.T) {
	t.Parallel()
	s := asked(t, []byte(`{"class":"staff","identifier":"9000000009","birth":"1950-12-10","today":"2026-06-15"}`))
	root, err := fhir.Walk(layOut(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if got := root.At("entry", "resource", "subject", "reference").Text(); got != "Patient/ada" {
		t.Errorf("subject is %s", got)
	}
}

func TestNoTextBecomesMarkup(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		said := rapid.StringN(1, 40, -1).Filter(func(s string) bool { return strings.TrimSpace(s) != "" }).Draw(rt, "said")
		value, err := json.Marshal("<script>" + said + "]]></div>")
		if err != nil {
			rt.Fatal(err)
		}
		root, err := fhir.Walk(fmt.Appendf(nil, `{"resourceType":"Observation","code":{"text":%s},"valueString":%[1]s}`, value))
		if err != nil {
			rt.Skip()
		}
		n := newNarrative()
		p := &person{}
		p.tell(n, &thing{ref: fhir.Ref{Type: "Observation", ID: "o"}, root: root})
		if div := n.div().Div; strings.Contains(div, "<script") || strings.Count(div, "</div>") != 1 {
			rt.Errorf("markup came through: %s", div)
		}
	})
}

func TestAThingThatIsNoJSONIsAFaultOfOurs(t *testing.T) {
	t.Parallel()
	s := sight(t, today)
	s.Things = []guard.Thing{{Ref: fhir.Ref{Type: "Goal", ID: "g"}, JSON: []byte(`{"resourceType":`)}}
	if body, err := layOutWholePerson(s); err == nil {
		t.Errorf("laid out as %s", body)
	}
}

func TestAPersonMustBeNamed(t *testing.T) {
	t.Parallel()
	nhs := consent.Code{System: care.SystemNHSNumber, Code: "9000000009"}
	tests := []struct {
		name string
		whom guard.Whom
		want fhir.Kind
	}{
		{"a patient is enough", guard.Whom{Patient: fhir.Ref{Type: "Patient", ID: "ada"}}, ""},
		{"an identifier and a birth date are enough", guard.Whom{Identifier: nhs, Birth: "1950-12-10"}, ""},
		{"nobody is not enough", guard.Whom{}, fhir.Required},
		{"an identifier alone is not enough", guard.Whom{Identifier: nhs}, fhir.Required},
		{"an identifier without a system is not enough", guard.Whom{Identifier: consent.Code{Code: "9"}, Birth: "1950-12-10"}, fhir.Required},
		{"a month is not a birth date", guard.Whom{Identifier: nhs, Birth: "1950-12"}, fhir.Value},
		{"a practitioner is no patient", guard.Whom{Patient: fhir.Ref{Type: "Practitioner", ID: "x"}}, fhir.Value},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := named(tt.whom)
			var fault *fhir.Error
			if got := errors.As(err, &fault); got != (tt.want != "") || got && fault.Kind != tt.want {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func BenchmarkLayOutWholePerson(b *testing.B) {
	var resources []string
	for i := range 60 {
		resources = append(resources, cpr(fmt.Sprintf("o%d", i), "2026-01-01", care.SnomedNotForCPR))
	}
	s := sight(b, today, resources...)
	for b.Loop() {
		if _, err := layOutWholePerson(s); err != nil {
			b.Fatal(err)
		}
	}
}
