package consent_test

import (
	"fmt"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// eightChoices is a standing with eight provisions that speak of the GP, of every kind of criterion.
func eightChoices(t testing.TB) *consent.Standing {
	t.Helper()
	code := func(c string) string {
		return `"code":[{"coding":[{"system":"http://snomed.info/sct","code":"` + c + `"}]}]`
	}
	return person(t, team,
		choice("a", `{"type":"permit","provision":[{"type":"deny",`+code("38341003")+`},{"type":"deny",`+code("73211009")+`,`+class("Condition")+`}]}`),
		choice("b", `{"type":"deny",`+to(practice)+`,`+class("budget", "caring")+`}`),
		choice("c", `{"type":"deny",`+to(practice)+`,"data":[{"meaning":"instance","reference":{"reference":"Observation/other"}}]}`),
		choice("d", `{"type":"deny","dataPeriod":{"start":"2010","end":"2012"}}`),
		choice("e", `{"type":"permit",`+to(practice)+`,`+class("clinical", "plan")+`}`),
		choice("f", `{"type":"deny",`+to(practice)+`,"data":[{"meaning":"authoredby","reference":{"reference":"Practitioner/former"}}]}`),
	)
}

func typical(t testing.TB) *consent.Facts {
	t.Helper()
	f := consent.FactsOf(stored(t, []byte(`{"resourceType":"Observation","id":"1","status":"final","category":[{"coding":[{"system":
		"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"},
		{"system":"http://snomed.info/sct","code":"75367002"}]},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-02-01T10:00:00Z",
		"performer":[{"reference":"Practitioner/a"}],"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]}},
		{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]}}]}`)), ref(practice))
	return f
}

func BenchmarkSee(b *testing.B) {
	p, err := consent.Compile(consent.Default(), eightChoices(b))
	if err != nil {
		b.Fatal(err)
	}
	r, f := p.For(gp(b)), typical(b)
	if v := r.See(f); v.Why.Step != consent.StepPermit {
		b.Fatalf("decided by %s", v.Why.Step)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.See(f)
	}
}

// eightSensitive is a standing with eight provisions of which most ask for labels or follow references, and the thing
// that is judged by them.
func eightSensitive(t testing.TB) (*consent.Policy, *consent.Facts) {
	t.Helper()
	s := person(t, team,
		choice("a", `{"type":"permit","provision":[{"type":"deny",`+asking("HIV", "SUD", "PSY")+`},{"type":"deny",`+asking("R")+`,`+class("Condition")+`}]}`),
		choice("b", `{"type":"deny",`+to(practice)+`,`+follow("related", "Encounter/v")+`}`),
		choice("c", `{"type":"deny",`+follow("dependents", "CarePlan/c")+`}`),
		choice("d", `{"type":"deny",`+asking("V", "x1")+`}`),
		choice("e", `{"type":"permit",`+to(practice)+`,`+asking("R")+`}`),
		choice("f", `{"type":"deny",`+to(practice)+`,"data":[{"meaning":"authoredby","reference":{"reference":"Practitioner/former"}}]}`),
	).WithEdges(bigWeb(t, 500))
	base := consent.Default()
	base.Labels = labelled
	p, err := consent.Compile(base, s)
	if err != nil {
		t.Fatal(err)
	}
	f := typical(t)
	f.Labels = consent.Labels{Rules: labelled, Level: consent.LevelN}
	f.Links = []consent.Link{{To: ref("Encounter/other"), Member: true}, {To: ref("Condition/d")}}
	return p, f
}

func BenchmarkSeeWithLabelsAndReferences(b *testing.B) {
	p, f := eightSensitive(b)
	r := p.For(gp(b))
	if v := r.See(f); v.Why.Step != consent.StepPermit {
		b.Fatalf("decided by %s", v.Why.Step)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.See(f)
	}
}

// BenchmarkCompile is of fifty Consents, of which every tenth follows references in a record of a thousand things.
func BenchmarkCompile(b *testing.B) {
	choices := []string{team}
	for i := range 50 {
		provision := `{"type":"permit",` + to(practice) + `,` + class("clinical", "plan") + `,"provision":[{"type":"deny",` + asking("HIV") + `}]}`
		if i%10 == 0 {
			provision = `{"type":"deny",` + follow("related", fmt.Sprintf("Observation/o%d", i)) + `}`
		}
		choices = append(choices, choice(fmt.Sprint(i), provision))
	}
	s := person(b, choices...).WithEdges(bigWeb(b, 1000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := consent.Compile(consent.Default(), s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFor(b *testing.B) {
	p, err := consent.Compile(consent.Default(), eightChoices(b))
	if err != nil {
		b.Fatal(err)
	}
	v := gp(b)
	b.ReportAllocs()
	for b.Loop() {
		p.For(v)
	}
}

func BenchmarkFactsFrom(b *testing.B) {
	data := typical(b).Binary()
	b.ReportMetric(float64(len(data)), "bytes")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := consent.FactsFrom(data); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSeeAllocatesNothing(t *testing.T) { //nolint:paralleltest // it counts what the whole process allocates
	p, err := consent.Compile(consent.Default(), eightChoices(t))
	if err != nil {
		t.Fatal(err)
	}
	r, f := p.For(gp(t)), typical(t)
	f.Parts = make([]consent.Part, 3)
	if n := testing.AllocsPerRun(100, func() { r.See(f) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	p, f = eightSensitive(t)
	r, members := p.For(gp(t)), []*consent.Facts{f, f}
	if n := testing.AllocsPerRun(100, func() { r.SeeAmong(f, members) }); n != 0 {
		t.Errorf("with labels and references: %v allocations", n)
	}
	broken, err := consent.Compile(consent.Default(), opened(eightChoices(t)))
	if err != nil {
		t.Fatal(err)
	}
	r = broken.For(emergency(t))
	if n := testing.AllocsPerRun(100, func() { r.See(f) }); n != 0 {
		t.Errorf("under break-glass: %v allocations", n)
	}
}

func ExampleCompile() {
	// A person shares her goals with a charity, and nothing else.
	standing := &consent.Standing{
		Patients: []consent.Patient{{Ref: fhir.Ref{Type: "Patient", ID: "amina"}}},
		Rules: []consent.Rule{{Ref: fhir.Ref{Type: "Consent", ID: "1"}, Active: true, Readings: []consent.Provision{{
			Permit: true,
			Actors: []consent.Actor{{Kind: consent.Recipient, Party: consent.Party{Ref: fhir.Ref{Type: "Organization", ID: "charity"}}}},
			Class:  []consent.Code{{System: care.SystemSection, Code: care.Goals.String()}},
		}}}},
	}
	policy, err := consent.Compile(consent.Default(), standing)
	if err != nil {
		fmt.Println(err)
		return
	}
	residual := policy.For(consent.Viewer{
		Org:  fhir.Ref{Type: "Organization", ID: "charity"},
		Role: care.RoleLinkWorker, OrgKind: consent.OrgVoluntary, Purpose: "TREAT", Action: consent.Access, Time: noon, Scopes: anyScope,
	})
	for _, thing := range []consent.Facts{
		{Ref: fhir.Ref{Type: "Goal", ID: "walk"}, Class: []consent.Code{{System: care.SystemSection, Code: "goals"}}},
		{Ref: fhir.Ref{Type: "Condition", ID: "asthma"}, Class: []consent.Code{{System: care.SystemSection, Code: "clinical"}}},
	} {
		thing.About = []fhir.Ref{{Type: "Patient", ID: "amina"}}
		verdict := residual.See(&thing)
		fmt.Println(thing.Ref, verdict.Sight == consent.Whole, verdict.Why.Step, policy.Rule(verdict.Why.Rule))
	}
	// Output:
	// Goal/walk true consent-permit Consent/1
	// Condition/asthma false consent-permits-other Consent/1
}
