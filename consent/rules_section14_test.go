package consent_test

import (
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// The rules of CONSENT section 14 that the engine decides, each by its number. The others are decided where they
// happen: 14.1 and 14.2 by guard (frame.go and start_care.go; that a started relationship opens is here), 14.6 its trail
// and its windows by guard, 14.8 and 14.15 by what may be written, 14.14 by nobody, since capacity is never a flag here,
// 14.16 by the access log, 14.18 by identity (old numbers are not read), 14.20 by export, 14.21 by the Labeller.

// bornOn is a Patient resource of Patient/p.
func bornOn(date, more string) string {
	return `{"resourceType":"Patient","id":"p","birthDate":"` + date + `"` + more + `}`
}

// Ages at noon on 1 June 2026.
const (
	nine    = "2017-01-01"
	twelve  = "2014-01-01"
	fifteen = "2010-06-02"
	sixteen = "2010-06-01"
	grownUp = "1990-01-01"
)

// mother is a RelatedPerson who holds parental responsibility.
const mother = `{"resourceType":"RelatedPerson","id":"carer","active":true,"patient":{"reference":"Patient/p"},
	"extension":[{"url":"` + care.ExtensionParental + `","valueBoolean":true}]}`

// authority is a local authority that holds it, known by its identifier.
const authority = `{"resourceType":"RelatedPerson","id":"la","active":true,"patient":{"reference":"Patient/p"},
	"identifier":[{"system":"urn:orgs","value":"la"}],"extension":[{"url":"` + care.ExtensionParental + `","valueBoolean":true}]}`

type ruling struct {
	name string
	who  *consent.Standing
	by   consent.Viewer
	what *consent.Facts
	seen bool
	step consent.Step
}

func checkRulings(t *testing.T, tests []ruling) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := decide(t, tt.who, tt.by, tt.what)
			if (v.Sight != consent.Hidden) != tt.seen || v.Why.Step != tt.step {
				t.Errorf("seen %t by %s, want %t by %s", v.Sight != consent.Hidden, v.Why.Step, tt.seen, tt.step)
			}
		})
	}
}

