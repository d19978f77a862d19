package consent_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

func TestWithReplacesWhatAResourceGave(t *testing.T) {
	t.Parallel()
	s := person(t, team, choice("a", `{"type":"deny"}`))
	if again := s.With(consent.FactsOf(stored(t, []byte(team)), ref(practice))); again != s {
		t.Error("the same once more is a change")
	}
	if again := s.With(consent.FactsOf(stored(t, []byte(choice("a", `{"type":"deny"}`))), ref(practice))); again != s {
		t.Error("the last choice once more is a change")
	}
	over := consent.FactsOf(stored(t, []byte(strings.Replace(team, "active", "inactive", 1))), ref(practice))
	if next := s.With(over); len(next.Ties) != 0 || len(s.Ties) != 3 {
		t.Errorf("%d ties after the team ended, and %d before", len(next.Ties), len(s.Ties))
	}
	gone := s.With(&consent.Facts{Ref: ref("Consent/a"), Deleted: true})
	if len(gone.Rules) != 0 || len(s.Rules) != 1 {
		t.Errorf("%d rules after the delete, and %d before", len(gone.Rules), len(s.Rules))
	}
	sent := s.With(&consent.Facts{Ref: ref("Observation/1"), Sender: ref(hospital)})
	if diff := cmp.Diff([]fhir.Ref{ref(hospital), ref(practice)}, sent.Senders); diff != "" {
		t.Errorf("senders (-want +got):\n%s", diff)
	}
}

func TestATieIsOfThoseWhomTheThingItselfNames(t *testing.T) {
	t.Parallel()
	f := facts(t, `{"resourceType":"Task","id":"t","status":"requested","for":{"reference":"Patient/p"},"focus":{"reference":"Patient/q"},
		"owner":{"reference":"Organization/hospital"}}`)
	other := (&consent.Standing{Patients: []consent.Patient{{Ref: ref("Patient/q")}}}).With(f)
	if len(other.Ties) != 0 || len(person(t).With(f).Ties) != 1 {
		t.Errorf("%d ties of whom it points to, %d of whom it is for", len(other.Ties), len(person(t).With(f).Ties))
	}
}

func TestJoinHoldsAllOfBoth(t *testing.T) {
	t.Parallel()
	a := person(t, team, choice("a", `{"type":"deny"}`))
	b := person(t, related, choice("b", `{"type":"permit"}`)).Started(consent.Tie{Who: consent.Party{Ref: ref(hospital)}, From: ref("Encounter/e")})
	b.Version = 7
	j := consent.Join(a, b)
	if j.Version != 7 || len(j.Patients) != 1 || len(j.Ties) != 5 || len(j.Rules) != 2 {
		t.Errorf("version %d, %d patients, %d ties, %d rules", j.Version, len(j.Patients), len(j.Ties), len(j.Rules))
	}
	for _, want := range []string{"Patient/p", hospital, "RelatedPerson/carer"} {
		if !slices.Contains(j.Principals(), want) {
			t.Errorf("%s is no principal of %v", want, j.Principals())
		}
	}
}

