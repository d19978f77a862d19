package consent_test

import (
	"strings"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// harvested is a Consent as it may come from elsewhere.
func harvested(members string) string {
	return `{"resourceType":"Consent","id":"h","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"patient":{"reference":"Patient/p"},` + members + `}`
}

func policyRule(code string) string { return `"policyRule":{"coding":[{"code":"` + code + `"}]}` }

func TestHarvestedConsents(t *testing.T) {
	t.Parallel()
	fromHospital := from(hospital, thing(t, "Observation", ""))
	plain := thing(t, "Observation", "")
	emergency := with(gp(t), func(v *consent.Viewer) { v.Purpose = "ETREAT" })
	tests := []struct {
		name, consent string
		by            consent.Viewer
		what          *consent.Facts
		want          consent.Outcome
	}{
		{"an opt-out without a provision denies", harvested(policyRule("OPTOUT")), gp(t), plain, consent.Deny},
		{"an opt-in without a provision permits for care", harvested(policyRule("OPTIN")), gp(t), plain, consent.Permit},
		{"and for nothing else", harvested(policyRule("OPTIN")), with(gp(t), func(v *consent.Viewer) { v.Purpose = "HMARKT" }), plain, consent.NotApplicable},
		{"no provision and no known policy says nothing", harvested(policyRule("NOPP")), gp(t), plain, consent.NotApplicable},
		{"an untyped root with a period alone is of the policy's type", harvested(policyRule("OPTOUT") + `,"provision":{"period":{"start":"2020"}}`), gp(t), plain, consent.Deny},
		{"emergencies only denies the rest", harvested(policyRule("EMRGONLY") + `,"provision":{"period":{"start":"2020"}}`), gp(t), plain, consent.Deny},
		{"emergencies only permits emergencies", harvested(policyRule("EMRGONLY") + `,"provision":{"period":{"start":"2020"}}`), emergency, plain, consent.Permit},
		{"an opt-in with an untyped exception denies what it names", harvested(policyRule("OPTIN") + `,"provision":{` + to(practice) + `}`), gp(t), plain, consent.Deny},
		{"and leaves others to the base policy", harvested(policyRule("OPTIN") + `,"provision":{` + to(hospital) + `}`), gp(t), plain, consent.NotApplicable},
		{"an opt-out with an untyped exception never permits", harvested(policyRule("OPTOUT") + `,"provision":{` + to(practice) + `}`), gp(t), plain, consent.Deny},
		{"an untyped custodian under an opt-out denies what it keeps", harvested(policyRule("OPTOUT") + `,"provision":{"actor":[{"role":{"coding":[{"code":"CST"}]},"reference":{"reference":"Organization/hospital"}}]}`), gp(t), fromHospital, consent.Deny},
		{"a root of no type and no known policy says nothing", harvested(`"provision":{` + to(practice) + `}`), gp(t), plain, consent.NotApplicable},
		{"but a deny inside it denies", harvested(`"provision":{"provision":[{"type":"deny",` + to(practice) + `}]}`), gp(t), plain, consent.Deny},
		{"and a permit inside it permits nothing", harvested(`"provision":{"provision":[{"type":"permit",` + to(practice) + `}]}`), gp(t), plain, consent.NotApplicable},
		{"a nested provision without a type is a deny", harvested(`"provision":{"type":"permit","provision":[{` + to(practice) + `}]}`), gp(t), plain, consent.Deny},
		{"a category says that it is about privacy", strings.Replace(harvested(`"category":[{"coding":[{"code":"patient-privacy"}]}],"provision":{"type":"deny"}`), `"code":"patient-privacy"}]},"p`, `"code":"other"}]},"p`, 1), gp(t), plain, consent.Deny},
		{"a research consent does not speak of care", strings.Replace(harvested(`"provision":{"type":"deny"}`), "patient-privacy", "research", 1), gp(t), plain, consent.NotApplicable},
		{"it speaks of research", strings.Replace(harvested(`"provision":{"type":"deny"}`), "patient-privacy", "research", 1), with(gp(t), func(v *consent.Viewer) { v.Purpose = "CLINTRCH" }), plain, consent.Deny},
		{"an unknown role is a recipient of a deny", harvested(`"provision":{"type":"deny","actor":[{"role":{"coding":[{"code":"WIT"}]},"reference":{"reference":"Organization/practice"}}]}`), gp(t), plain, consent.Deny},
		{"and nobody in a permit", harvested(`"provision":{"type":"permit","actor":[{"role":{"coding":[{"code":"WIT"}]},"reference":{"reference":"Organization/practice"}}]}`), gp(t), plain, consent.NotApplicable},
		{"a code of a permit is looked for where the thing says what it is", harvested(`"provision":{"type":"deny","provision":[{"type":"permit","code":[{"coding":[{"system":"s","code":"v"}]}]}]}`), gp(t), thing(t, "Observation", `"valueCodeableConcept":{"coding":[{"system":"s","code":"v"}]}`), consent.Deny},
		{"a code of a deny anywhere", harvested(`"provision":{"type":"deny","code":[{"coding":[{"system":"s","code":"v"}]}]}`), gp(t), thing(t, "Observation", `"valueCodeableConcept":{"coding":[{"system":"s","code":"v"}]}`), consent.Deny},
		{"a code in words only denies", harvested(`"provision":{"type":"deny","code":[{"text":"my stay in the clinic"}]}`), gp(t), plain, consent.Deny},
		{"a purpose covers what stands under it", harvested(`"provision":{"type":"deny","purpose":[{"system":"` + care.SystemPurpose + `","code":"TREAT"}]}`), emergency, plain, consent.Deny},
		{"a purpose of another system that reads alike permits nothing", harvested(`"provision":{"type":"permit","purpose":[{"system":"urn:x","code":"TREAT"}]}`), gp(t), plain, consent.NotApplicable},
		{"a deny of disclosure stops what comes from elsewhere", harvested(`"provision":{"type":"deny","action":[{"coding":[{"code":"disclose"}]}]}`), gp(t), fromHospital, consent.Deny},
		{"and not what is one's own", harvested(`"provision":{"type":"deny","action":[{"coding":[{"code":"disclose"}]}]}`), gp(t), from(practice, thing(t, "Observation", "")), consent.NotApplicable},
		{"correct is access and correct", harvested(`"provision":{"type":"permit","action":[{"coding":[{"code":"correct"}]}]}`), gp(t), plain, consent.Permit},
		{"access is not correct", harvested(`"provision":{"type":"permit","action":[{"coding":[{"code":"access"}]}]}`), with(gp(t), func(v *consent.Viewer) { v.Action = consent.Correct }), plain, consent.NotApplicable},
		{"a thing without a date is in the period of a deny", harvested(`"provision":{"type":"deny","dataPeriod":{"start":"2020","end":"2021"}}`), gp(t), plain, consent.Deny},
		{"and not in that of a permit", harvested(`"provision":{"type":"permit","dataPeriod":{"start":"2020","end":"2021"}}`), gp(t), plain, consent.WeakDeny},
		{"a permit needs every date inside", harvested(`"provision":{"type":"permit","dataPeriod":{"start":"2020","end":"2021"}}`), gp(t), thing(t, "Observation", `"effectiveDateTime":"2020-05","issued":"2022-01-01T00:00:00Z"`), consent.WeakDeny},
		{"a deny one", harvested(`"provision":{"type":"deny","dataPeriod":{"start":"2020","end":"2021"}}`), gp(t), thing(t, "Observation", `"effectiveDateTime":"2020-05","issued":"2022-01-01T00:00:00Z"`), consent.Deny},
		{"what refers to a thing cannot be followed yet, and is denied", harvested(`"provision":{"type":"deny","data":[{"meaning":"related","reference":{"reference":"Encounter/1"}}]}`), gp(t), plain, consent.Deny},
		{"a permit of several still permits what can be told", harvested(`"provision":{"type":"permit","data":[{"meaning":"related","reference":{"reference":"Encounter/1"}},{"meaning":"instance","reference":{"reference":"Observation/x"}}]}`), gp(t), plain, consent.Permit},
		{"deeper provisions count inside a match only", harvested(`"provision":{"type":"permit","provision":[{"type":"deny",` + class("Goal") + `,"provision":[{"type":"deny"}]}]}`), gp(t), plain, consent.Permit},
		{"a doubtful exception to a deny permits nothing", harvested(`"provision":{"type":"deny","provision":[{"type":"deny","securityLabel":[{"code":"R"}],"provision":[{"type":"permit"}]}]}`), gp(t), plain, consent.Deny},
		{"a deny inside a doubtful permit denies", harvested(`"provision":{"type":"permit","provision":[{"type":"permit","securityLabel":[{"code":"N"}],"provision":[{"type":"deny"}]}]}`), gp(t), plain, consent.Deny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			policy, err := consent.Compile(consent.Default(), person(t, team, tt.consent))
			if err != nil {
				t.Fatal(err)
			}
			if got := policy.For(tt.by).Consents(tt.what); got != tt.want {
				t.Errorf("outcome %d, want %d", got, tt.want)
			}
		})
	}
}