func TestSection14Staff(t *testing.T) {
	t.Parallel()
	observation, none := thing(t, "Observation", ""), thing(t, "AllergyIntolerance", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`)
	stranger := staff(t, "Organization/elsewhere", care.RoleClinician, consent.OrgHealth)
	started := person(t).Started(consent.Tie{Who: consent.Party{Ref: stranger.Org}, From: ref("Encounter/e"), Period: consent.Span{From: noon, To: noon.Add(72 * time.Hour)}})
	refusal := choice("d", `{"type":"deny",`+purpose("TREAT")+`,"provision":[{"type":"permit",`+purpose("ETREAT")+`}]}`)
	emergencyNow := with(gp(t), func(v *consent.Viewer) { v.Purpose = "ETREAT" })
	sealed, locked := from(hospital, thing(t, "Observation", label(care.LabelSealed))), from(hospital, thing(t, "Observation", label(care.LabelLocked)))
	er := with(emergency(t), func(v *consent.Viewer) { v.Org, v.Orgs = ref(practice), []consent.Party{{Ref: ref(practice)}} })
	checkRulings(t, []ruling{
		{"14.2 care that was started opens the record", started, stranger, observation, true, consent.StepBase},
		{"14.2 for seventy-two hours", started, with(stranger, func(v *consent.Viewer) { v.Time = noon.Add(72*time.Hour + 1) }), observation, false, consent.StepStanding},
		{"14.3 an advance decision hides nothing and is not hidden as a choice", person(t, team), gp(t), thing(t, "Consent", `"status":"active","scope":{"coding":[{"system":"`+care.SystemConsentScope+`","code":"adr"}]},"provision":{"type":"deny"}`), true, consent.StepBase},
		{"14.4 a voluntary organisation in the team sees nothing by that", person(t, team), staff(t, charity, care.RoleLinkWorker, consent.OrgVoluntary), thing(t, "Goal", ""), false, consent.StepBase},
		{"14.4 reception sees no results", person(t, team), staff(t, practice, care.RoleReception, consent.OrgHealth), observation, false, consent.StepBase},
		{"14.5 a deny by label may hide an allergy, so that none is not said", person(t, team, choice("d", `{"type":"deny",`+to(practice)+`,`+asking("HIV")+`}`)), gp(t), none, false, consent.StepNoneKnown},
		{"14.5 so may one by references", person(t, team, choice("d", `{"type":"deny",`+to(practice)+`,`+follow("related", "Encounter/v")+`}`)).WithEdges(nil), gp(t), none, false, consent.StepNoneKnown},
		{"14.6 break-glass gives the whole view", opened(person(t)), er, observation, true, consent.StepGlass},
		{"14.7 an emergency permit inside a deny holds", person(t, team, refusal), emergencyNow, observation, true, consent.StepPermit},
		{"14.7 and the deny holds otherwise", person(t, team, refusal), gp(t), observation, false, consent.StepDeny},
		{"14.9 a sealed thing is hidden from the team", person(t, team), gp(t), sealed, false, consent.StepSeal},
		{"14.9 break-glass opens it", opened(person(t)), er, sealed, true, consent.StepGlass},
		{"14.9 a locked thing is not opened", opened(person(t)), er, locked, false, consent.StepSeal},
		{"14.10 what is not yet told is held back from the person", person(t), themself(t), thing(t, "Observation", label(care.LabelNotYetTold)), false, consent.StepHeldBack},
		{"14.10 and from carers, whatever they are permitted", person(t, related, choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`}`)), carer(t), thing(t, "Observation", label(care.LabelSeriousHarm)), false, consent.StepHeldBack},
		{"14.10 not from staff", person(t, team), gp(t), thing(t, "Observation", label(care.LabelNotYetTold)), true, consent.StepBase},
		{"14.22 a permit for treatment serves a family's request", person(t, related, choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`,`+purpose("TREAT")+`}`)), carer(t), observation, true, consent.StepPermit},
		{"14.22 and one by power of attorney", person(t, related, choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`,`+purpose("TREAT")+`}`)), with(carer(t), func(v *consent.Viewer) { v.Purpose = "PWATRNY" }), observation, true, consent.StepPermit},
	})
}

func TestSection14Children(t *testing.T) {
	t.Parallel()
	plan := thing(t, "CarePlan", "")
	visit := thing(t, "Encounter", "")
	shared := choice("s", `{"type":"deny","provision":[{"type":"permit",`+to("RelatedPerson/carer")+`,"data":[{"meaning":"instance","reference":{"reference":"CarePlan/x"}}]}]}`)
	general := choice("s", `{"type":"permit",`+to("RelatedPerson/carer")+`}`)
	labelled := func(codes ...string) *consent.Facts { return thing(t, "Encounter", wearing(codes...)) }
	sensitivePlan := thing(t, "CarePlan", wearing("SEX", "R"))
	flag := thing(t, "Flag", wearing(care.TopicChildProtection))
	worker := staff(t, "Organization/la", care.RoleSocialWorker, consent.OrgSocial)
	worker.Orgs = append(worker.Orgs, consent.Party{Ref: ref("Organization/la"), Identifier: consent.Code{System: "urn:orgs", Code: "la"}})
	inTeam := `{"resourceType":"CareTeam","id":"t2","status":"active","subject":{"reference":"Patient/p"},"participant":[{"member":{"reference":"Organization/la"}}]}`
	checkRulings(t, []ruling{
		{"14.11 under eleven a parent sees the record", person(t, bornOn(nine, ""), mother), carer(t), plan, true, consent.StepBase},
		{"14.11 from eleven it is narrowed", person(t, bornOn(twelve, ""), mother), carer(t), plan, false, consent.StepAge},
		{"14.11 to appointments among others", person(t, bornOn(twelve, ""), mother), carer(t), visit, true, consent.StepBase},
		{"14.11 a parent who writes is refused", person(t, bornOn(nine, ""), mother), with(carer(t), func(v *consent.Viewer) { v.Action = consent.Correct }), plan, false, consent.StepStanding},
		{"14.11 on the sixteenth birthday it ends", person(t, bornOn(sixteen, ""), mother), carer(t), visit, false, consent.StepStanding},
		{"14.11 and not the day before", person(t, bornOn(fifteen, ""), mother), carer(t), visit, true, consent.StepBase},
		{"14.11 a permit from before eleven counts within what is narrowed", person(t, bornOn(twelve, ""), mother, strings.Replace(general, "2026-01-01", "2024-12-31", 1)), carer(t), plan, false, consent.StepAge},
		{"14.11 one that the young person renewed counts whole", person(t, bornOn(twelve, ""), mother, general), carer(t), plan, true, consent.StepPermit},
		{"14.11 a young person's own deny beats the parent", person(t, bornOn(twelve, ""), mother, choice("d", `{"type":"deny",`+to("RelatedPerson/carer")+`}`)), carer(t), visit, false, consent.StepDeny},
		{"14.12 what may harm is hidden from a parent of a small child", person(t, bornOn(nine, ""), mother), carer(t), labelled("SDV", "R"), false, consent.StepSafeguard},
		{"14.12 and what is very restricted", person(t, bornOn(nine, ""), mother), carer(t), labelled("V"), false, consent.StepSafeguard},
		{"14.12 other sensitivities are not, under eleven", person(t, bornOn(nine, ""), mother), carer(t), labelled("PSY", "R"), true, consent.StepBase},
		{"8 from eleven they are", person(t, bornOn(twelve, ""), mother), carer(t), labelled("PSY", "R"), false, consent.StepSafeguard},
		{"8 alcohol stands under what is hidden", person(t, bornOn(twelve, ""), mother), carer(t), labelled("ETHUD"), false, consent.StepSafeguard},
		{"8 whatever a general permit says", person(t, bornOn(twelve, ""), mother, general), carer(t), labelled("SEX"), false, consent.StepSafeguard},
		{"14.12 at any age of who grew up", person(t, bornOn(grownUp, ""), mother, general), carer(t), labelled(care.TopicSafeguarding), false, consent.StepSafeguard},
		{"14.12 a carer of an adult who is no parent sees what the adult permits", person(t, bornOn(grownUp, ""), related, general), carer(t), labelled("SDV"), true, consent.StepPermit},
		{"14.12 of a child without a birth date all is hidden from a parent", person(t, `{"resourceType":"Patient","id":"p"}`, mother, general), carer(t), labelled("SUD"), false, consent.StepSafeguard},
		{"14.12 a plan shared by name beats what would hide it", person(t, bornOn(twelve, ""), mother, shared), carer(t), sensitivePlan, true, consent.StepPermit},
		{"14.12 and nothing else", person(t, bornOn(twelve, ""), mother, shared), carer(t), thing(t, "Goal", wearing("SEX", "R")), false, consent.StepDeny},
		{"14.12 child protection is for staff", person(t, bornOn(nine, ""), team), gp(t), flag, true, consent.StepBase},
		{"14.12 not for a parent, though it were shared by name", person(t, bornOn(nine, ""), mother, choice("s", `{"type":"permit",`+to("RelatedPerson/carer")+`,"data":[{"meaning":"instance","reference":{"reference":"Flag/x"}}]}`)), carer(t), flag, false, consent.StepHeldBack},
		{"14.12 nor for the child", person(t, bornOn(nine, "")), themself(t), flag, false, consent.StepHeldBack},
		{"14.12 an organisation that holds responsibility sees what its kind may", person(t, bornOn(nine, ""), authority), worker, plan, true, consent.StepBase},
		{"14.12 as a parent it is not told what may harm", person(t, bornOn(nine, ""), authority), worker, thing(t, "CarePlan", wearing("SDV")), false, consent.StepSafeguard},
		{"14.12 but what is shared with it by name", person(t, bornOn(nine, ""), authority, choice("s", `{"type":"permit",`+to("Organization/la")+`,"data":[{"meaning":"instance","reference":{"reference":"CarePlan/x"}}]}`)), worker, thing(t, "CarePlan", wearing("SDV")), true, consent.StepPermit},
		{"14.12 a name inside what does not match shares nothing", person(t, bornOn(nine, ""), mother, choice("s", `{"type":"permit",`+to("RelatedPerson/carer")+`,"provision":[{"type":"deny",`+class("Goal")+`,"provision":[{"type":"permit","data":[{"meaning":"instance","reference":{"reference":"CarePlan/x"}}]}]}]}`)), carer(t), thing(t, "CarePlan", wearing("SDV")), false, consent.StepSafeguard},
		{"14.12 narrowed at eleven as every proxy", person(t, bornOn(twelve, ""), authority), worker, plan, false, consent.StepBase},
		{"14.12 unless it is of the team", person(t, bornOn(twelve, ""), authority, inTeam), worker, thing(t, "CarePlan", wearing("SDV")), true, consent.StepBase},
		{"14.12 and not beyond childhood", person(t, bornOn(sixteen, ""), authority), worker, plan, false, consent.StepStanding},
	})
}

func TestSection14WhatIsNotLabelledYetIsHiddenFromParents(t *testing.T) {
	t.Parallel()
	s := person(t, bornOn(nine, ""), mother)
	unlabelled := thing(t, "Encounter", "")
	if v := underRules(t, 7, s, carer(t)).See(unlabelled); v.Why.Step != consent.StepSafeguard {
		t.Errorf("14.12 decided by %s before labelling", v.Why.Step)
	}
	now := *unlabelled
	now.Labels = consent.Labels{Rules: 7, Level: consent.LevelN}
	if v := underRules(t, 7, s, carer(t)).See(&now); v.Sight != consent.Whole {
		t.Errorf("14.12 decided by %s after it", v.Why.Step)
	}
	if v := underRules(t, 7, s, themself(t)).See(thing(t, "Flag", "")); v.Why.Step != consent.StepHeldBack {
		t.Errorf("14.12 a flag that may be about child protection: %s", v.Why.Step)
	}
	if v := underRules(t, 7, s, carer(t)).See(thing(t, "AllergyIntolerance", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`)); v.Why.Step != consent.StepNoneKnown {
		t.Errorf("14.5 a parent is told that no allergy is known: %s", v.Why.Step)
	}
}

