package consent_test

import (
	"slices"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir/care"
)

// emergency is a doctor of the hospital who may break the glass.
func emergency(t testing.TB) consent.Viewer {
	t.Helper()
	v := staff(t, hospital, care.RoleClinician, consent.OrgHealth)
	v.Self, v.Purpose, v.Glass = []consent.Party{{Ref: ref("Practitioner/er")}}, "BTG", true
	return v
}

// opened is a standing with a window for that doctor from an hour ago until in eleven.
func opened(s *consent.Standing) *consent.Standing {
	return s.Opened(consent.Opened{Who: consent.Party{Ref: ref("Practitioner/er")}, From: noon.Add(-time.Hour), To: noon.Add(11 * time.Hour)})
}

func TestBreakGlass(t *testing.T) {
	t.Parallel()
	observation := thing(t, "Observation", "")
	er := emergency(t)
	denied := choice("d", `{"type":"deny",`+to(hospital)+`}`)
	refusing := choice("d", `{"type":"deny","provision":[{"type":"deny",`+purpose("ETREAT")+`}]}`)
	ex := choice("d", `{"type":"deny",`+to("Practitioner/er")+`}`)
	dead := `{"resourceType":"Patient","id":"p","deceasedDateTime":"2026-05-30"}`
	tests := []struct {
		name string
		who  *consent.Standing
		by   consent.Viewer
		what *consent.Facts
		step consent.Step
		seen bool
	}{
		{"opens what nobody shared", opened(person(t)), er, observation, consent.StepGlass, true},
		{"not without a window", person(t), er, observation, consent.StepStanding, false},
		{"not by the purpose alone", opened(person(t)), with(er, func(v *consent.Viewer) { v.Glass = false }), observation, consent.StepStanding, false},
		{"not for another purpose", opened(person(t)), with(er, func(v *consent.Viewer) { v.Purpose = "TREAT" }), observation, consent.StepStanding, false},
		{"not for somebody else", opened(person(t)), with(er, func(v *consent.Viewer) { v.Self = []consent.Party{{Ref: ref("Practitioner/other")}} }), observation, consent.StepStanding, false},
		{"not after the window", opened(person(t)), with(er, func(v *consent.Viewer) { v.Time = noon.Add(11*time.Hour + 1) }), observation, consent.StepStanding, false},
		{"not for a backend", opened(person(t)), with(er, func(v *consent.Viewer) { v.Class, v.Scopes = consent.System, scopes(t, "system/*.cruds") }), observation, consent.StepStanding, false},
		{"not for a carer", opened(person(t, related)), with(carer(t), func(v *consent.Viewer) {
			v.Purpose, v.Glass, v.Self = "BTG", true, append(v.Self, consent.Party{Ref: ref("Practitioner/er")})
		}), observation, consent.StepStanding, false},
		{"not for writing", opened(person(t)), with(er, func(v *consent.Viewer) { v.Action = consent.Access | consent.Correct }), observation, consent.StepStanding, false},
		{"not beyond the scope", opened(person(t)), with(er, func(v *consent.Viewer) { v.Scopes = scopes(t, "user/Goal.rs") }), observation, consent.StepScope, false},
		{"opens what is denied", opened(person(t, team, denied)), er, observation, consent.StepGlass, true},
		{"opens what is shared otherwise only", opened(person(t, team, choice("d", `{"type":"permit",`+class("Goal")+`}`))), er, observation, consent.StepGlass, true},
		{"opens what is sealed", opened(person(t)), er, from(practice, thing(t, "Observation", label(care.LabelSealed))), consent.StepGlass, true},
		{"not what is locked", opened(person(t)), er, from(practice, thing(t, "Observation", label(care.LabelLocked))), consent.StepSeal, false},
		{"not what is very restricted", opened(person(t)), er, thing(t, "Observation", wearing("V")), consent.StepStanding, false},
		{"not what is both sealed and very restricted, for the team either", opened(person(t, team)), er, from(practice, thing(t, "Observation", `"meta":{"security":[{"system":"`+care.SystemLabel+`","code":"sealed"},{"system":"`+confidentiality+`","code":"V"}]}`)), consent.StepSeal, false},
		{"not what is denied to this very user", opened(person(t, team, ex)), er, observation, consent.StepDeny, false},
		{"but where that deny spares emergencies", opened(person(t, choice("d", `{"type":"deny",`+to("Practitioner/er")+`,"provision":[{"type":"permit",`+purpose("ETREAT")+`}]}`))), er, observation, consent.StepGlass, true},
		{"not what is refused for emergencies", opened(person(t, team, refusing)), er, observation, consent.StepDeny, false},
		{"nor what a general refusal has within it", opened(person(t, team, choice("d", `{"type":"deny",`+purpose("BTG")+`,"provision":[{"type":"deny",`+class("Observation")+`}]}`))), er, observation, consent.StepDeny, false},
		{"a refusal of other things is of other things", opened(person(t, choice("d", `{"type":"permit","provision":[{"type":"deny",`+purpose("ETREAT")+`,`+class("Goal")+`}]}`))), er, observation, consent.StepGlass, true},
		{"a deny of treatment is no refusal of emergencies", opened(person(t, team, choice("d", `{"type":"deny",`+purpose("TREAT")+`}`))), er, observation, consent.StepGlass, true},
		{"not a sharing choice", opened(person(t)), er, thing(t, "Consent", `"scope":{"coding":[{"code":"patient-privacy"}]}`), consent.StepChoice, false},
		{"not after death", opened(person(t, dead)), er, observation, consent.StepStanding, false},
		{"what is shared anyway is not opened by it", opened(person(t, team, choice("d", `{"type":"permit"}`))), er, observation, consent.StepPermit, true},
		{"a statement that none is known is not true: a very restricted allergy stays hidden", opened(person(t, denied)), er, thing(t, "AllergyIntolerance", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`), consent.StepNoneKnown, false},
		{"not where a refusal may hide an allergy", opened(person(t, choice("d", `{"type":"deny",`+purpose("ETREAT")+`,`+class("AllergyIntolerance")+`,`+asking("HIV")+`}`))), er, thing(t, "AllergyIntolerance", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`), consent.StepNoneKnown, false},
		{"what labels say is for other purposes is opened", opened(person(t)), er, thing(t, "Observation", `"meta":{"security":[{"system":"`+care.SystemPurpose+`","code":"HRESCH"}]}`), consent.StepGlass, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := decide(t, tt.who, tt.by, tt.what)
			if v.Why.Step != tt.step || (v.Sight != consent.Hidden) != tt.seen {
				t.Errorf("seen %t by %s, want %t by %s", v.Sight != consent.Hidden, v.Why.Step, tt.seen, tt.step)
			}
		})
	}
}

