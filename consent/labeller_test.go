package consent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

const (
	aboutAmina = `"subject":{"reference":"Patient/amina"}`
	snomed     = `http://snomed.info/sct`
)

// byDefaultRules reads a resource, and labels it by the rules that come with Concord.
func byDefaultRules(t testing.TB, json string) *consent.Facts {
	t.Helper()
	r := decode(t, json)
	f := consent.FactsOf(r, fhir.Ref{})
	consent.DefaultLabels().Label(r, f)
	return f
}

func condition(system, code, more string) string {
	return fmt.Sprintf(`{"resourceType":"Condition","id":"c","code":{"coding":[{"system":%q,"code":%q}]},%s%s}`, system, code, more, aboutAmina)
}

func note(text string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":"o","status":"final","code":{"text":"a note"},%s,"note":[{"text":%q}]}`, aboutAmina, text)
}

func security(labels ...string) string {
	var all []string
	for _, l := range labels {
		system, code, _ := strings.Cut(l, "|")
		all = append(all, fmt.Sprintf(`{"system":%q,"code":%q}`, system, code))
	}
	return `"meta":{"security":[` + strings.Join(all, ",") + `]},`
}

// topicNames are the narrowest topics of labels, sorted.
func topicNames(l consent.Labels) string {
	var names []string
	for _, c := range l.Topics.Codes() {
		names = append(names, c.Code)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestDefaultLabels(t *testing.T) {
	t.Parallel()
	icd := "http://hl7.org/fhir/sid/icd-10"
	tests := []struct {
		name, json string
		topics     string
		level      consent.Level
	}{
		{"an ordinary finding is normal", condition(snomed, "38341003", ""), "", consent.LevelN},
		{"HIV by SNOMED CT", condition(snomed, "86406008", ""), "HIV", consent.LevelR},
		{"HIV by ICD-10", condition(icd, "B20.1", ""), "HIV", consent.LevelR},
		{"a code of another system means nothing", condition("http://example.org/codes", "86406008", ""), "", consent.LevelN},
		{"alcohol by ICD-10 with and without the point", condition(icd, "F102", ""), "ETHUD", consent.LevelR},
		{"opioids", condition(icd, "F11.20", ""), "OPIOIDUD", consent.LevelR},
		{"other drugs", condition(icd, "F12.1", ""), "SUD", consent.LevelR},
		{"depression", condition(icd, "F32.1", ""), "MH PSY", consent.LevelR},
		{"dementia is not the same", condition(icd, "F00.1", ""), "", consent.LevelN},
		{"abortion", condition(icd, "O04.9", ""), "SEX", consent.LevelR},
		{"a sexually transmitted infection", condition(icd, "A54.0", ""), "SEX STD", consent.LevelR},
		{"gender", condition(icd, "F64.0", ""), "GENDER SEX", consent.LevelR},
		{"violence", condition(icd, "T74.1", ""), "SDV", consent.LevelR},
		{"sickle cell", condition(icd, "D57.1", ""), "GDIS SCA", consent.LevelR},
		{"safeguarding is very restricted", condition(snomed, "514331000000104", ""), "safeguarding", consent.LevelV},
		{"child protection", condition(snomed, "224353004", ""), "child-protection", consent.LevelR},
		{"a medicine by ATC", `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order",` + aboutAmina +
			`,"medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N07BC02"}]}}`, "OPIOIDUD", consent.LevelR},
		{"a type", `{"resourceType":"MolecularSequence","id":"s","coordinateSystem":0,"patient":{"reference":"Patient/amina"}}`, "GDIS", consent.LevelR},
		{"a key safe", `{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"` + care.SystemCategory + `","code":"key-safe"}]},` + aboutAmina + `}`, "LOCIS", consent.LevelR},
		{"a word in a note", note("He is HIV positive."), "HIV", consent.LevelR},
		{"a word is whole", note("The archive shivered."), "", consent.LevelN},
		{"a phrase across punctuation and capitals", note("Referred: Domestic\n\u00a0VIOLENCE (2019)"), "SDV", consent.LevelR},
		{"a phrase that overlaps another", note("crack crack cocaine"), "SUD", consent.LevelR},
		{"a soft hyphen hides nothing", note("meth\u00adadone"), "OPIOIDUD", consent.LevelR},
		{"an escape hides nothing", strings.Replace(note("x"), `"text":"x"`, `"text":"\u0048\u0049V"`, 1), "HIV", consent.LevelR},
		{"words make nothing very restricted", note("a safeguarding concern"), "safeguarding", consent.LevelR},
		{"a word in narrative, between tags", `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},` + aboutAmina +
			`,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Dom<!-- x -->; domestic <b>abuse</b></p></div>"}}`, "SDV", consent.LevelR},
		{"an entity in narrative", `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},` + aboutAmina +
			`,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">domestic&#160;abuse</div>"}}`, "SDV", consent.LevelR},
		{"a word in a display", condition("http://example.org/codes", "1", `"bodySite":[{"text":"genital herpes"}],`), "SEX STD", consent.LevelR},
		{"a plan by its inline activity", `{"resourceType":"CarePlan","id":"p","status":"active","intent":"plan",` + aboutAmina +
			`,"activity":[{"detail":{"status":"scheduled","code":{"coding":[{"system":"http://snomed.info/sct","code":"75516001"}]}}}]}`, "PSY PSYTHPN", consent.LevelR},
		{"a host by what it contains", `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},` + aboutAmina +
			`,"contained":[{"resourceType":"Condition","id":"in",` + security(care.SystemActCode+"|SDV") + aboutAmina + `}],"focus":[{"reference":"#in"}]}`, "SDV", consent.LevelR},
		{"what came with it stays", condition(snomed, "38341003", security(care.SystemConfidentiality+"|V", care.SystemActCode+"|TBOO")), "TBOO", consent.LevelV},
		{"a lower level that came is kept when nothing is found", condition(snomed, "38341003", security(care.SystemConfidentiality+"|R")), "", consent.LevelR},
		{"a lower level that came does not lower what is found", condition(snomed, "86406008", security(care.SystemConfidentiality+"|N")), "HIV", consent.LevelR},
		{"a sensitivity alone is restricted", condition(snomed, "38341003", security(care.SystemActCode+"|PSY")), "PSY", consent.LevelR},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := byDefaultRules(t, tt.json).Labels
			if got := topicNames(l); got != tt.topics || l.Level != tt.level {
				t.Errorf("got topics %q at level %d, want %q at %d", got, l.Level, tt.topics, tt.level)
			}
			if l.Rules != consent.DefaultLabels().Epoch() {
				t.Errorf("labelled by rule set %d", l.Rules)
			}
		})
	}
}