func TestSection14Representatives(t *testing.T) {
	t.Parallel()
	observation := thing(t, "Observation", "")
	in := func(role string) string {
		return `{"resourceType":"RelatedPerson","id":"carer","active":true,"patient":{"reference":"Patient/p"},"relationship":[{"coding":[{"code":"` + role + `"}]}]}`
	}
	tests := make([]ruling, 0, 6)
	for _, role := range []string{"NOK", "SPS", "POWATT", "DPOWATT", "HPOWATT", "GUARD"} {
		tests = append(tests, ruling{"14.13 " + role + " gives nothing by itself", person(t, in(role)), carer(t), observation, false, consent.StepStanding})
	}
	grant := choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`}`)
	tests = append(
		tests,
		ruling{"14.13 what the donor agreed to holds", person(t, in("HPOWATT"), grant), carer(t), observation, true, consent.StepPermit},
		ruling{"14.13 for its period", person(t, in("HPOWATT"), choice("g", `{"type":"permit","period":{"end":"2026-05-31"},`+to("RelatedPerson/carer")+`}`)), carer(t), observation, false, consent.StepStanding},
		ruling{"14.13 and ends at death", person(t, in("HPOWATT"), grant, `{"resourceType":"Patient","id":"p","deceasedDateTime":"2026-05-31"}`), carer(t), observation, false, consent.StepStanding},
	)
	checkRulings(t, tests)
}