func TestChildren(t *testing.T) {
	t.Parallel()
	parent := strings.Replace(related, `"active"`, `"extension":[{"url":"`+care.ExtensionParental+`","valueBoolean":true}],"active"`, 1)
	born := func(date string) string { return `{"resourceType":"Patient","id":"p","birthDate":"` + date + `"}` }
	old := strings.Replace(choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`}`), "2026-01-01", "2018-01-01", 1)
	byMother := strings.Replace(choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`}`), `"performer":[{"reference":"Patient/p"}]`, `"performer":[{"reference":"RelatedPerson/carer"}]`, 1)
	renewed := choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`}`)
	goal, visit, medicine := thing(t, "Goal", ""), thing(t, "Encounter", ""), thing(t, "MedicationRequest", "")
	tests := []struct {
		name string
		who  *consent.Standing
		what *consent.Facts
		seen bool
	}{
		{"a parent sees a small child's record", person(t, born("2020-05-05"), parent), goal, true},
		{"somebody without parental responsibility does not", person(t, born("2020-05-05"), related), goal, false},
		{"unless the child's own wish is a deny", person(t, born("2020-05-05"), parent, choice("d", `{"type":"deny"}`)), goal, false},
		{"the day before the eleventh birthday all is seen", person(t, born("2015-06-02"), parent), goal, true},
		{"from the eleventh birthday it is narrowed", person(t, born("2015-06-01"), parent), goal, false},
		{"to visits", person(t, born("2015-06-01"), parent), visit, true},
		{"and medicines", person(t, born("2015-06-01"), parent), medicine, true},
		{"a grant given before then is narrowed too", person(t, born("2015-06-01"), related, old), goal, false},
		{"and one that somebody else gave", person(t, born("2015-01-01"), related, byMother), goal, false},
		{"one that the young person gives holds", person(t, born("2014-06-01"), related, renewed), goal, true},
		{"at sixteen a parent is like any other", person(t, born("2010-06-01"), parent), visit, false},
		{"and grants from before end", person(t, born("2010-06-01"), parent, renewed), goal, false},
		{"a grant given since holds", person(t, born("2009-12-31"), related, renewed), goal, true},
		{"a year alone counts from its beginning", person(t, born("2015"), parent), goal, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if v := decide(t, tt.who, carer(t), tt.what); (v.Sight != consent.Hidden) != tt.seen {
				t.Errorf("seen %t by %s, want %t", v.Sight != consent.Hidden, v.Why.Step, tt.seen)
			}
		})
	}
	policy, err := consent.Compile(consent.Default(), person(t, born("2015-06-02"), parent))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 6, 1, 23, 0, 0, 0, time.UTC); !policy.For(carer(t)).Until().Equal(want) {
		t.Errorf("until %s, want the eleventh birthday in London, %s", policy.For(carer(t)).Until(), want)
	}
}

