package consent_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

func residual(t *testing.T, s *consent.Standing, v consent.Viewer) consent.Residual {
	t.Helper()
	p, err := consent.Compile(consent.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	return p.For(v)
}

func TestLastingRelationships(t *testing.T) {
	t.Parallel()
	mine := consent.Party{Ref: ref(practice)}
	soon, later := noon.Add(time.Hour), noon.Add(2*time.Hour)
	tied := func(ties ...consent.Tie) *consent.Standing {
		s := person(t)
		s.Ties = ties
		return s
	}
	tests := []struct {
		name    string
		who     *consent.Standing
		by      consent.Viewer
		lasting bool
		ends    time.Time
	}{
		{"none", tied(), gp(t), false, time.Time{}},
		{"care that was started", tied(consent.Tie{Kind: consent.TieStarted, Who: mine, Period: consent.Span{To: soon}}), gp(t), false, soon},
		{"the later of two ends counts", tied(consent.Tie{Kind: consent.TieStarted, Who: mine, Period: consent.Span{To: soon}}, consent.Tie{Kind: consent.TieReferral, Who: mine, Period: consent.Span{To: later}}), gp(t), false, later},
		{"one without an end has none", tied(consent.Tie{Kind: consent.TieStarted, Who: mine, Period: consent.Span{To: soon}}, consent.Tie{Kind: consent.TieRequest, Who: mine}), gp(t), false, time.Time{}},
		{"a team", tied(consent.Tie{Kind: consent.TieCareTeam, Who: mine, Period: consent.Span{To: soon}}), gp(t), true, soon},
		{"a visit", tied(consent.Tie{Kind: consent.TieEncounter, Who: mine}), gp(t), true, time.Time{}},
		{"the practice of the person", tied(consent.Tie{Kind: consent.TieGeneral, Who: mine}), gp(t), true, time.Time{}},
		{"a team that somebody put together who only started care", tied(consent.Tie{Kind: consent.TieCareTeam, Who: mine, Short: true, Period: consent.Span{To: soon}}), gp(t), false, soon},
		{"a team that was", tied(consent.Tie{Kind: consent.TieCareTeam, Who: mine, Period: consent.Span{To: noon.Add(-1)}}), gp(t), false, time.Time{}},
		{"a team of others", tied(consent.Tie{Kind: consent.TieCareTeam, Who: consent.Party{Ref: ref(hospital)}}), gp(t), false, time.Time{}},
		{"a permit", person(t, choice("c", `{"type":"permit",`+to(practice)+`}`)), gp(t), false, time.Time{}},
		{"the person", tied(), themself(t), true, time.Time{}},
		{"somebody close", person(t, related), carer(t), false, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := residual(t, tt.who, tt.by)
			if r.Lasting() != tt.lasting || !r.TieEnds().Equal(tt.ends) {
				t.Errorf("lasting %t until %s, want %t until %s", r.Lasting(), r.TieEnds(), tt.lasting, tt.ends)
			}
		})
	}
	if z := (consent.Residual{}); z.Lasting() || !z.TieEnds().IsZero() {
		t.Error("the zero residual is related")
	}
}

func TestATeamThatIsShortOpensNothingLocked(t *testing.T) {
	t.Parallel()
	locked := from(practice, thing(t, "Observation", label(care.LabelLocked)))
	for _, kind := range []consent.TieKind{consent.TieCareTeam, consent.TieReferral, consent.TieEncounter} {
		s := person(t)
		s.Ties = []consent.Tie{{Kind: kind, Who: consent.Party{Ref: ref(practice)}}}
		if v := decide(t, s, gp(t), locked); v.Sight != consent.Whole {
			t.Errorf("a tie of kind %d: %+v", kind, v)
		}
		s.Ties[0].Short = true
		if v := decide(t, s, gp(t), locked); v.Sight != consent.Hidden {
			t.Errorf("a short tie of kind %d: %+v", kind, v)
		}
		if v := decide(t, s, gp(t), thing(t, "Observation", "")); v.Sight != consent.Whole {
			t.Errorf("a short tie of kind %d relates nobody: %+v", kind, v)
		}
	}
}

