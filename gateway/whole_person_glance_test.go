package gateway

import (
	"fmt"
	"strings"
	"testing"

	"concord/fhir/care"

	"github.com/google/go-cmp/cmp"
)

const today = "2026-06-15"

// observation is a final Observation of a category of ours.
func observation(id, category, date, rest string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","category":[{"coding":[{"system":%q,"code":%q}]}],
		"subject":{"reference":"Patient/ada"},"effectiveDateTime":%q,%s}`, id, care.SystemCategory, category, date, rest)
}

func cpr(id, date, code string) string {
	return observation(id, care.CategoryCPR, date, fmt.Sprintf(
		`"code":{"coding":[{"system":%q,"code":%q}]},"valueCodeableConcept":{"coding":[{"system":%q,"code":%q}]}`,
		care.SystemSnomed, care.SnomedResuscitationStatus, care.SystemSnomed, code))
}

func adrt(id, date, status string) string {
	return fmt.Sprintf(`{"resourceType":"Consent","id":%q,"status":%q,"scope":{"coding":[{"system":%q,"code":"adr"}]},
		"category":[{"coding":[{"system":%q,"code":"acd"}]}],"patient":{"reference":"Patient/ada"},"dateTime":%q,
		"policyRule":{"text":"x"},"provision":{"type":"deny","code":[{"text":"ventilation"}]}}`,
		id, status, care.SystemConsentScope, care.SystemConsentCategory, date)
}

func allergy(id, date, code string) string {
	return fmt.Sprintf(`{"resourceType":"AllergyIntolerance","id":%q,"patient":{"reference":"Patient/ada"},"recordedDate":%q,
		"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},
		%s}`, id, date, code)
}

func noneKnown(id, date, code string) string {
	return allergy(id, date, fmt.Sprintf(`"code":{"coding":[{"system":%q,"code":%q,"display":"No known allergy"}]}`, care.SystemSnomed, code))
}

func TestLinesAtAGlance(t *testing.T) {
	t.Parallel()
	const differ = "These do not agree. The newest stands first.\n"
	penicillin := allergy("pen", "2001-01-01", `"category":["medication"],"code":{"text":"Penicillin"}`)
	fish := allergy("fish", "2002-02-02", `"category":["food"],"code":{"text":"Fish"}`)
	tests := []struct {
		name      string
		line      string
		resources []string
		state     string
		want      string // the words, or what must be in them
	}{
		{"nothing visible is not none", care.LineAllergies, nil, care.StateNothing, nothingToShow},
		{
			"a statement that no allergy is known is none", care.LineAllergies,
			[]string{noneKnown("nka", "2020-01-01", care.SnomedNoKnownAllergy)},
			care.StateNone, "- No known allergy; date: 2020-01-01",
		},
		{
			"a statement about medicines alone is not none", care.LineAllergies,
			[]string{noneKnown("nkda", "2020-01-01", care.SnomedNoKnownDrugAllergy), fish},
			care.StateRecorded,
			"- No known allergy; date: 2020-01-01\n- Fish; date: 2002-02-02",
		},
		{
			"an allergy to a medicine and none known to any stand side by side", care.LineAllergies,
			[]string{noneKnown("nkda", "2020-01-01", care.SnomedNoKnownDrugAllergy), penicillin},
			care.StateRecorded,
			differ + "- No known allergy; date: 2020-01-01\n- Penicillin; date: 2001-01-01",
		},
		{
			"that nobody knows of allergies is shown, and does not contradict", care.LineAllergies,
			[]string{
				noneKnown("nka", "2020-01-01", care.SnomedNoKnownAllergy),
				allergy("unknown", "2021-01-01", fmt.Sprintf(`"code":{"coding":[{"system":%q,"code":"no-allergy-info","display":"No information"}]}`, care.SystemAbsent)),
			},
			care.StateRecorded, "- No information; date: 2021-01-01\n- No known allergy; date: 2020-01-01",
		},
		{
			"an allergy that is no longer is not shown", care.LineAllergies,
			[]string{strings.Replace(fish, `"code":"active"`, `"code":"resolved"`, 1)},
			care.StateNothing, nothingToShow,
		},
		{
			"two CPR recommendations that agree do not conflict", care.LineCPR,
			[]string{cpr("a", "2026-01-01", care.SnomedNotForCPR), cpr("b", "2026-02-01", care.SnomedNotForCPR)},
			care.StateRecorded,
			"- CPR recommendation: Not for attempted CPR; date: 2026-02-01\n- CPR recommendation: Not for attempted CPR; date: 2026-01-01",
		},
		{
			"two CPR recommendations that differ stand side by side, newest first", care.LineCPR,
			[]string{cpr("a", "2026-01", care.SnomedNotForCPR), cpr("b", "2026-02-01T10:00:00Z", care.SnomedForCPR)},
			care.StateRecorded,
			differ + "- CPR recommendation: For attempted CPR; date: 2026-02-01\n- CPR recommendation: Not for attempted CPR; date: 2026-01",
		},
		{
			"an advance decision stays out of the line of CPR", care.LineCPR,
			[]string{adrt("a", "2026-01-01", "active")},
			care.StateNothing, nothingToShow,
		},
		{
			"an advance decision is shown with what it refuses", care.LineADRT,
			[]string{adrt("a", "2026-01-01", "active"), cpr("b", "2026-02-01", care.SnomedForCPR)},
			care.StateRecorded,
			"- Advance decision; refuses ventilation; date: 2026-01-01",
		},
		{
			"one that is no longer in force is shown as such", care.LineADRT,
			[]string{adrt("a", "2026-01-01", "inactive")},
			care.StateRecorded,
			"- Advance decision; refuses ventilation; no longer in force; date: 2026-01-01",
		},
		{
			"an advance decision taken back stands beside the one in force", care.LineADRT,
			[]string{
				adrt("a", "2026-01-01", "active"),
				observation("b", "x", "2026-03-01", fmt.Sprintf(`"code":{"coding":[{"system":%q,"code":%q}]}`, care.SystemSnomed, care.SnomedADRTRetracted)),
			},
			care.StateRecorded,
			differ + "- Advance decision to refuse treatment taken back; taken back; date: 2026-03-01\n- Advance decision; refuses ventilation; date: 2026-01-01",
		},
		{
			"somebody who said that nobody depends on them is recorded as none", care.LineDependants,
			[]string{observation("a", care.CategoryDependant, "2026-01-01", `"code":{"text":"Dependants"},"valueBoolean":false`)},
			care.StateNone,
			"- Dependants: recorded as none; date: 2026-01-01",
		},
		{
			"a recommendation says where the paper is and that its review is overdue", care.LineCPR,
			[]string{strings.Replace(cpr("a", "2026-01-01", care.SnomedNotForCPR), `"status"`, fmt.Sprintf(
				`"extension":[{"url":%q,"valueString":"hall"},{"url":%q,"valueDate":"2026-06-14"},{"url":%q,"valueDate":"2026-02-02"}],"status"`,
				care.ExtensionWherePaper, care.ExtensionReviewDue, care.ExtensionReviewed), 1)},
			care.StateRecorded,
			"; date: 2026-01-01; reviewed: 2026-02-02; review overdue since: 2026-06-14; paper: hall",
		},
		{
			"the person's emergency contact is called", care.LineCallTonight,
			[]string{fmt.Sprintf(`{"resourceType":"RelatedPerson","id":"r","patient":{"reference":"Patient/ada"},"name":[{"text":"Tom"}],
				"relationship":[{"coding":[{"system":%q,"code":"ECON","display":"Emergency contact"}]}],
				"telecom":[{"system":"phone","value":"01632 960001"}]}`, care.SystemRoleCode)},
			care.StateRecorded,
			"- Tom, Emergency contact, 01632 960001",
		},
		{
			"a key worker whose time is over is not named", care.LineKeyWorker,
			[]string{fmt.Sprintf(`{"resourceType":"CareTeam","id":"t","status":"active","subject":{"reference":"Patient/ada"},"participant":[
				{"role":[{"coding":[{"system":%[1]q,"code":"key-worker"}]}],"member":{"display":"Ann"},"period":{"end":"2026-06-14"}},
				{"role":[{"coding":[{"system":%[1]q,"code":"key-worker"}]}],"member":{"display":"Bea"}}]}`, care.SystemRole)},
			care.StateRecorded,
			"- Bea",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			view := outline(t, layOut(t, sight(t, today, tt.resources...)))
			_, after, _ := strings.Cut(view, "# "+title(tt.line)+" (")
			got, _, _ := strings.Cut(after, "\n#")
			state, words, _ := strings.Cut(got, ")\n")
			if state != tt.state || !strings.Contains(words, tt.want) {
				t.Errorf("line (-want +got):\n%s", cmp.Diff(tt.state+"\n"+tt.want, state+"\n"+words))
			}
		})
	}
}

// title is what the line of this code is called.
func title(code string) string {
	for _, l := range lines {
		if l.code == code {
			return l.title
		}
	}
	return ""
}

func TestThePageHasTwelveLinesAtMost(t *testing.T) {
	t.Parallel()
	if len(lines) > 12 {
		t.Errorf("%d lines", len(lines))
	}
	if len(stateWords) != 4 {
		t.Errorf("%d states", len(stateWords))
	}
}

func TestOverdue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, due string
		want      bool
	}{
		{"yesterday is overdue", "2026-06-14", true},
		{"today is not overdue yet", "2026-06-15", false},
		{"a moment of yesterday is overdue", "2026-06-14T23:59:00Z", true},
		{"last month is overdue", "2026-05", true},
		{"this month is not over", "2026-06", false},
		{"last year is overdue", "2025", true},
		{"this year is not over", "2026", false},
		{"what is not a date is not overdue", "soon", false},
		{"nothing is not overdue", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := overdue(tt.due, sight(t, today).Today); got != tt.want {
				t.Errorf("overdue(%q) = %t", tt.due, got)
			}
		})
	}
}