func TestEveryLabelHasItsBasis(t *testing.T) {
	t.Parallel()
	l := byDefaultRules(t, strings.Replace(condition(snomed, "86406008", ""), `"code":{`, `"note":[{"text":"alcoholism"}],"code":{`, 1)).Labels
	want := []consent.Basis{
		{Label: consent.Code{System: care.SystemActCode, Code: "HIV"}, Rule: "hiv"},
		{Label: consent.Code{System: care.SystemActCode, Code: "ETHUD"}, Rule: "alcohol-words", Word: true},
	}
	if diff := cmp.Diff(want, l.Basis); diff != "" {
		t.Errorf("basis (-want +got):\n%s", diff)
	}
}

func TestWordsAloneDoNotHideWhatALifeMayHangOn(t *testing.T) {
	t.Parallel()
	plan := func(category string) string {
		return `{"resourceType":"CarePlan","id":"p","status":"active","intent":"plan",` + aboutAmina + `,"description":"when suicidal, call",` +
			`"category":[{"coding":[{"system":"` + care.SystemCategory + `","code":"` + category + `"}]}],"activity":[{"detail":{"status":"scheduled","description":"stay with her when suicidal"}}]}`
	}
	tests := []struct {
		name, json string
		applied    bool
	}{
		{"a contingency plan", plan(care.CategoryContingency), false},
		{"a crisis plan", plan(care.CategorySafety), false},
		{"an ordinary plan", plan(care.CategoryCareAndSupport), true},
		{
			"a CPR recommendation", `{"resourceType":"Observation","id":"o","status":"final",` + aboutAmina + `,"note":[{"text":"suicide attempt 2019"}],` +
				`"code":{"coding":[{"system":"` + snomed + `","code":"` + care.SnomedNotForCPR + `"}]}}`, false,
		},
		{"an allergy", `{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/amina"},"note":[{"text":"found after suicide attempt"}]}`, false},
		{
			"an adjustment", `{"resourceType":"Flag","id":"f","status":"active",` + aboutAmina + `,"code":{"text":"psychiatric ward: see alone"},` +
				`"category":[{"coding":[{"system":"` + care.SystemAdjustment + `","code":"001"}]}]}`, false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := byDefaultRules(t, tt.json)
			if got := f.Labels.Topics.Covers(topicOf(t, "PSY")); got != tt.applied {
				t.Errorf("labelled: %t", got)
			}
			for i, p := range f.Parts {
				if got := p.Labels.Topics != 0; got != tt.applied {
					t.Errorf("part %d labelled: %t", i, got)
				}
			}
			if !slices.ContainsFunc(f.Labels.Basis, func(b consent.Basis) bool { return b.Word }) {
				t.Error("nobody is asked to look")
			}
		})
	}
}

