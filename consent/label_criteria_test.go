package consent_test

import (
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

const (
	confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	actCode         = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
)

func codings(element string, codes ...string) string {
	text := `"` + element + `":[`
	for i, c := range codes {
		if i > 0 {
			text += ","
		}
		system := actCode
		switch {
		case len(c) == 1:
			system = confidentiality
		case c == care.TopicSafeguarding || c == care.TopicChildProtection:
			system = care.SystemTopic
		case c[0] == 'x':
			system = "urn:ours"
		}
		text += `{"system":"` + system + `","code":"` + c + `"}`
	}
	return text + "]"
}

// wearing is the meta of a thing with these labels; one character is a confidentiality.
func wearing(codes ...string) string { return `"meta":{` + codings("security", codes...) + `}` }

func asking(codes ...string) string { return codings("securityLabel", codes...) }

func TestRulesAskForLabels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, provision string
		thing           []string
		want            consent.Outcome
	}{
		{"a permit of R covers R", `{"type":"permit",` + asking("R") + `}`, []string{"R"}, consent.Permit},
		{"and all below", `{"type":"permit",` + asking("R") + `}`, []string{"N"}, consent.Permit},
		{"and what has no label at all, which is N", `{"type":"permit",` + asking("N") + `}`, nil, consent.Permit},
		{"not what is above", `{"type":"permit",` + asking("N") + `}`, []string{"R"}, consent.WeakDeny},
		{"a deny of R covers V", `{"type":"deny",` + asking("R") + `}`, []string{"V"}, consent.Deny},
		{"not what is below", `{"type":"deny",` + asking("R") + `}`, []string{"N"}, consent.NotApplicable},
		{"what is sensitive is R where no level says otherwise", `{"type":"deny",` + asking("R") + `}`, []string{"HIV"}, consent.Deny},
		{"the level that came with it counts else", `{"type":"deny",` + asking("R") + `}`, []string{"HIV", "N"}, consent.NotApplicable},
		{"the highest of several counts", `{"type":"deny",` + asking("R") + `}`, []string{"N", "R"}, consent.Deny},
		{"a rule on a sensitivity covers those under it", `{"type":"deny",` + asking("SUD") + `}`, []string{"ETHUD"}, consent.Deny},
		{"as PCF does with alcohol", `{"type":"deny",` + asking("ETH") + `}`, []string{"OPIOIDUD"}, consent.Deny},
		{"not those above", `{"type":"deny",` + asking("ETHUD") + `}`, []string{"SUD"}, consent.NotApplicable},
		{"nor its sisters", `{"type":"deny",` + asking("ETHUD") + `}`, []string{"PSY"}, consent.NotApplicable},
		{"one of several is enough", `{"type":"permit",` + asking("N", "PSY") + `}`, []string{"PSY", "R"}, consent.Permit},
		{"either of them", `{"type":"permit",` + asking("PSY", "N") + `}`, []string{"N"}, consent.Permit},
		{"and none is not", `{"type":"permit",` + asking("N", "PSY") + `}`, []string{"SDV", "R"}, consent.WeakDeny},
		{"labels of others match as they stand", `{"type":"deny",` + asking("x1") + `}`, []string{"x1"}, consent.Deny},
		{"and no others", `{"type":"deny",` + asking("x1") + `}`, []string{"x2"}, consent.NotApplicable},
		{"a sensitivity that no table knows denies all", `{"type":"deny",` + asking("NOSUCH") + `}`, nil, consent.Deny},
		{"and permits what came with it alone", `{"type":"permit",` + asking("NOSUCH") + `}`, []string{"N"}, consent.WeakDeny},
		{"STU3 systems are the same labels", `{"type":"deny","securityLabel":[{"system":"http://hl7.org/fhir/v3/Confidentiality","code":"R"}]}`, []string{"R"}, consent.Deny},
		{"so are value sets that stand for systems", `{"type":"deny","securityLabel":[{"system":"http://terminology.hl7.org/ValueSet/v3-InformationSensitivityPolicy","code":"HIV"}]}`, []string{"HIV"}, consent.Deny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := residual(t, person(t, team, choice("c", tt.provision)), gp(t))
			if got := r.Consents(thing(t, "Observation", wearing(tt.thing...))); got != tt.want {
				t.Errorf("decided %d, want %d", got, tt.want)
			}
			if !r.AsksLabels() {
				t.Error("the residual says that it asks for no labels")
			}
		})
	}
}

// underRules decides with labels of a rule set in force.
func underRules(t testing.TB, rules uint64, s *consent.Standing, v consent.Viewer) consent.Residual {
	t.Helper()
	base := consent.Default()
	base.Labels = rules
	p, err := consent.Compile(base, s)
	if err != nil {
		t.Fatal(err)
	}
	return p.For(v)
}

func TestLabelsOfAnotherRuleSetAreNotCertain(t *testing.T) {
	t.Parallel()
	normal := thing(t, "Observation", wearing("N"))
	tests := []struct {
		name, provision string
		labelledBy      uint64
		want            consent.Outcome
	}{
		{"what was never labelled meets every deny", `{"type":"deny",` + asking("V") + `}`, 0, consent.Deny},
		{"and no permit", `{"type":"permit",` + asking("R") + `}`, 0, consent.WeakDeny},
		{"nor one inside a deny that it may not meet", `{"type":"deny","provision":[{"type":"deny",` + asking("V") + `,"provision":[{"type":"permit"}]}]}`, 0, consent.Deny},
		{"what an older rule set labelled does so too", `{"type":"deny",` + asking("V") + `}`, 6, consent.Deny},
		{"what the one in force labelled is as it is", `{"type":"deny",` + asking("V") + `}`, 7, consent.NotApplicable},
		{"a choice that asks for no labels does not mind", `{"type":"permit"}`, 0, consent.Permit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := *normal
			f.Labels.Rules = tt.labelledBy
			if got := underRules(t, 7, person(t, team, choice("c", tt.provision)), gp(t)).Consents(&f); got != tt.want {
				t.Errorf("decided %d, want %d", got, tt.want)
			}
		})
	}
}

