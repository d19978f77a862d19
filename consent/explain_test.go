package consent_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

func TestAnExplanationIsTheDecision(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		for range rapid.IntRange(0, 2).Draw(t, "parts") {
			inside := drawFacts(t)
			f.Parts = append(f.Parts, consent.Part{
				Whole: rarely(t, "takes the host"), Class: inside.Class, Codes: inside.Codes, Primary: inside.Primary,
				Events: inside.Events, Sections: inside.Sections,
			})
		}
		p := compile(t, s)
		var members []*consent.Facts
		if rarely(t, "gathers another") {
			members = append(members, drawFacts(t))
		}
		want := p.For(v).SeeAmong(f, members)
		e := p.Explain(v, f, members...)
		if diff := cmp.Diff(want, e.Verdict); diff != "" {
			t.Fatalf("explained otherwise than decided (-decided +explained)\n%s", diff)
		}
		checkSteps(t, &e)
		if len(members) == 0 {
			checkChoices(t, &e, p.For(v).Consents(f))
		}
	})
}

// checkSteps asks that one step decided, the last, and that it says what was decided of the host.
func checkSteps(t *rapid.T, e *consent.Explanation) {
	last := e.Steps[len(e.Steps)-1]
	for _, asked := range e.Steps[:len(e.Steps)-1] {
		if asked.Answer != consent.Passes {
			t.Fatalf("%s decided, and %s was asked after it", asked.Step, last.Step)
		}
	}
	switch {
	case last.Answer == consent.Passes:
		t.Fatal("no step decided")
	case last.Answer == consent.Hides && (e.Verdict.Sight != consent.Hidden || e.Verdict.Why.Step != last.Step):
		t.Fatalf("%s hides, and the verdict is %+v", last.Step, e.Verdict)
	case last.Answer == consent.Shows && e.Verdict.Sight == consent.Hidden && len(e.Parts) == 0:
		t.Fatalf("%s shows, and nothing inside hides, but the verdict is %+v", last.Step, e.Verdict)
	case e.Plain == "":
		t.Fatal("nothing is said to the person")
	}
}

// checkChoices joins what the choices said, as section 12 step 8 joins them.
func checkChoices(t *rapid.T, e *consent.Explanation, joined consent.Outcome) {
	said := map[consent.Outcome]bool{}
	for _, c := range e.Choices {
		said[c.Outcome] = true
		silent := c.Outcome == consent.NotApplicable || c.Outcome == consent.WeakDeny
		if silent != (c.Failed != "") {
			t.Fatalf("%s for the reason %q", c.Outcome, c.Failed)
		}
		if c.Decided && (c.Outcome == consent.NotApplicable || c.Plain == "" || c.At == "") {
			t.Fatalf("decided, without words or place: %+v", c)
		}
	}
	if len(e.Choices) == 0 {
		return
	}
	want := consent.NotApplicable
	for _, outcome := range []consent.Outcome{consent.WeakDeny, consent.Permit, consent.Deny} {
		if said[outcome] {
			want = outcome
		}
	}
	if want != joined {
		t.Fatalf("the choices join to %s, decided was %s", want, joined)
	}
}

