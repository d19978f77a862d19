package consent_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/consent"
	"concord/fhir"
)

// about is a resource about Patient/p under its own id.
func about(t testing.TB, name, members string) *consent.Facts {
	t.Helper()
	at := ref(name)
	subject := "subject"
	switch at.Type {
	case "AllergyIntolerance", "EpisodeOfCare":
		subject = "patient"
	case "Task":
		subject = "for"
	}
	json := `{"resourceType":"` + string(at.Type) + `","id":"` + string(at.ID) + `","` + subject + `":{"reference":"Patient/p"}`
	if members != "" {
		json += "," + members
	}
	return consent.FactsOf(stored(t, []byte(json+"}")), fhir.Ref{})
}

func linked(element, to string) string { return `"` + element + `":{"reference":"` + to + `"}` }

func follow(meaning, to string) string {
	return `"data":[{"meaning":"` + meaning + `","reference":{"reference":"` + to + `"}}]`
}

// webOf is a small record in which most things hang together: an episode with a visit, a plan with an order, and what
// came of them.
func webOf(t testing.TB) map[string]*consent.Facts {
	t.Helper()
	web := map[string]*consent.Facts{}
	for name, members := range map[string]string{
		"EpisodeOfCare/e":       linked("team", "CareTeam/t"),
		"Encounter/v":           `"episodeOfCare":[{"reference":"EpisodeOfCare/e"}],"diagnosis":[{"condition":{"reference":"Condition/d"}}]`,
		"Encounter/w":           `"episodeOfCare":[{"reference":"EpisodeOfCare/e"}]`,
		"Condition/d":           linked("recorder", "Practitioner/a"),
		"Observation/o":         linked("encounter", "Encounter/v"),
		"Observation/of":        `"basedOn":[{"reference":"ServiceRequest/s"}]`,
		"Observation/child":     `"partOf":[{"reference":"Procedure/pr"}]`,
		"Observation/apart":     linked("performer", "Practitioner/a"),
		"Procedure/pr":          `"basedOn":[{"reference":"ServiceRequest/s"}],` + linked("location", "Location/l"),
		"Observation/far":       `"partOf":[{"reference":"Observation/child"}]`,
		"CarePlan/c":            `"activity":[{"reference":{"reference":"ServiceRequest/s"}}],"goal":[{"reference":"Goal/g"}]`,
		"ServiceRequest/s":      "",
		"Goal/g":                "",
		"DiagnosticReport/r":    `"result":[{"reference":"Observation/o"}]`,
		"MedicationStatement/m": `"context":{"reference":"EpisodeOfCare/e"},"medicationReference":{"reference":"Medication/m"}`,
	} {
		web[name] = about(t, name, members)
	}
	return web
}

func all(web map[string]*consent.Facts) []*consent.Facts {
	var facts []*consent.Facts
	for _, f := range web {
		facts = append(facts, f)
	}
	return facts
}