func TestWhatAThingGathersCountsWithIt(t *testing.T) {
	t.Parallel()
	s := person(t, team, choice("c", `{"type":"deny",`+to(practice)+`,`+asking("HIV", "x1")+`}`))
	plan, plain := thing(t, "CarePlan", ""), about(t, "Condition/d", "")
	tests := []struct {
		name    string
		members []*consent.Facts
		want    consent.Step
	}{
		{"nothing", nil, consent.StepBase},
		{"what is not sensitive", []*consent.Facts{plain}, consent.StepBase},
		{"what is", []*consent.Facts{plain, about(t, "Condition/d", wearing("HIV"))}, consent.StepDeny},
		{"a label of others", []*consent.Facts{about(t, "Condition/d", wearing("x1"))}, consent.StepDeny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if v := residual(t, s, gp(t)).SeeAmong(plan, tt.members); v.Why.Step != tt.want {
				t.Errorf("decided by %s, want %s", v.Why.Step, tt.want)
			}
		})
	}
	if (consent.Residual{}).SeeAmong(plan, nil).Sight != consent.Hidden || (consent.Residual{}).AsksLabels() {
		t.Error("the zero residual sees, or asks")
	}
	if residual(t, person(t, team), gp(t)).AsksLabels() {
		t.Error("labels are asked for without a rule that does")
	}
}

func TestPartsAreJudgedByTheirOwnLabels(t *testing.T) {
	t.Parallel()
	f := consent.FactsOf(decode(t, `{"resourceType":"CarePlan","id":"x","status":"active","intent":"plan","subject":{"reference":"Patient/p"},
		"activity":[{"detail":{"status":"scheduled","description":"walk"}},{"detail":{"status":"scheduled","description":"see the clinic"}}]}`), fhir.Ref{})
	f.Parts[1].Labels = consent.Labels{Level: consent.LevelR}
	v := decide(t, person(t, team, choice("c", `{"type":"deny",`+to(practice)+`,`+asking("R")+`}`)), gp(t), f)
	if v.Sight != consent.Cut || v.Parts != 2 {
		t.Errorf("%+v", v)
	}
}

func TestALabelOfPurpose(t *testing.T) {
	t.Parallel()
	marked := func(code string) *consent.Facts {
		return thing(t, "Observation", `"meta":{"security":[{"system":"`+care.SystemPurpose+`","code":"`+code+`"}]}`)
	}
	research := with(gp(t), func(v *consent.Viewer) { v.Purpose = "HRESCH" })
	open := person(t, team, choice("c", `{"type":"permit",`+purpose("HRESCH")+`}`))
	tests := []struct {
		name string
		by   consent.Viewer
		what *consent.Facts
		want consent.Step
	}{
		{"for treatment is for those who treat", gp(t), marked("TREAT"), consent.StepBase},
		{"and for what stands under it", with(gp(t), func(v *consent.Viewer) { v.Purpose = "ETREAT" }), marked("TREAT"), consent.StepBase},
		{"not for research, whatever is permitted", research, marked("TREAT"), consent.StepPurpose},
		{"for research is for research", research, marked("HRESCH"), consent.StepPermit},
		{"not for those who treat", gp(t), marked("HRESCH"), consent.StepPurpose},
		{"of test data binds nobody", gp(t), marked("HTEST"), consent.StepBase},
		{"does not bind the person", themself(t), marked("HRESCH"), consent.StepSelf},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if v := decide(t, open, tt.by, tt.what); v.Why.Step != tt.want {
				t.Errorf("decided by %s, want %s", v.Why.Step, tt.want)
			}
		})
	}
}

func TestChoicesByLabelInPlainWords(t *testing.T) {
	t.Parallel()
	for provision, want := range map[string]string{
		`{"type":"permit",` + asking("N") + `}`:                        "You share what is not marked as sensitive with the people who look after you.",
		`{"type":"permit",` + asking("R") + `}`:                        "You share all but what is marked as very sensitive with the people who look after you.",
		`{"type":"deny",` + asking("R") + `,` + class("Goal") + `}`:    "You do not share what is marked as sensitive in your goals with anyone.",
		`{"type":"deny",` + asking("V") + `}`:                          "You do not share what is marked as very sensitive with anyone.",
		`{"type":"deny",` + asking("HIV") + `}`:                        "You do not share what is sensitive in a way that you chose with anyone.",
		`{"type":"deny",` + asking("U") + `,` + class("Goal") + `}`:    "You do not share your goals with anyone.",
		`{"type":"deny",` + follow("related", "Encounter/visit") + `}`: "You do not share the entries that you chose with anyone.",
	} {
		choices := person(t, choice("c", provision)).Choices(noon, func(fhir.Ref) string { return "" })
		if len(choices) != 1 || choices[0].Text != want {
			t.Errorf("%s: %v, want %q", provision, choices, want)
		}
	}
}
