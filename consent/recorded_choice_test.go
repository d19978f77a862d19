package consent_test

import (
	"strings"
	"testing"

	"concord/consent"
	"concord/fhir"
)

func TestWhatStaffMayWriteDownOfAChoice(t *testing.T) {
	t.Parallel()
	const purpose = `"purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"ETREAT"}]`
	with := func(text, status string) string { return strings.Replace(text, `"active"`, `"`+status+`"`, 1) }
	sparing := choice("a", `{"type":"deny","provision":[{"type":"permit",`+purpose+`}]}`)
	for _, c := range []struct {
		name, consent string
		want          bool
	}{
		{"a deny", choice("a", `{"type":"deny"}`), true},
		{"a permit", choice("a", `{"type":"permit"}`), false},
		{"a permit that has exceptions", choice("a", `{"type":"permit","provision":[{"type":"deny"}]}`), false},
		{"a permit that is proposed", with(choice("a", `{"type":"permit"}`), "proposed"), true},
		{"a permit that has ended", with(choice("a", `{"type":"permit"}`), "inactive"), true},
		{"a deny with an identifier", strings.Replace(choice("a", `{"type":"deny"}`), `"status"`, `"identifier":[{"system":"s","value":"1"}],"status"`, 1), true},
		{"a deny without a type", choice("a", `{}`), false},
		{"a deny that spares emergencies", sparing, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := facts(t, c.consent).Gives.Rule.MayBeRecorded(); got != c.want {
				t.Errorf("may be recorded: %v", got)
			}
		})
	}
	replacing := facts(t, choice("a", `{"type":"deny"}`)).Gives.Rule
	replacing.Replaces = []fhir.Ref{ref("Consent/b")}
	if replacing.MayBeRecorded() {
		t.Error("one that takes another's place may be recorded")
	}
}

// TestWhatIsRecordedGivesNothing spares everybody from a deny: who is related is treated by the usual rules, and nobody
// else is let in, though they are named.
func TestWhatIsRecordedGivesNothing(t *testing.T) {
	t.Parallel()
	const actor = `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/elsewhere"}}]`
	s := person(t, team, choice("a", `{"type":"deny","provision":[{"type":"permit","class":[{"system":"http://hl7.org/fhir/resource-types","code":"Goal"}]},{"type":"permit",`+actor+`}]}`))
	stranger := staff(t, "Organization/elsewhere", "clinician", consent.OrgHealth)
	if v := decide(t, s, stranger, thing(t, "Goal", "")); v.Sight != consent.Whole {
		t.Fatalf("a choice of the person does not let in whom it names: %+v", v)
	}
	s.Rules[0].Recorded = true
	for _, c := range []struct {
		name  string
		who   consent.Viewer
		typ   string
		shown bool
	}{
		{"who is named and not related", stranger, "Goal", false},
		{"who is related, what is spared", gp(t), "Goal", true},
		{"who is related, what is not", gp(t), "Condition", false},
	} {
		if v := decide(t, s, c.who, thing(t, c.typ, "")); (v.Sight != consent.Hidden) != c.shown {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}
