package consent_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
)

// noon is the time at which things are decided here, unless a test says otherwise.
var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const (
	practice = "Organization/practice"
	hospital = "Organization/hospital"
	charity  = "Organization/charity"
)

// person makes a standing of Patient/p from resources that the practice sent.
func person(t testing.TB, resources ...string) *consent.Standing {
	t.Helper()
	s := &consent.Standing{Person: "person"}
	for _, json := range append([]string{`{"resourceType":"Patient","id":"p","birthDate":"1980-02-03"}`}, resources...) {
		s = s.With(consent.FactsOf(stored(t, []byte(json)), ref(practice)))
	}
	return s
}

// team is a care team of the practice and the hospital.
const team = `{"resourceType":"CareTeam","id":"t","status":"active","subject":{"reference":"Patient/p"},
	"participant":[{"member":{"reference":"Organization/practice"}},{"member":{"reference":"Organization/hospital"}},
	{"member":{"reference":"Organization/charity"}}]}`

// choice is an active sharing choice with this provision.
func choice(id, provision string) string {
	return `{"resourceType":"Consent","id":"` + id + `","status":"active","scope":{"coding":[{"system":"` + care.SystemConsentScope +
		`","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],
		"patient":{"reference":"Patient/p"},"dateTime":"2026-01-01","performer":[{"reference":"Patient/p"}],"provision":` + provision + `}`
}

// to is an actor of a provision that receives.
func to(who string) string {
	return `"actor":[{"role":{"coding":[{"code":"IRCP"}]},"reference":{"reference":"` + who + `"}}]`
}

func class(codes ...string) string {
	var all []string
	for _, c := range codes {
		system := "http://hl7.org/fhir/resource-types"
		if strings.ToLower(c) == c {
			system = care.SystemSection
		}
		all = append(all, fmt.Sprintf(`{"system":"%s","code":"%s"}`, system, c))
	}
	return `"class":[` + strings.Join(all, ",") + `]`
}

func purpose(code string) string {
	return `"purpose":[{"system":"` + care.SystemPurpose + `","code":"` + code + `"}]`
}

// thing is a resource about Patient/p with more members.
func thing(t testing.TB, typ, members string) *consent.Facts {
	t.Helper()
	subject := "subject"
	switch typ {
	case "AllergyIntolerance", "RelatedPerson", "Consent", "EpisodeOfCare":
		subject = "patient"
	case "Task":
		subject = "for"
	}
	json := `{"resourceType":"` + typ + `","id":"x","` + subject + `":{"reference":"Patient/p"}`
	if members != "" {
		json += "," + members
	}
	return consent.FactsOf(stored(t, []byte(json+"}")), fhir.Ref{})
}

func scopes(t testing.TB, text string) smart.Scopes {
	t.Helper()
	s, err := smart.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// staff is somebody at an organisation, for TREAT, who may read everything by scope.
func staff(t testing.TB, org, role string, kind consent.OrgKind) consent.Viewer {
	t.Helper()
	return consent.Viewer{
		Class: consent.Staff, Self: []consent.Party{{Ref: ref("Practitioner/" + role)}}, Org: ref(org),
		Orgs: []consent.Party{{Ref: ref(org)}}, OrgKind: kind, Role: role, Purpose: "TREAT", Action: consent.Access,
		Scopes: scopes(t, "user/*.cruds"), Time: noon,
	}
}

func gp(t testing.TB) consent.Viewer {
	return staff(t, practice, care.RoleClinician, consent.OrgHealth)
}

func carer(t testing.TB) consent.Viewer {
	t.Helper()
	return consent.Viewer{
		Class: consent.Proxy, Self: []consent.Party{{Ref: ref("RelatedPerson/carer")}}, Purpose: "FAMRQT", Action: consent.Access,
		Scopes: scopes(t, "patient/*.cruds"), Patient: ref("Patient/p"), Time: noon,
	}
}

func themself(t testing.TB) consent.Viewer {
	t.Helper()
	v := carer(t)
	v.Class, v.Self, v.Purpose = consent.Self, []consent.Party{{Ref: ref("Patient/p")}}, "PATRQT"
	return v
}

const related = `{"resourceType":"RelatedPerson","id":"carer","active":true,"patient":{"reference":"Patient/p"}}`

func decide(t testing.TB, s *consent.Standing, v consent.Viewer, f *consent.Facts) consent.Verdict {
	t.Helper()
	policy, err := consent.Compile(consent.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	return policy.For(v).See(f)
}