func TestOptOutSparesProxies(t *testing.T) {
	t.Parallel()
	s := person(t, related, harvested(policyRule("OPTOUT")), choice("g", `{"type":"permit",`+to("RelatedPerson/carer")+`}`))
	if v := decide(t, s, carer(t), thing(t, "Goal", "")); v.Sight != consent.Whole {
		t.Errorf("a carer with a grant: %+v", v)
	}
}

func TestCheckConsent(t *testing.T) {
	t.Parallel()
	emergency := `"provision":[{"type":"permit",` + purpose("ETREAT") + `}]`
	tests := []struct {
		name, consent string
		refused       string // expression of the first issue; empty: none
	}{
		{"a permit", choice("c", `{"type":"permit",`+to(charity)+`}`), ""},
		{"a deny that says what holds in an emergency", choice("c", `{"type":"deny",`+emergency+`}`), ""},
		{"a deny of treatment that does not", choice("c", `{"type":"deny"}`), "Consent.provision.purpose"},
		{"a nested one that does not", choice("c", `{"type":"permit","provision":[{"type":"deny",`+class("Goal")+`}]}`), "Consent.provision.provision[0].purpose"},
		{"a permit beside it does not help, since the deny wins", choice("c", `{"type":"permit","provision":[{"type":"deny",`+purpose("TREAT")+`},{"type":"permit",`+purpose("ETREAT")+`}]}`), "Consent.provision.provision[0].purpose"},
		{"a deny that names emergencies itself", choice("c", `{"type":"deny","purpose":[{"system":"`+care.SystemPurpose+`","code":"TREAT"},{"system":"`+care.SystemPurpose+`","code":"ETREAT"}]}`), ""},
		{"a deny of marketing needs no such word", choice("c", `{"type":"deny",`+purpose("HMARKT")+`}`), ""},
		{"a root without a type", choice("c", `{`+to(charity)+`}`), "Consent.provision.type"},
		{"four levels", choice("c", `{"type":"permit","provision":[{"type":"permit","provision":[{"type":"permit","provision":[{"type":"permit"}]}]}]}`), "Consent.provision.provision[0].provision[0].provision[0]"},
		{"no provision", harvested(`"category":[],"dateTime":"2020","performer":[{}]`), "Consent.provision"},
		{"no date", harvested(`"category":[],"performer":[{}],"provision":{"type":"permit"}`), "Consent.dateTime"},
		{"a verification", strings.Replace(choice("c", `{"type":"permit"}`), `"provision"`, `"verification":[{"verified":true}],"provision"`, 1), "Consent.verification"},
		{"a research choice may deny without a word on emergencies", strings.Replace(choice("c", `{"type":"deny"}`), "patient-privacy", "research", 1), ""},
		{"but has a typed root too", strings.Replace(choice("c", `{`+to(charity)+`}`), "patient-privacy", "research", 1), "Consent.provision.type"},
		{"an advance decision is another matter", `{"resourceType":"Consent","status":"active","scope":{"coding":[{"code":"adr"}]},"verification":[{"verified":true}]}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			issues := consent.CheckConsent(stored(t, []byte(tt.consent)))
			got := ""
			if len(issues) > 0 {
				got = issues[0].Expression
			}
			if got != tt.refused {
				t.Errorf("refused at %q, want %q: %+v", got, tt.refused, issues)
			}
		})
	}
}

func FuzzRuleOf(f *testing.F) {
	f.Add([]byte(choice("c", `{"type":"deny","provision":[{"type":"permit","dataPeriod":{"start":"2020"}}]}`)))
	f.Add([]byte(harvested(policyRule("EMRGONLY") + `,"provision":{"actor":[{"role":{},"reference":{"reference":"#x"}}]}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fhir.Stored(data)
		if err != nil {
			return
		}
		facts := consent.FactsOf(r, fhir.Ref{})
		consent.CheckConsent(r)
		s := (&consent.Standing{}).With(facts)
		policy, err := consent.Compile(consent.Default(), s)
		if err != nil {
			t.Fatal(err)
		}
		policy.For(consent.Viewer{Class: consent.Staff, Purpose: "TREAT", Action: consent.Access, Time: noon, Related: true}).See(facts)
		s.Choices(noon, func(fhir.Ref) string { return "" })
		s.Principals()
	})
}