func TestARefusalMayGiveWayWhereTheLawSays(t *testing.T) {
	t.Parallel()
	s := opened(person(t, choice("d", `{"type":"deny",`+purpose("BTG")+`}`), choice("e", `{"type":"deny",`+to("Practitioner/none")+`}`)))
	base := consent.Default()
	base.OpensRefused = true
	p, err := consent.Compile(base, s)
	if err != nil {
		t.Fatal(err)
	}
	if v := p.For(emergency(t)).See(thing(t, "Observation", "")); v.Why.Step != consent.StepGlass {
		t.Errorf("decided by %s", v.Why.Step)
	}
}

func TestBreakGlassIgnoresWhatIsNotLabelledYet(t *testing.T) {
	t.Parallel()
	s := opened(person(t, choice("d", `{"type":"deny",`+asking("R")+`}`)))
	if v := underRules(t, 7, s, emergency(t)).See(thing(t, "Observation", "")); v.Why.Step != consent.StepGlass {
		t.Errorf("an emergency waits for labelling: %s", v.Why.Step)
	}
	if v := underRules(t, 7, s, emergency(t)).See(thing(t, "Observation", wearing("V"))); v.Sight != consent.Hidden {
		t.Error("what came as V is opened before labelling has run")
	}
}

func TestWindowsOfBreakGlass(t *testing.T) {
	t.Parallel()
	s := opened(person(t))
	r := residual(t, s, emergency(t))
	if want := noon.Add(11*time.Hour + 1); !r.Until().Equal(want) {
		t.Errorf("until %s, want %s", r.Until(), want)
	}
	renewed := s.Opened(consent.Opened{Who: consent.Party{Ref: ref("Practitioner/er")}, From: noon, To: noon.Add(12 * time.Hour)})
	if len(renewed.Glass) != 1 || len(s.Glass) != 1 {
		t.Errorf("a renewal gives %d windows", len(renewed.Glass))
	}
	later := renewed.Opened(consent.Opened{Who: consent.Party{Ref: ref("Practitioner/other")}, From: noon.Add(24 * time.Hour), To: noon.Add(25 * time.Hour)})
	if len(later.Glass) != 1 {
		t.Errorf("windows that are over are kept: %v", later.Glass)
	}
	if names := s.Principals(); !slices.Contains(names, "Practitioner/er") {
		t.Errorf("who broke the glass finds nobody: %v", names)
	}
	if joined := consent.Join(s, renewed); len(joined.Glass) != 2 {
		t.Errorf("joined %v", joined.Glass)
	}
}
