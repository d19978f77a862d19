package consent_test

import (
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

func with(v consent.Viewer, change func(*consent.Viewer)) consent.Viewer {
	change(&v)
	return v
}

func label(code string) string {
	return `"meta":{"security":[{"system":"` + care.SystemLabel + `","code":"` + code + `"}]}`
}

func from(sender string, f *consent.Facts) *consent.Facts {
	f.Sender = ref(sender)
	f.Custodian = append(f.Custodian, consent.Party{Ref: f.Sender})
	return f
}

func TestRules(t *testing.T) {
	t.Parallel()
	observation := func(more string) *consent.Facts { return thing(t, "Observation", more) }
	allergy := thing(t, "AllergyIntolerance", "")
	none := thing(t, "AllergyIntolerance", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`)
	goal := thing(t, "Goal", "")
	budget := thing(t, "Account", `"subject":{"reference":"Patient/p"}`)
	task := thing(t, "Task", `"status":"requested","owner":{"reference":"Organization/charity"}`)
	referral := `{"resourceType":"Task","id":"x","status":"requested","for":{"reference":"Patient/p"},"owner":{"reference":"Organization/charity"}}`
	link := staff(t, charity, care.RoleLinkWorker, consent.OrgVoluntary)
	desk := staff(t, practice, care.RoleReception, consent.OrgHealth)
	backend := with(link, func(v *consent.Viewer) {
		v.Class, v.Role, v.Scopes = consent.System, "", scopes(t, "system/*.cruds")
	})
	stranger := staff(t, "Organization/elsewhere", care.RoleClinician, consent.OrgHealth)
	denyHospital := choice("d", `{"type":"deny",`+to(hospital)+`}`)
	hospitalDoctor := staff(t, hospital, care.RoleClinician, consent.OrgHealth)
	grant := choice("g", `{"type":"deny","provision":[{"type":"permit",`+to("RelatedPerson/carer")+`,`+class("goals", "AllergyIntolerance")+`}]}`)
	tests := []struct {
		name string
		who  *consent.Standing
		by   consent.Viewer
		what *consent.Facts
		seen bool
		step consent.Step
	}{
		{"a clinician of the team sees the clinical record", person(t, team), gp(t), observation(""), true, consent.StepBase},
		{"a clinician without a relationship sees nothing", person(t, team), stranger, observation(""), false, consent.StepStanding},
		{"starting care is a relationship", person(t).Started(consent.Tie{
			Who: consent.Party{Ref: stranger.Org}, From: ref("Encounter/e"),
			Period: consent.Span{From: noon.Add(-time.Hour), To: noon.Add(71 * time.Hour)},
		}), stranger, observation(""), true, consent.StepBase},
		{
			"and ends after its time", person(t).Started(consent.Tie{
				Who: consent.Party{Ref: stranger.Org}, From: ref("Encounter/e"), Period: consent.Span{To: noon.Add(-1)},
			}), stranger, observation(""), false, consent.StepStanding,
		},
		{"population health is not implied by care", person(t, team), with(gp(t), func(v *consent.Viewer) { v.Purpose = "POPHLTH" }), observation(""), false, consent.StepBase},
		{"a trial is not implied by care", person(t, team), with(gp(t), func(v *consent.Viewer) { v.Purpose = "CLINTRL" }), observation(""), false, consent.StepBase},
		{"reception sees appointments", person(t, team), staff(t, practice, care.RoleReception, consent.OrgHealth), thing(t, "Encounter", ""), true, consent.StepBase},
		{"reception sees no results", person(t, team), staff(t, practice, care.RoleReception, consent.OrgHealth), observation(""), false, consent.StepBase},
		{"an unknown role sees nothing by implied consent", person(t, team), staff(t, practice, "", consent.OrgHealth), observation(""), false, consent.StepBase},
		{"social care sees allergies", person(t, team), staff(t, practice, care.RoleSocialWorker, consent.OrgSocial), allergy, true, consent.StepBase},
		{"social care sees no results", person(t, team), staff(t, practice, care.RoleSocialWorker, consent.OrgSocial), observation(""), false, consent.StepBase},
		{"a charity in the team sees nothing by that", person(t, team), link, goal, false, consent.StepBase},
		{"a charity sees the Task addressed to it", person(t, team, referral), link, task, true, consent.StepAddressed},
		{"a permit that names nobody does not add a charity", person(t, team, choice("c", `{"type":"permit"}`)), link, goal, false, consent.StepBase},
		{"a permit that names the charity adds it", person(t, choice("c", `{"type":"permit",`+to(charity)+`,`+class("goals")+`}`)), link, goal, true, consent.StepPermit},
		{"and shows it nothing else", person(t, choice("c", `{"type":"permit",`+to(charity)+`,`+class("goals")+`}`)), link, observation(""), false, consent.StepWeakDeny},
		{"a permit that names nobody adds no strangers", person(t, team, choice("c", `{"type":"permit"}`)), stranger, observation(""), false, consent.StepStanding},
		{
			"a permit that names nobody widens the purposes of those who have a relationship",
			person(t, team, choice("c", `{"type":"permit",`+purpose("HRESCH")+`}`)), with(gp(t), func(v *consent.Viewer) { v.Purpose = "CLINTRCH" }), observation(""), true, consent.StepPermit,
		},
		{"a deny beats the base policy", person(t, team, denyHospital), hospitalDoctor, observation(""), false, consent.StepDeny},
		{"a deny of one organisation leaves the others", person(t, team, denyHospital), gp(t), observation(""), true, consent.StepBase},
		{"a deny beats a permit of another consent", person(t, team, denyHospital, choice("p", `{"type":"permit",`+to(hospital)+`}`)), hospitalDoctor, observation(""), false, consent.StepDeny},
		{"an inactive consent is not evaluated", person(t, team, `{"resourceType":"Consent","id":"d","status":"rejected","scope":{"coding":[{"code":"patient-privacy"}]},"patient":{"reference":"Patient/p"},"provision":{"type":"deny"}}`), gp(t), observation(""), true, consent.StepBase},
		{"an advance decision is no sharing choice", person(t, team, `{"resourceType":"Consent","id":"d","status":"active","scope":{"coding":[{"code":"adr"}]},"patient":{"reference":"Patient/p"},"provision":{"type":"deny"}}`), gp(t), observation(""), true, consent.StepBase},
		{"an advance decision is read like any other thing", person(t, team), gp(t), thing(t, "Consent", `"status":"active","scope":{"coding":[{"system":"`+care.SystemConsentScope+`","code":"adr"}]}`), true, consent.StepBase},
		{"staff are never shown a sharing choice", person(t, team), gp(t), thing(t, "Consent", `"scope":{"coding":[{"code":"patient-privacy"}]}`), false, consent.StepChoice},
		{"nor a research choice", person(t, team), gp(t), thing(t, "Consent", `"scope":{"coding":[{"code":"research"}]}`), false, consent.StepChoice},
		{"nor may they end one", person(t, team), with(gp(t), func(v *consent.Viewer) { v.Action = consent.Correct }), thing(t, "Consent", `"scope":{"coding":[{"code":"research"}]}`), false, consent.StepChoice},
		{"nor one that says it is a treatment instruction as well", person(t, team), gp(t), thing(t, "Consent", `"scope":{"coding":[{"code":"research"},{"code":"adr"}]}`), false, consent.StepChoice},
		{"the person reads their sharing choices", person(t), themself(t), thing(t, "Consent", `"scope":{"coding":[{"code":"patient-privacy"}]}`), true, consent.StepSelf},
		{"the person sees what they deny to all", person(t, choice("d", `{"type":"deny"}`)), themself(t), observation(""), true, consent.StepSelf},
		{"another person sees nothing", person(t), with(themself(t), func(v *consent.Viewer) { v.Self = []consent.Party{{Ref: ref("Patient/q")}} }), observation(""), false, consent.StepStanding},
		{"what is not yet told is held back from the person", person(t), themself(t), observation(label(care.LabelNotYetTold)), false, consent.StepHeldBack},
		{"what is not yet told is shown to staff", person(t, team), gp(t), observation(label(care.LabelNotYetTold)), true, consent.StepBase},
		{"a sealed thing is hidden from the team", person(t, team), gp(t), from(hospital, observation(label(care.LabelSealed))), false, consent.StepSeal},
		{"a sealed thing is shown to its sender", person(t, team), gp(t), from(practice, observation(label(care.LabelSealed))), true, consent.StepBase},
		{"a sealed thing is shown to the person", person(t), themself(t), from(practice, observation(label(care.LabelSealed))), true, consent.StepSelf},
		{"a locked thing is hidden from the person", person(t), themself(t), from(practice, observation(label(care.LabelLocked))), false, consent.StepSeal},
		{"a locked thing is shown to its sender's team", person(t, team), gp(t), from(practice, observation(label(care.LabelLocked))), true, consent.StepBase},
		{"a locked thing is hidden from its sender's staff outside the team", person(t), gp(t), from(practice, observation(label(care.LabelLocked))), false, consent.StepSeal},
		{"what my organisation sent I may see", person(t), gp(t), from(practice, observation("")), true, consent.StepSender},
		{"as far as my role goes: reception reads no results", person(t), desk, from(practice, observation("")), false, consent.StepStanding},
		{"and visits", person(t), desk, from(practice, thing(t, "Encounter", "")), true, consent.StepSender},
		{"a role that has no row reads nothing by it", person(t), link, from(charity, goal), false, consent.StepStanding},
		{"but may send", person(t), with(link, func(v *consent.Viewer) { v.Action = consent.Collect }), from(charity, thing(t, "Goal", "")), true, consent.StepSender},
		{"nobody reads it for marketing", person(t), with(gp(t), func(v *consent.Viewer) { v.Purpose = "HMARKT" }), from(practice, observation("")), false, consent.StepStanding},
		{"nor for population health", person(t, team), with(gp(t), func(v *consent.Viewer) { v.Purpose = "POPHLTH" }), from(practice, observation("")), false, consent.StepBase},
		{"a backend reads back all that its organisation sent", person(t), backend, from(charity, observation("")), true, consent.StepSender},
		{"not for marketing", person(t), with(backend, func(v *consent.Viewer) { v.Purpose = "HMARKT" }), from(charity, observation("")), false, consent.StepStanding},
		{"nor what others sent", person(t), backend, from(practice, observation("")), false, consent.StepStanding},
		{"but a deny still wins", person(t, choice("d", `{"type":"deny",`+to(practice)+`}`)), gp(t), from(practice, observation("")), false, consent.StepDeny},
		{"a budget is shared by the person alone", person(t, team), gp(t), budget, false, consent.StepBase},
		{
			"a deny that may hide an allergy hides that none is known",
			person(t, team, choice("d", `{"type":"deny",`+to(practice)+`,`+class("AllergyIntolerance")+`}`)), gp(t), observation(`"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`), false, consent.StepNoneKnown,
		},
		{"a deny of goals does not", person(t, team, choice("d", `{"type":"deny",`+to(practice)+`,`+class("Goal")+`}`)), gp(t), none, true, consent.StepBase},
		{"a deny of one allergy does", person(t, team, choice("d", `{"type":"deny","data":[{"meaning":"instance","reference":{"reference":"AllergyIntolerance/other"}}]}`)), gp(t), none, false, consent.StepNoneKnown},
		{
			"recording that none is known is never refused for it",
			person(t, team, choice("d", `{"type":"deny",`+to(practice)+`,`+class("AllergyIntolerance")+`}`)), with(gp(t), func(v *consent.Viewer) { v.Action = consent.Collect }), observation(`"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`), true, consent.StepBase,
		},
		{"a carer without a grant sees nothing", person(t, related), carer(t), goal, false, consent.StepStanding},
		{"a grant without a RelatedPerson opens nothing", person(t, grant), carer(t), goal, false, consent.StepStanding},
		{"a carer sees the section that is shared", person(t, related, grant), carer(t), goal, true, consent.StepPermit},
		{"a carer sees nothing else", person(t, related, grant), carer(t), observation(""), false, consent.StepDeny},
		{"a carer with all allergies may read that there is none", person(t, related, grant), carer(t), none, true, consent.StepPermit},
		{"a carer may not write by a grant that does not say so", person(t, related, grant), with(carer(t), func(v *consent.Viewer) { v.Action = consent.Correct }), goal, false, consent.StepDeny},
		{"a permit for everybody is no grant to a carer", person(t, related, choice("g", `{"type":"permit"}`)), carer(t), goal, false, consent.StepStanding},
		{"a grant for treatment serves a carer's request", person(t, related, choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`,`+purpose("TREAT")+`}`)), carer(t), goal, true, consent.StepPermit},
		{"so does one inside a grant that names the carer", person(t, related, choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`,"provision":[{"type":"deny","provision":[{"type":"permit",`+purpose("TREAT")+`}]}]}`)), carer(t), goal, true, consent.StepPermit},
		{"a general grant does not show the choices", person(t, related, choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`}`)), carer(t), thing(t, "Consent", `"scope":{"coding":[{"code":"patient-privacy"}]}`), false, consent.StepStanding},
		{"a grant of sharing does", person(t, related, choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`,`+class("sharing")+`}`)), carer(t), thing(t, "Consent", `"scope":{"coding":[{"code":"patient-privacy"}]}`), true, consent.StepPermit},
		{"a third party's confidence is kept from carers", person(t, related, grant), carer(t), thing(t, "Goal", label(care.LabelThirdParty)), false, consent.StepHeldBack},
		{"a carer's standing ends at death", person(t, related, grant, `{"resourceType":"Patient","id":"p","deceasedDateTime":"2026-05-01"}`), carer(t), goal, false, consent.StepStanding},
		{"and when only the fact is known", person(t, related, grant, `{"resourceType":"Patient","id":"p","deceasedBoolean":true}`), carer(t), goal, false, consent.StepStanding},
		{"an exception to a deny adds no callers", person(t, choice("d", `{"type":"deny",`+to(hospital)+`,"provision":[{"type":"permit",`+purpose("ETREAT")+`}]}`)), with(hospitalDoctor, func(v *consent.Viewer) { v.Purpose = "ETREAT" }), observation(""), false, consent.StepStanding},
		{"and lets those through who have a relationship", person(t, team, choice("d", `{"type":"deny",`+to(hospital)+`,"provision":[{"type":"permit",`+purpose("ETREAT")+`}]}`)), with(hospitalDoctor, func(v *consent.Viewer) { v.Purpose = "ETREAT" }), observation(""), true, consent.StepPermit},
		{"a label without a system denies", person(t, team, choice("d", `{"type":"deny","securityLabel":[{"code":"R"}]}`)), gp(t), observation(""), false, consent.StepDeny},
		{"a label without a system permits nothing", person(t, team, choice("d", `{"type":"permit",`+to(practice)+`,"securityLabel":[{"code":"N"}]}`)), gp(t), observation(""), false, consent.StepWeakDeny},
		{"an unknown modifier on a deny denies", person(t, team, choice("d", `{"type":"deny",`+to(practice)+`,"modifierExtension":[{"url":"x"}],`+class("Goal")+`}`)), gp(t), goal, false, consent.StepDeny},
		{"an actor that cannot be followed denies everybody", person(t, team, choice("d", `{"type":"deny","actor":[{"role":{"coding":[{"code":"IRCP"}]},"reference":{"display":"my former husband"}}]}`)), gp(t), goal, false, consent.StepDeny},
		{"a scope for another person opens nothing", person(t, team), with(gp(t), func(v *consent.Viewer) {
			v.Scopes, v.Patient = scopes(t, "patient/*.rs"), ref("Patient/q")
		}), goal, false, consent.StepScope},
		{"a scope for another type opens nothing", person(t, team), with(gp(t), func(v *consent.Viewer) { v.Scopes = scopes(t, "user/Goal.rs") }), observation(""), false, consent.StepScope},
		{"an organisation is for everybody", person(t), with(stranger, func(v *consent.Viewer) { v.Role = "" }), consent.FactsOf(stored(t, []byte(`{"resourceType":"Organization","id":"o"}`)), fhir.Ref{}), true, consent.StepOpen},
		{"the directory is written by operators", person(t), with(gp(t), func(v *consent.Viewer) { v.Action = consent.Correct }), consent.FactsOf(stored(t, []byte(`{"resourceType":"Organization","id":"practice"}`)), fhir.Ref{}), false, consent.StepBase},
		{"what is about nobody known is hidden", person(t, team), gp(t), consent.FactsOf(stored(t, []byte(`{"resourceType":"Observation","id":"o","subject":{"identifier":{"value":"1"}}}`)), fhir.Ref{}), false, consent.StepSubject},
		{"an operator sees what is stored", person(t), with(gp(t), func(v *consent.Viewer) { v.Class = consent.Operator }), observation(label(care.LabelLocked)), true, consent.StepOperator},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := decide(t, tt.who, tt.by, tt.what)
			if (v.Sight != consent.Hidden) != tt.seen || v.Why.Step != tt.step {
				t.Errorf("seen %t by step %s, want %t by %s", v.Sight != consent.Hidden, v.Why.Step, tt.seen, tt.step)
			}
		})
	}
}
