package consent_test

import (
	"fmt"
	"strings"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

func TestWhatStaffMayWriteDownOfAChoice(t *testing.T) {
	t.Parallel()
	organisation := func(id, rest string) *consent.Facts {
		return facts(t, fmt.Sprintf(`{"resourceType":"Organization","id":%q%s}`, id, rest))
	}
	var entries []consent.Entry
	for _, f := range []*consent.Facts{
		organisation("surgery", `,"identifier":[{"system":"ods","value":"A1"}]`),
		organisation("ward", `,"partOf":{"reference":"Organization/surgery"}`),
		organisation("hospice", `,"identifier":[{"system":"ods","value":"H1"}]`),
	} {
		entries = append(entries, *f.Gives.Entry)
	}
	directory := consent.NewDirectory(1, entries)
	surgery := ref("Organization/surgery")
	regulated := facts(t, `{"resourceType":"Organization","id":"surgery","type":[{"coding":[{"system":"`+care.SystemKind+`","code":"`+care.KindHealth+`"}]}]}`)
	health := consent.NewDirectory(1, []consent.Entry{*regulated.Gives.Entry})
	const purposes = `"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason"`
	emergency, treatment := `{"type":"permit","purpose":[{`+purposes+`,"code":"ETREAT"}]}`, `{"type":"permit","purpose":[{`+purposes+`,"code":"TREAT"}]}`
	by := func(actor string) string {
		return `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":` + actor + `}]`
	}
	denies := func(actor, within string) string {
		return `{"type":"deny",` + by(actor) + `,"provision":[` + within + `]}`
	}
	hospice, here := `{"reference":"Organization/hospice"}`, `{"reference":"Organization/surgery"}`
	with := func(text, status string) string { return strings.Replace(text, `"active"`, `"`+status+`"`, 1) }
	for _, c := range []struct {
		name, consent string
		want          bool
	}{
		{"a deny", choice("a", `{"type":"deny"}`), true},
		{"a permit", choice("a", `{"type":"permit"}`), false},
		{"a permit that is proposed", with(choice("a", `{"type":"permit"}`), "proposed"), true},
		{"a permit that has ended", with(choice("a", `{"type":"permit"}`), "inactive"), true},
		{"a deny with an identifier", strings.Replace(choice("a", `{"type":"deny"}`), `"status"`, `"identifier":[{"system":"s","value":"1"}],"status"`, 1), true},
		{"a deny without a type", choice("a", `{}`), false},
		{"a deny of another that spares emergencies", choice("a", denies(hospice, emergency)), true},
		{"of another by its identifier", choice("a", denies(`{"identifier":{"system":"ods","value":"H1"}}`, emergency)), true},
		{"of one that is not known", choice("a", denies(`{"identifier":{"system":"ods","value":"X9"}}`, emergency)), true},
		{"of another that spares treatment", choice("a", denies(hospice, treatment)), false},
		{"of everybody that spares emergencies", choice("a", `{"type":"deny","provision":[`+emergency+`]}`), false},
		{"of itself that spares emergencies", choice("a", denies(here, emergency)), false},
		{"of itself by its identifier", choice("a", denies(`{"identifier":{"system":"ods","value":"A1"}}`, emergency)), false},
		{"of a part of itself", choice("a", denies(`{"reference":"Organization/ward"}`, emergency)), false},
		{"of a practitioner", choice("a", denies(`{"reference":"Practitioner/p"}`, emergency)), false},
		{"of another, where the one that is spared is named again as itself", choice("a", denies(hospice, `{"type":"permit",`+by(here)+`,"purpose":[{`+purposes+`,"code":"ETREAT"}]}`)), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := directory.MayRecord(facts(t, c.consent).Gives.Rule, surgery); got != c.want {
				t.Errorf("may be recorded: %v", got)
			}
		})
	}
	everybody := choice("a", `{"type":"deny","provision":[`+emergency+`]}`)
	if !health.MayRecord(facts(t, everybody).Gives.Rule, surgery) || health.MayRecord(facts(t, choice("a", denies(here, emergency))).Gives.Rule, surgery) {
		t.Error("health may write down that everybody is denied but in emergencies, and not itself alone")
	}
	replacing := facts(t, choice("a", `{"type":"deny"}`)).Gives.Rule
	replacing.Replaces = []fhir.Ref{ref("Consent/b")}
	if directory.MayRecord(replacing, surgery) {
		t.Error("one that takes another's place may be recorded")
	}
}