func TestSection14Places(t *testing.T) {
	t.Parallel()
	atRisk := `{"resourceType":"Patient","id":"p","birthDate":"1980-02-03","meta":{"security":[{"system":"` + actCode + `","code":"LOCIS"}]}}`
	safe, risk := person(t, team, related), person(t, team, related, atRisk)
	grant := choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`}`)
	tests := []struct {
		name string
		who  *consent.Standing
		by   consent.Viewer
		what *consent.Facts
		out  bool
	}{
		{"14.17 the address of who is at no risk stays", safe, gp(t), thing(t, "Encounter", ""), false},
		{"14.17 of a person at risk every place goes, the carers' too", risk, gp(t), thing(t, "RelatedPerson", ""), true},
		{"14.17 for carers", person(t, related, grant, atRisk), carer(t), thing(t, "Encounter", ""), true},
		{"14.17 for colleagues of other organisations", risk, staff(t, hospital, care.RoleClinician, consent.OrgHealth), from(practice, thing(t, "Encounter", "")), true},
		{"14.17 not for the team that sent it", risk, gp(t), from(practice, thing(t, "Encounter", "")), false},
		{"14.17 nor for the person", risk, themself(t), thing(t, "Encounter", ""), false},
		{"14.17 a single thing may be labelled so", safe, gp(t), thing(t, "Encounter", wearing("LOCIS")), true},
		{"14.17 break-glass opens no address", opened(person(t, atRisk)), emergency(t), thing(t, "Encounter", ""), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := decide(t, tt.who, tt.by, tt.what)
			if v.Sight == consent.Hidden || v.Place != tt.out {
				t.Errorf("%+v, want places out %t", v, tt.out)
			}
		})
	}
	newest := thing(t, "Encounter", wearing("LOCIS"))
	if v := residual(t, safe, gp(t)).SeeAmong(thing(t, "Encounter", ""), []*consent.Facts{newest}); !v.Place {
		t.Error("14.17 an older version tells where the person is")
	}
	if v := underRules(t, 7, safe, gp(t)).See(thing(t, "Encounter", "")); !v.Place {
		t.Error("14.17 what is not labelled yet may be about somebody at risk")
	}
}