func TestAnExplanationNamesTheProvision(t *testing.T) {
	t.Parallel()
	away := `{"type":"deny",` + to(hospital) + `,"provision":[{"type":"permit","period":{"end":"2001-01-01"}},
		{"type":"permit",` + class("goals", "Goal") + `},{"type":"deny",` + class("goals", "Goal") + `,"provision":[{"type":"permit",
		"purpose":[{"system":"` + care.SystemPurpose + `","code":"ETREAT"}]}]}]}`
	doctor := staff(t, hospital, care.RoleClinician, consent.OrgHealth)
	goal := thing(t, "Goal", "")
	tests := []struct {
		name    string
		who     *consent.Standing
		by      consent.Viewer
		what    *consent.Facts
		precise string
		plain   string
	}{
		{
			"the exception that wins", person(t, team, choice("c", away)), doctor, goal,
			"Consent/c: deny at provision.provision[2] (decides)", "You do not share",
		},
		{
			"an emergency inside the exception", person(t, team, choice("c", away)), with(doctor, func(v *consent.Viewer) { v.Purpose = "ETREAT" }), goal,
			"Consent/c: permit at provision.provision[1] (decides)", "You share",
		},
		{
			"the recipient it does not name", person(t, team, choice("c", away)), gp(t), goal,
			"Consent/c: not-applicable at provision, for provision.actor does not hold", "have not chosen otherwise",
		},
		{
			"what it permits instead", person(t, team, choice("c", `{"type":"permit",`+class("goals", "Goal")+`}`)), gp(t), thing(t, "Observation", ""),
			"Consent/c: weak-deny at provision, for provision.class does not hold (decides)", "other things only",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := compile(t, tt.who).Explain(tt.by, tt.what)
			if len(e.Choices) != 1 || e.Choices[0].Precise != tt.precise {
				t.Errorf("%+v, want %s", e.Choices, tt.precise)
			}
			if !strings.Contains(e.Plain, tt.plain) {
				t.Errorf("%q, want %q in it", e.Plain, tt.plain)
			}
		})
	}
}

func TestAnExplanationNamesTheVersionOfTheConsent(t *testing.T) {
	t.Parallel()
	said := strings.Replace(choice("c", `{"type":"deny"}`), `"id"`, `"meta":{"versionId":"7"},"id"`, 1)
	e := compile(t, person(t, team, said)).Explain(gp(t), thing(t, "Goal", ""))
	if len(e.Choices) != 1 || !strings.HasPrefix(e.Choices[0].Precise, "Consent/c/_history/7: deny") {
		t.Errorf("%+v", e.Choices)
	}
}

// Plain words have no words of the trade in them, whatever decided.
func TestAnExplanationIsInPlainWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		e := compile(t, s).Explain(v, f)
		for _, word := range []string{"provision", "purpose of use", "Consent/", "TREAT", "policy", "scope", "Observation", "recipient"} {
			if strings.Contains(e.Plain, word) {
				t.Fatalf("%q has %q in it", e.Plain, word)
			}
		}
	})
}

// BenchmarkExplain measures the millisecond that an explanation may take; this bounds it for a busy machine that looks for
// races as well.
func TestFiftyConsentsAreExplainedAtOnce(t *testing.T) {
	s := person(t, team)
	for i := range 50 {
		rule := consent.RuleOf(stored(t, []byte(choice(fmt.Sprint(i), `{"type":"permit",`+to("Organization/other")+`,"provision":[{"type":"deny",`+class("goals", "Goal")+`},
			{"type":"permit","provision":[{"type":"deny",`+class("goals", "Goal")+`}]}]}`))))
		s.Rules = append(s.Rules, *rule)
	}
	p, v, f := compile(t, s), gp(t), thing(t, "Observation", "")
	best := time.Hour
	for range 20 {
		start := time.Now()
		p.Explain(v, f)
		best = min(best, time.Since(start))
	}
	if best > 10*time.Millisecond {
		t.Errorf("the best of twenty took %s", best)
	}
}

func BenchmarkExplain(b *testing.B) {
	s := person(b, team)
	for i := range 50 {
		s.Rules = append(s.Rules, *consent.RuleOf(stored(b, []byte(choice(fmt.Sprint(i), `{"type":"deny",`+class("goals", "AllergyIntolerance")+`,"provision":[{"type":"permit"},{"type":"deny"}]}`)))))
	}
	p, v, f := compile(b, s), consent.Viewer{Class: consent.Staff, Self: []consent.Party{{Ref: ref("Practitioner/x")}}, Related: true, Action: consent.Access, Purpose: "TREAT", Time: noon, OrgKind: consent.OrgHealth, Role: care.RoleClinician}, &consent.Facts{
		Ref: fhir.Ref{Type: "Goal", ID: "1"}, About: []fhir.Ref{ref("Patient/p")}, Sections: care.In(care.Clinical),
	}
	for b.Loop() {
		p.Explain(v, f)
	}
}