func TestKeysOfAPerson(t *testing.T) {
	t.Parallel()
	f := facts(t, `{"resourceType":"Patient","id":"p","birthDate":"1980-02-03","identifier":[
		{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"999 000 0018"},{"system":"urn:ward","value":"7"},
		{"use":"old","system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}]}`)
	want := []string{"who|https://fhir.nhs.uk/Id/nhs-number|9990000018|1980-02-03"}
	if diff := cmp.Diff(want, f.Gives.Patient.Keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if key := consent.IdentityKey(consent.Code{System: "https://fhir.nhs.uk/Id/nhs-number", Code: "9990000018"}, "1980-02-03"); key != want[0] {
		t.Errorf("identity key %q", key)
	}
	if keys := facts(t, `{"resourceType":"Patient","id":"p","birthDate":"1980","identifier":[{"use":"official","system":"s","value":"1"}]}`).Gives.Patient.Keys(); len(keys) != 0 {
		t.Errorf("a number alone, with a birth year, finds nobody: %v", keys)
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	var entries []consent.Entry
	for _, json := range []string{
		`{"resourceType":"Organization","id":"trust","name":"Trust","partOf":{"reference":"Organization/ward"},"type":[{"coding":[{"system":"` + care.SystemKind + `","code":"health"}]}],"identifier":[{"system":"ods","value":"R1"}]}`,
		`{"resourceType":"Organization","id":"ward","partOf":{"reference":"Organization/trust"}}`,
		`{"resourceType":"Practitioner","id":"a"}`,
		`{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"Practitioner/a"},"organization":{"reference":"Organization/ward"}}`,
		`{"resourceType":"Group","id":"g","type":"practitioner","member":[{"entity":{"reference":"Practitioner/a"}},{"entity":{"reference":"Practitioner/b"},"inactive":true}]}`,
	} {
		entries = append(entries, *facts(t, json).Gives.Entry)
	}
	d := consent.NewDirectory(3, entries)
	if diff := cmp.Diff([]consent.Party{{Ref: ref("Organization/ward")}, {Ref: ref("Organization/trust")}, {Ref: ref("Organization/trust"), Identifier: consent.Code{System: "ods", Code: "R1"}}}, d.Orgs(ref("Organization/ward"))); diff != "" {
		t.Errorf("ancestors, of a circle (-want +got):\n%s", diff)
	}
	if e, ok := d.Org(ref("Organization/ward")); !ok || e.Kind != consent.OrgHealth {
		t.Errorf("a ward is of its trust's kind: %v", e.Kind)
	}
	if diff := cmp.Diff([]fhir.Ref{ref("Organization/trust")}, d.Find(consent.Code{System: "ods", Code: "R1"})); diff != "" {
		t.Error(diff)
	}
	if got := d.Groups([]consent.Party{{Ref: ref("Practitioner/a")}}); len(got) != 1 {
		t.Errorf("groups of a: %v", got)
	}
	if got := d.Groups([]consent.Party{{Ref: ref("Practitioner/b")}}); len(got) != 0 {
		t.Errorf("groups of b: %v", got)
	}
	if d.Name(ref("Organization/trust")) != "Trust" || len(d.Roles(ref("Practitioner/a"))) != 1 {
		t.Error("name or roles")
	}
	// What an organisation wrote is what those who act for it wrote, and what its parts did.
	denied := person(t, team, choice("d", `{"type":"deny","data":[{"meaning":"authoredby","reference":{"reference":"Organization/trust"}}]}`))
	wrote := thing(t, "Observation", `"performer":[{"reference":"PractitionerRole/r"}]`)
	if v := decide(t, denied, with(gp(t), func(v *consent.Viewer) { v.Directory = d }), wrote); v.Sight != consent.Hidden {
		t.Errorf("written by a ward of it: %+v", v)
	}
	if v := decide(t, denied, gp(t), wrote); v.Sight != consent.Whole {
		t.Errorf("without a directory nobody knows: %+v", v)
	}
}

func TestChoicesInPlainWords(t *testing.T) {
	t.Parallel()
	s := person(t,
		choice("a", `{"type":"permit","period":{"end":"2027"},`+to(charity)+`,`+class("goals", "what-matters")+`}`),
		choice("b", `{"type":"deny",`+to(hospital)+`,`+class("AllergyIntolerance")+`,"provision":[{"type":"permit",`+purpose("ETREAT")+`}]}`),
		choice("c", `{"type":"permit","period":{"end":"2020"}}`),
	)
	var got []string
	for _, c := range s.Choices(noon, func(org fhir.Ref) string { return map[string]string{charity: "Helping Hands"}[org.String()] }) {
		got = append(got, c.Ref.String()+": "+c.Text)
	}
	want := []string{
		"Consent/a: You share “My strengths, goals and hopes” and “What matters to me” with Helping Hands.",
		"Consent/b: You do not share your allergies with an organisation that you named.",
		"Consent/b: But: you share this with an organisation that you named in an emergency.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}
}

func TestRolesAndPurposes(t *testing.T) {
	t.Parallel()
	for codes, want := range map[string]string{
		"nurse": "nurse", "http://snomed.info/sct|224535009": "nurse", "S8000:G8000:R8000": "clinician", "nobody": "", "nobody reception": "reception",
	} {
		if got := consent.RoleOf(strings.Fields(codes)); got != want {
			t.Errorf("role of %q is %q, want %q", codes, got, want)
		}
	}
	if !consent.KnownPurpose("ERTREAT") || consent.KnownPurpose("treat") || !consent.DirectCare("COC") || consent.DirectCare("POPHLTH") || consent.DirectCare("BTG") {
		t.Error("purposes")
	}
	if _, ok := consent.Named("https://profiles.ihe.net/ITI/PCF/Policy-deny"); !ok {
		t.Error("a policy of PCF is not known")
	}
	if _, ok := consent.Named("anything"); ok {
		t.Error("a policy of that name is")
	}
}