func TestSection14Death(t *testing.T) {
	t.Parallel()
	observation := thing(t, "Observation", "")
	died := func(when string) *consent.Standing {
		return person(t, team, bornOn("1940-01-01", `,"deceasedDateTime":"`+when+`"`), choice("d", `{"type":"deny",`+to(hospital)+`}`))
	}
	checkRulings(t, []ruling{
		{"14.19 the team keeps access after a death", died("2026-05-20"), gp(t), observation, true, consent.StepBase},
		{"14.19 earlier wishes still bind", died("2026-05-20"), staff(t, hospital, care.RoleClinician, consent.OrgHealth), observation, false, consent.StepDeny},
		{"14.19 until ninety days are over", died("2026-03-01"), gp(t), observation, false, consent.StepStanding},
		{"14.19 what an organisation sent stays in its records", died("2026-03-01"), gp(t), from(practice, thing(t, "Observation", "")), true, consent.StepSender},
		{"14.19 whoever a choice names may still read", died("2026-03-01").With(consent.FactsOf(stored(t, []byte(choice("r", `{"type":"permit",`+to("Organization/elsewhere")+`}`))), fhir.Ref{})), staff(t, "Organization/elsewhere", care.RoleClinician, consent.OrgHealth), observation, true, consent.StepPermit},
		{"14.19 while no date is recorded the team stays to certify", person(t, team, `{"resourceType":"Patient","id":"p","deceasedBoolean":true}`), gp(t), observation, true, consent.StepBase},
		{"14.19 break-glass stops at once", opened(person(t, bornOn("1940-01-01", `,"deceasedDateTime":"2026-05-31"`))), emergency(t), observation, false, consent.StepStanding},
	})
	if want := time.Date(2026, 8, 17, 23, 0, 0, 0, time.UTC); !residual(t, died("2026-05-20"), gp(t)).Until().Equal(want) {
		t.Errorf("14.19 holds until %s, want %s", residual(t, died("2026-05-20"), gp(t)).Until(), want)
	}
}