func TestRulesFollowReferences(t *testing.T) {
	t.Parallel()
	web := webOf(t)
	tests := []struct {
		name, provision string
		want            consent.Outcome // of what it reaches
		rest            consent.Outcome
		reaches         []string
	}{
		{
			"a deny of a visit reaches what happened in it, and what it names", `{"type":"deny",` + follow("related", "Encounter/v") + `}`, consent.Deny, consent.NotApplicable,
			[]string{"Condition/d", "Encounter/v", "EpisodeOfCare/e", "Observation/o"},
		},
		{
			"dependents are the same to a deny", `{"type":"deny",` + follow("dependents", "Encounter/v") + `}`, consent.Deny, consent.NotApplicable,
			[]string{"Condition/d", "Encounter/v", "EpisodeOfCare/e", "Observation/o"},
		},
		{
			"a deny of an episode reaches what belongs to its visits", `{"type":"deny",` + follow("related", "EpisodeOfCare/e") + `}`, consent.Deny, consent.NotApplicable,
			[]string{"Encounter/v", "Encounter/w", "EpisodeOfCare/e", "MedicationStatement/m", "Observation/o"},
		},
		{
			"a deny of a plan reaches three steps of membership and no further", `{"type":"deny",` + follow("related", "CarePlan/c") + `}`, consent.Deny, consent.NotApplicable,
			[]string{"CarePlan/c", "Goal/g", "Observation/child", "Observation/of", "Procedure/pr", "ServiceRequest/s"},
		},
		{
			"a deny of anything else reaches one step, both ways", `{"type":"deny",` + follow("related", "ServiceRequest/s") + `}`, consent.Deny, consent.NotApplicable,
			[]string{"CarePlan/c", "Observation/of", "Procedure/pr", "ServiceRequest/s"},
		},
		{
			"a permit of related reaches what the thing refers to", `{"type":"permit",` + follow("related", "DiagnosticReport/r") + `}`, consent.Permit, consent.WeakDeny,
			[]string{"DiagnosticReport/r", "Observation/o"},
		},
		{
			"a permit of dependents reaches what refers to it", `{"type":"permit",` + follow("dependents", "Observation/o") + `}`, consent.Permit, consent.WeakDeny,
			[]string{"DiagnosticReport/r", "Observation/o"},
		},
		{
			"a permit of related does not reach back", `{"type":"permit",` + follow("related", "Observation/o") + `}`, consent.Permit, consent.WeakDeny,
			[]string{"Encounter/v", "Observation/o"},
		},
		{
			"but for a visit, which is shared with what was made in it", `{"type":"permit",` + follow("related", "Encounter/v") + `}`, consent.Permit, consent.WeakDeny,
			[]string{"Condition/d", "Encounter/v", "EpisodeOfCare/e", "Observation/o"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := person(t, team, choice("c", tt.provision))
			if !s.NeedsEdges() {
				t.Fatal("the standing asks for no references")
			}
			r := residual(t, s.WithEdges(all(web)), gp(t))
			var reached []string
			for name, f := range web {
				switch got := r.Consents(f); got {
				case tt.want:
					reached = append(reached, name)
				case tt.rest:
				default:
					t.Errorf("%s: %d", name, got)
				}
			}
			slices.Sort(reached)
			if diff := cmp.Diff(tt.reaches, reached); diff != "" {
				t.Errorf("reached (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeFollowedDeniesAndDoesNotPermit(t *testing.T) {
	t.Parallel()
	o := about(t, "Observation/apart", "")
	tests := []struct {
		name, provision string
		edges           []*consent.Facts
		want            consent.Outcome
	}{
		{"a deny by references that are not known yet denies all", `{"type":"deny",` + follow("related", "Encounter/v") + `}`, nil, consent.Deny},
		{"a permit by them permits nothing", `{"type":"permit",` + follow("related", "Encounter/v") + `}`, nil, consent.WeakDeny},
		{"nobody follows a reference to a person", `{"type":"deny",` + follow("related", "Practitioner/a") + `}`, []*consent.Facts{}, consent.Deny},
		{"nor one by identifier", `{"type":"deny","data":[{"meaning":"dependents","reference":{"identifier":{"system":"s","value":"1"}}}]}`, []*consent.Facts{}, consent.Deny},
		{"known references leave the others alone", `{"type":"deny",` + follow("related", "Encounter/v") + `}`, []*consent.Facts{}, consent.NotApplicable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := person(t, team, choice("c", tt.provision))
			if tt.edges != nil {
				s = s.WithEdges(tt.edges)
			}
			if got := residual(t, s, gp(t)).Consents(o); got != tt.want {
				t.Errorf("decided %d, want %d", got, tt.want)
			}
		})
	}
}

func TestAThingThatIsBeingWrittenIsJudgedByItsOwnReferences(t *testing.T) {
	t.Parallel()
	deny := person(t, team, choice("c", `{"type":"deny",`+follow("related", "Encounter/v")+`}`)).WithEdges(nil)
	f := about(t, "Observation/new", linked("encounter", "Encounter/v"))
	if v := decide(t, deny, gp(t), f); v.Why.Step != consent.StepDeny {
		t.Errorf("decided by %s", v.Why.Step)
	}
}

func TestStandingsHoldReferencesOnlyWhileSomethingFollowsThem(t *testing.T) {
	t.Parallel()
	s := person(t, team)
	o := about(t, "Observation/o", linked("encounter", "Encounter/v"))
	if s.NeedsEdges() || s.With(o) != s.With(o).With(o) || len(s.With(o).Edges) > 0 {
		t.Error("somebody without such a choice pays for it")
	}
	s = person(t, team, choice("c", `{"type":"permit","provision":[{"type":"deny",`+follow("dependents", "Encounter/v")+`}]}`))
	s = s.WithEdges([]*consent.Facts{about(t, "Encounter/v", "")})
	if s.NeedsEdges() || !s.Edged || len(s.Edges) != 0 {
		t.Fatalf("edges %v, needed %t", s.Edges, s.NeedsEdges())
	}
	s = s.With(o)
	edge := []consent.Edge{{From: ref("Observation/o"), To: ref("Encounter/v"), Member: true}}
	if diff := cmp.Diff(edge, s.Edges); diff != "" {
		t.Errorf("a new thing (-want +got):\n%s", diff)
	}
	if s.With(o) != s {
		t.Error("the same references change nothing")
	}
	moved := s.With(about(t, "Observation/o", linked("encounter", "Encounter/w")))
	if len(moved.Edges) != 1 || moved.Edges[0].To != ref("Encounter/w") {
		t.Errorf("a new version: %v", moved.Edges)
	}
	gone := about(t, "Observation/o", linked("encounter", "Encounter/v"))
	gone.Deleted = true
	if after := s.With(gone); len(after.Edges) != 0 || !after.Edged {
		t.Errorf("a deletion: %v", after.Edges)
	}
	other := person(t, team).With(about(t, "Observation/x", linked("encounter", "Encounter/v")))
	if joined := consent.Join(s, other); joined.Edged || !joined.NeedsEdges() {
		t.Error("a record whose references are not known is joined as if they were")
	}
	if joined := consent.Join(s, s); !joined.Edged || len(joined.Edges) != 1 {
		t.Errorf("two that are known: %v", joined.Edges)
	}
	ended := choice("c", `{"type":"permit"}`)
	if after := s.With(consent.FactsOf(stored(t, []byte(ended)), ref(practice))); after.Edged || after.Edges != nil {
		t.Error("references are held that nothing follows")
	}
}

func TestLinksOfAThing(t *testing.T) {
	t.Parallel()
	f := about(t, "CarePlan/c", `"encounter":{"reference":"Encounter/v"},"careTeam":[{"reference":"CareTeam/t"}],"author":{"reference":"Practitioner/a"},
		"contained":[{"resourceType":"Goal","id":"g","addresses":[{"reference":"Condition/d"}]}],"goal":[{"reference":"#g"}],
		"activity":[{"reference":{"reference":"Task/t"},"outcomeReference":[{"reference":"Observation/o"}]}],
		"supportingInfo":[{"reference":"CarePlan/c"},{"reference":"https://elsewhere.example/Observation/1"}]`)
	want := []consent.Link{
		{To: ref("CareTeam/t")}, {To: ref("Condition/d")}, {To: ref("Encounter/v"), Member: true}, {To: ref("Observation/o"), Member: true}, {To: ref("Task/t"), Member: true},
	}
	if diff := cmp.Diff(want, f.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

func TestAChoiceThatReachesTooMuchIsNotCertainOfTheRest(t *testing.T) {
	t.Parallel()
	list := &consent.Facts{Ref: ref("List/l")}
	for i := range 50_100 {
		list.Links = append(list.Links, consent.Link{To: fhir.Ref{Type: "Observation", ID: fhir.ID(fmt.Sprintf("%06d", i))}})
	}
	unreached := about(t, "Observation/other", "")
	for typ, want := range map[string]consent.Outcome{"deny": consent.Deny, "permit": consent.WeakDeny} {
		s := person(t, team, choice("c", `{"type":"`+typ+`",`+follow("related", "List/l")+`}`)).WithEdges([]*consent.Facts{list})
		if got := residual(t, s, gp(t)).Consents(unreached); got != want {
			t.Errorf("a %s decides %d, want %d", typ, got, want)
		}
	}
}

// bigWeb is a record of n things in one visit.
func bigWeb(t testing.TB, n int) []*consent.Facts {
	t.Helper()
	var facts []*consent.Facts
	for i := range n {
		facts = append(facts, about(t, fmt.Sprintf("Observation/o%d", i), linked("encounter", "Encounter/v")))
	}
	return facts
}