func topicOf(t testing.TB, code string) consent.Topics {
	t.Helper()
	topics, ok := consent.TopicsOf(consent.Code{System: care.SystemActCode, Code: code})
	if !ok {
		t.Fatalf("%s is no topic", code)
	}
	return topics
}

// What was looked at is not labelled by words any more; what is written later is.
func TestAReviewHoldsForWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	text := "no history of suicide in the family"
	mark := care.SystemReviewed + "|" + consent.DefaultLabels().Mark(decode(t, note(text)))
	marked := func(text string) consent.Labels {
		return byDefaultRules(t, strings.Replace(note(text), `"id":"o",`, `"id":"o",`+security(mark), 1)).Labels
	}
	if l := marked(text); l.Topics != 0 || l.Level != consent.LevelN || len(l.Basis) != 0 {
		t.Errorf("reviewed: %+v", l)
	}
	if l := marked(text + "; suicide attempt today"); l.Topics == 0 {
		t.Error("a review of other words holds")
	}
	coded := strings.Replace(condition(snomed, "86406008", security(mark)), `"code":{`, `"note":[{"text":"`+text+`"}],"code":{`, 1)
	if l := byDefaultRules(t, coded).Labels; topicNames(l) != "HIV" {
		t.Errorf("a review of words takes away what a code says: %s", topicNames(l))
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		thing      string
		rule       string
		met        bool
		systemOf   string
		ruleSystem string
	}{
		{"a topic meets itself", "HIV", "HIV", true, "", ""},
		{"a rule covers what stands under it", "ETHUD", "SUD", true, "", ""},
		{"in several steps", "OPIOIDUD", "SPI", true, "", ""},
		{"ETH covers alcohol, as IHE has it", "ETHUD", "ETH", true, "", ""},
		{"a narrower rule does not cover", "SUD", "ETHUD", false, "", ""},
		{"siblings do not meet", "MH", "SUD", false, "", ""},
		{"an old system", "PSY", "PSY", true, "http://hl7.org/fhir/v3/ActCode", "urn:oid:2.16.840.1.113883.5.4"},
		{"a value set for a system", "PSY", "SPI", true, "http://terminology.hl7.org/ValueSet/v3-InformationSensitivityPolicy", ""},
		{"a version of a system", "PSY", "SPI", true, care.SystemActCode + "|2019-01", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			of := func(system, code string) consent.Topics {
				if system == "" {
					system = care.SystemActCode
				}
				topics, ok := consent.TopicsOf(consent.Code{System: system, Code: code})
				if !ok {
					t.Fatalf("%s|%s is no topic", system, code)
				}
				return topics
			}
			if got := of(tt.systemOf, tt.thing).Covers(of(tt.ruleSystem, tt.rule)); got != tt.met {
				t.Errorf("got %t", got)
			}
		})
	}
	if _, ok := consent.TopicsOf(consent.Code{System: "http://example.org", Code: "HIV"}); ok {
		t.Error("any system has topics")
	}
	level, ok := consent.LevelOf(consent.Code{System: "http://hl7.org/fhir/v3/Confidentiality", Code: "R"})
	if !ok || level != consent.LevelR || level.Code() != (consent.Code{System: care.SystemConfidentiality, Code: "R"}) {
		t.Errorf("level %d, %t, back as %v", level, ok, level.Code())
	}
}