func TestStartingCareAgain(t *testing.T) {
	t.Parallel()
	start := func(org, id string, at time.Time) consent.Tie {
		return consent.Tie{Who: consent.Party{Ref: ref(org)}, From: ref("Encounter/" + id), Period: consent.Span{From: at, To: at.Add(72 * time.Hour)}}
	}
	s := person(t, team).Started(start(hospital, "a", noon)).Started(start(charity, "b", noon)).Started(start(hospital, "c", noon.Add(time.Hour)))
	var got []string
	for _, tie := range s.Ties {
		if tie.Kind == consent.TieStarted {
			got = append(got, tie.From.String())
		}
	}
	if diff := cmp.Diff([]string{"Encounter/b", "Encounter/c"}, got); diff != "" {
		t.Errorf("the same organisation once more (-want +got):\n%s", diff)
	}
	s = s.Started(start(practice, "d", noon.AddDate(0, 0, 4)))
	if len(s.Ties) != 4 { // three of the team, and the last
		t.Errorf("%d ties when the others are over: %+v", len(s.Ties), s.Ties)
	}
}

func TestVisitsWithoutAnEndAreBounded(t *testing.T) {
	t.Parallel()
	s := person(t, team)
	for i := range 50 {
		s = s.Started(consent.Tie{Who: consent.Party{Ref: ref(hospital)}, From: ref(fmt.Sprintf("Encounter/%02d", i)), Period: consent.Span{From: noon.AddDate(0, 0, i)}})
	}
	var got []string
	for _, tie := range s.Ties {
		if tie.Kind == consent.TieStarted {
			got = append(got, tie.From.String())
		}
	}
	want := []string{"Encounter/42", "Encounter/43", "Encounter/44", "Encounter/45", "Encounter/46", "Encounter/47", "Encounter/48", "Encounter/49"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the newest stay (-want +got):\n%s", diff)
	}
}

func TestDomainOfAChoice(t *testing.T) {
	t.Parallel()
	of := func(organization, provision string) string {
		return harvested(`"organization":[` + organization + `],"provision":` + provision)
	}
	permit := of(`{"reference":"`+practice+`"}`, `{"type":"permit",`+to(charity)+`}`)
	link := staff(t, charity, care.RoleLinkWorker, consent.OrgVoluntary)
	ours, theirs, whose := from(practice, thing(t, "Goal", "")), from(hospital, thing(t, "Goal", "")), thing(t, "Goal", "")
	tests := []struct {
		name, consent string
		by            consent.Viewer
		what          *consent.Facts
		want          consent.Outcome
	}{
		{"a permit speaks of what the organisation keeps", permit, link, ours, consent.Permit},
		{"not of what others do", permit, link, theirs, consent.NotApplicable},
		{"and of that whose keeper is not known", permit, link, whose, consent.Permit},
		{"a narrow one says nothing else of what others keep", of(`{"reference":"`+practice+`"}`, `{"type":"permit",`+class("Condition")+`}`), gp(t), theirs, consent.NotApplicable},
		{"a domain that cannot be followed is nobody's", of(`{"display":"my surgery"}`, `{"type":"permit",`+to(charity)+`}`), link, ours, consent.NotApplicable},
		{"a deny holds wherever the data are", of(`{"reference":"`+practice+`"}`, `{"type":"deny"}`), gp(t), theirs, consent.Deny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := person(t, team, tt.consent)
			if got := residual(t, s, tt.by).Consents(tt.what); got != tt.want {
				t.Errorf("outcome %d, want %d", got, tt.want)
			}
		})
	}
	for _, c := range person(t, permit).Choices(noon, func(fhir.Ref) string { return "" }) {
		if want := "You share everything that is kept by an organisation that you named with an organisation that you named."; c.Text != want {
			t.Errorf("told as %q", c.Text)
		}
	}
	none := from(practice, thing(t, "AllergyIntolerance", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`))
	if v := decide(t, person(t, permit), link, none); v.Sight != consent.Hidden {
		t.Errorf("none known, where another's allergies are hidden: %+v", v)
	}
}