func TestFaultsOfATableAreToldWithTheirLines(t *testing.T) {
	t.Parallel()
	_, err := consent.NewLabeller([]byte(`# a table
system sct http://snomed.info/sct
nonsense
codes a HIV sct 1
codes a HIV sct 2
codes b HUV sct 2
codes c HIV snomed 2
codes d HIV sct
words e HIV ` + strings.Repeat("x", 40) + `
types f HIV Condition Disease
level R HIV
codes g HIV
`))
	if err == nil {
		t.Fatal("no fault")
	}
	for _, want := range []string{
		"line 3: \"nonsense\" is no kind", "line 5: there is a rule \"a\" already, in line 4", "line 6: \"HUV\" is no topic",
		"line 7: no system is called", "line 8: the rule names no code", "line 9:", "line 10: \"Disease\" is no resource type",
		"line 11: a level is V", "line 12: a rule of kind codes",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}

func TestATableOfADeploymentsOwn(t *testing.T) {
	t.Parallel()
	l, err := consent.NewLabeller([]byte("level V HIV\nsystem x http://example.org/x\nbegins a HIV x 9\n"))
	if err != nil {
		t.Fatal(err)
	}
	if l.Epoch() == consent.DefaultLabels().Epoch() || l.Epoch() == 0 {
		t.Error("two tables have one name")
	}
	r := decode(t, condition("http://example.org/x", "97", ""))
	f := consent.FactsOf(r, fhir.Ref{})
	l.Label(r, f)
	if topicNames(f.Labels) != "HIV" || f.Labels.Level != consent.LevelV {
		t.Errorf("got %+v", f.Labels)
	}
}

func FuzzNewLabeller(f *testing.F) {
	f.Add(consent.DefaultRules(), "he is hiv positive")
	f.Add([]byte("words a HIV x; y z"), "x y z \xff\u00ad")
	f.Fuzz(func(t *testing.T, table []byte, text string) {
		l, err := consent.NewLabeller(table)
		if err != nil {
			return
		}
		r, err := fhir.DecodeJSON([]byte(note(strings.ToValidUTF8(text, "?"))))
		if err != nil {
			return
		}
		facts := consent.FactsOf(r, fhir.Ref{})
		l.Label(r, facts)
		if facts.Labels.Level < consent.LevelN || facts.Labels.Rules != l.Epoch() {
			t.Errorf("got %+v", facts.Labels)
		}
	})
}

// A resource of 3 kB is to cost less than 10 microseconds.
func BenchmarkLabel(b *testing.B) {
	var activities []string
	for i := range 9 {
		activities = append(activities, fmt.Sprintf(`{"detail":{"status":"scheduled","code":{"coding":[{"system":%q,"code":"%d"}],"text":"Help with the shopping on Tuesdays"},`+
			`"description":"The neighbour goes along to the market, and sees that she takes the walking frame and her medicines with her; number %d"}}`, snomed, 100000+i, i))
	}
	r := decode(b, `{"resourceType":"CarePlan","id":"p","status":"active","intent":"plan",`+aboutAmina+`,"activity":[`+strings.Join(activities, ",")+`]}`)
	b.SetBytes(int64(len(r.JSON())))
	f := consent.FactsOf(r, fhir.Ref{})
	came := f.Labels
	b.ReportAllocs()
	for b.Loop() {
		f.Labels = came
		consent.DefaultLabels().Label(r, f)
	}
}
