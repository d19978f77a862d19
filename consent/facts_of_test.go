package consent_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

func facts(t testing.TB, json string) *consent.Facts {
	t.Helper()
	return consent.FactsOf(stored(t, []byte(json)), fhir.Ref{})
}

func TestWhomAThingIsAbout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, json string
		want       []string
		open       bool
	}{
		{"a Patient is about itself", `{"resourceType":"Patient","id":"p","link":[{"other":{"reference":"Patient/q"}}]}`, []string{"Patient/p"}, false},
		{"a performer is not a subject", `{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"},"performer":[{"reference":"Patient/q"}]}`, []string{"Patient/p"}, false},
		{"focus is not a subject", `{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"},"focus":[{"reference":"Patient/q"}]}`, []string{"Patient/p"}, false},
		{"an appointment is about all who come", `{"resourceType":"Appointment","id":"a","participant":[{"actor":{"reference":"Patient/q"}},{"actor":{"reference":"Patient/p"}},{"actor":{"reference":"Practitioner/x"}}]}`, []string{"Patient/p", "Patient/q"}, false},
		{"a task is for somebody", `{"resourceType":"Task","id":"t","for":{"reference":"Patient/p/_history/3"}}`, []string{"Patient/p"}, false},
		{"a message without a subject is about whom it goes to", `{"resourceType":"Communication","id":"c","recipient":[{"reference":"Patient/p"}]}`, []string{"Patient/p"}, false},
		{"a message with one is not", `{"resourceType":"Communication","id":"c","subject":{"reference":"Patient/p"},"recipient":[{"reference":"Patient/q"}]}`, []string{"Patient/p"}, false},
		{"a contained thing has subjects too", `{"resourceType":"CarePlan","id":"c","subject":{"reference":"Patient/p"},"contained":[{"resourceType":"Goal","id":"g","subject":{"reference":"Patient/q"}}]}`, []string{"Patient/p", "Patient/q"}, false},
		{"a choice speaks for one person, whatever it contains", `{"resourceType":"Consent","id":"c","patient":{"reference":"Patient/p"},"contained":[{"resourceType":"Goal","id":"g","subject":{"reference":"Patient/q"}}]}`, []string{"Patient/p"}, false},
		{"a section may be about another", `{"resourceType":"Composition","id":"c","subject":{"reference":"Patient/p"},"section":[{"section":[{"focus":{"reference":"Patient/q"}}]}]}`, []string{"Patient/p", "Patient/q"}, false},
		{"somebody named by identifier is nobody here", `{"resourceType":"Observation","id":"o","subject":{"identifier":{"system":"s","value":"1"}}}`, nil, false},
		{"a trail entry is about nobody", `{"resourceType":"AuditEvent","id":"a","agent":[{"who":{"reference":"Patient/p"}}]}`, nil, false},
		{"an organisation is open", `{"resourceType":"Organization","id":"o"}`, nil, true},
		{"a medicine is open", `{"resourceType":"Medication","id":"m"}`, nil, true},
		{"somebody's device is not", `{"resourceType":"Device","id":"d","patient":{"reference":"Patient/p"}}`, []string{"Patient/p"}, false},
		{"a device of somebody unknown is not", `{"resourceType":"Device","id":"d","patient":{"display":"a neighbour"}}`, nil, false},
		{"a group of practitioners is open", `{"resourceType":"Group","id":"g","type":"practitioner","member":[{"entity":{"reference":"Practitioner/x"}}]}`, nil, true},
		{"a group of people is not, even an empty one", `{"resourceType":"Group","id":"g","type":"person"}`, nil, false},
		{"somebody's home is not open", `{"resourceType":"Location","id":"l","physicalType":{"coding":[{"code":"ho"}]}}`, nil, false},
		{"an organisation with somebody inside is not open", `{"resourceType":"Organization","id":"o","contained":[{"resourceType":"Patient","id":"p"}]}`, nil, false},
		{"a slot is not open", `{"resourceType":"Slot","id":"s"}`, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := facts(t, tt.json)
			var about []string
			for _, ref := range f.About {
				about = append(about, ref.String())
			}
			if diff := cmp.Diff(tt.want, about); diff != "" || f.Open != tt.open {
				t.Errorf("open %t, want %t; about (-want +got):\n%s", f.Open, tt.open, diff)
			}
		})
	}
}

func TestWhenAThingWas(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	tests := []struct {
		name, members string
		events        []consent.Span
	}{
		{"a year is the whole of it, in London", `"effectiveDateTime":"2015"`, []consent.Span{{From: at("2015-01-01T00:00:00Z"), To: at("2015-12-31T23:59:59.999999999Z")}}},
		{"a day in summer begins an hour before it does in UTC", `"effectiveDateTime":"2015-07-01"`, []consent.Span{{From: at("2015-06-30T23:00:00Z"), To: at("2015-07-01T22:59:59.999999999Z")}}},
		{"a second is a second", `"effectiveDateTime":"2015-07-01T10:00:00+02:00"`, []consent.Span{{From: at("2015-07-01T08:00:00Z"), To: at("2015-07-01T08:00:00.999999999Z")}}},
		{"a period without an end goes on", `"effectivePeriod":{"start":"2015-02"}`, []consent.Span{{From: at("2015-02-01T00:00:00Z")}}},
		{"a timing is its events", `"effectiveTiming":{"event":["2015-02-01T10:00:00Z"]}`, []consent.Span{{From: at("2015-02-01T10:00:00Z"), To: at("2015-02-01T10:00:00.999999999Z")}}},
		{"what cannot be read may be any time", `"effectiveDateTime":"soon"`, []consent.Span{{}}},
		{"a value that is a date is not when it was", `"valueDateTime":"2015"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.events, thing(t, "Observation", tt.members).Events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatFactsHold(t *testing.T) {
	t.Parallel()
	f := consent.FactsOf(stored(t, []byte(`{"resourceType":"CarePlan","id":"c","meta":{"profile":["http://x/y|1"],"security":[{"system":"s","code":"secret"}]},
		"status":"active","subject":{"reference":"Patient/p"},"author":{"reference":"PractitionerRole/r"},
		"category":[{"coding":[{"system":"http://snomed.info/sct","code":"734163000"}]}],
		"extension":[{"url":"http://hl7.org/fhir/us/mcc/StructureDefinition/custodian","valueReference":{"reference":"Organization/k"}},{"url":"u","valueCoding":{"system":"a","code":"b"}}],
		"contained":[{"resourceType":"Goal","id":"g","description":{"coding":[{"code":"deep"}]}}],"goal":[{"reference":"#g"}],
		"activity":[{"detail":{"kind":"ServiceRequest","code":{"coding":[{"system":"a","code":"inline"}]}}}],"created":"2026"}`)), ref(practice))
	if want := []consent.Party{{Ref: ref("Organization/k")}, {Ref: ref(practice)}}; !slices.Equal(f.Custodian, want) {
		t.Errorf("custodians %v", f.Custodian)
	}
	if want := []consent.Party{{Ref: ref("PractitionerRole/r")}}; !slices.Equal(f.Authors, want) {
		t.Errorf("authors %v", f.Authors)
	}
	for _, code := range []consent.Code{{System: "a", Code: "b"}, {Code: "deep"}, {System: "a", Code: "inline"}} {
		if !slices.Contains(f.Codes, code) || slices.Contains(f.Primary, code) {
			t.Errorf("%v is somewhere in it and does not say what it is", code)
		}
	}
	if slices.Contains(f.Codes, consent.Code{System: "s", Code: "secret"}) {
		t.Error("a label is no code")
	}
	for _, class := range []consent.Code{
		{System: "http://hl7.org/fhir/resource-types", Code: "CarePlan"},
		{System: "urn:ietf:rfc:3986", Code: "http://x/y"},
		{System: "urn:ietf:rfc:3986", Code: "http://x/y|1"},
		{System: care.SystemSection, Code: "plan"},
	} {
		if !slices.Contains(f.Class, class) {
			t.Errorf("no class %v in %v", class, f.Class)
		}
	}
}

func TestPartsAreJudgedAlone(t *testing.T) {
	t.Parallel()
	plan := func(refers string) *consent.Facts {
		return consent.FactsOf(decode(t, `{"resourceType":"CarePlan","id":"c","contained":[{"resourceType":"Goal","id":"g","lifecycleStatus":"active",
			"description":{"text":"x"},"subject":{"reference":"Patient/p"}}],"status":"active","intent":"plan","subject":{"reference":"Patient/p"}`+refers+`,
			"activity":[{"detail":{"kind":"Task","status":"in-progress","code":{"coding":[{"system":"a","code":"secret"}]}}},{"reference":{"reference":"Task/1"}}]}`), ref(practice))
	}
	denyGoals := person(t, team, choice("d", `{"type":"deny",`+class("Goal")+`}`))
	denyTasks := person(t, team, choice("d", `{"type":"deny",`+class("Task")+`}`))
	if v := decide(t, denyGoals, gp(t), plan(`,"goal":[{"reference":"#g"}]`)); v.Sight != consent.Hidden {
		t.Errorf("a hidden contained thing that is referred to hides its host: %+v", v)
	}
	loose := plan("")
	if v := decide(t, denyGoals, gp(t), loose); v.Sight != consent.Cut || loose.Parts[0].Cut < 0 || v.Parts != 1 {
		t.Errorf("one that is not is cut: %+v", v)
	}
	if v := decide(t, denyTasks, gp(t), loose); v.Sight != consent.Cut || v.Parts != 2 {
		t.Errorf("inline detail is cut: %+v", v)
	}
	if v := decide(t, person(t, team), gp(t), loose); v.Sight != consent.Whole {
		t.Errorf("nothing hidden, nothing cut: %+v", v)
	}
}

func TestWhatIsAboutNobodyGoesWithItsHost(t *testing.T) {
	t.Parallel()
	medicine := consent.FactsOf(decode(t, `{"resourceType":"MedicationRequest","id":"m","contained":[{"resourceType":"Medication","id":"d","code":{"coding":[{"system":"s","code":"drug"}]}}],
		"status":"active","intent":"order","medicationReference":{"reference":"#d"},"subject":{"reference":"Patient/p"}}`), ref(practice))
	share := `{"type":"deny","provision":[{"type":"permit",` + to("RelatedPerson/carer") + `,` + class("MedicationRequest") + `}]}`
	tests := []struct {
		name string
		who  *consent.Standing
		by   consent.Viewer
		want consent.Sight
	}{
		{"a grant of medicines shows one with its drug inside", person(t, related, choice("c", share)), carer(t), consent.Whole},
		{"social care sees it too", person(t, team), staff(t, hospital, care.RoleSocialWorker, consent.OrgSocial), consent.Whole},
		{"a deny of the class inside hides it", person(t, team, choice("c", `{"type":"deny",`+class("Medication")+`}`)), gp(t), consent.Hidden},
		{"a deny of the drug hides it", person(t, team, choice("c", `{"type":"deny","code":[{"coding":[{"system":"s","code":"drug"}]}]}`)), gp(t), consent.Hidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if v := decide(t, tt.who, tt.by, medicine); v.Sight != tt.want {
				t.Errorf("sight %d by %s, want %d", v.Sight, v.Why.Step, tt.want)
			}
		})
	}
}

func TestStandingThatResourcesGive(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, json string
		ties       int
	}{
		{"an active team", team, 3},
		{"a proposed team gives nothing", `{"resourceType":"CareTeam","id":"t","status":"proposed","participant":[{"member":{"reference":"Organization/o"}}]}`, 0},
		{"a membership that ended before the team began gives nothing", `{"resourceType":"CareTeam","id":"t","status":"active","period":{"start":"2026"},"participant":[{"member":{"reference":"Organization/o"},"period":{"end":"2020"}}]}`, 0},
		{"a team inside a plan", `{"resourceType":"CarePlan","id":"c","status":"active","contained":[{"resourceType":"CareTeam","id":"t","status":"active","participant":[{"member":{"reference":"Organization/o"}}]}]}`, 1},
		{"a task asked for", `{"resourceType":"Task","id":"t","status":"requested","owner":{"reference":"Organization/o"},"requester":{"reference":"Organization/q"}}`, 2},
		{"a task done gives nothing", `{"resourceType":"Task","id":"t","status":"completed","owner":{"reference":"Organization/o"}}`, 0},
		{"a referral", `{"resourceType":"ServiceRequest","id":"t","status":"active","intent":"order","performer":[{"reference":"Organization/o"}]}`, 1},
		{"an option considered gives nothing", `{"resourceType":"ServiceRequest","id":"t","status":"active","intent":"option","performer":[{"reference":"Organization/o"}]}`, 0},
		{"a visit", `{"resourceType":"Encounter","id":"e","status":"in-progress","serviceProvider":{"reference":"Organization/o"},"participant":[{"individual":{"reference":"Practitioner/x"}}]}`, 2},
		{"a visit that is over gives nothing", `{"resourceType":"Encounter","id":"e","status":"finished","serviceProvider":{"reference":"Organization/o"}}`, 0},
		{"the practice of a Patient", `{"resourceType":"Patient","id":"p","generalPractitioner":[{"reference":"Organization/o"}],"managingOrganization":{"reference":"Organization/q"}}`, 2},
		{"a RelatedPerson and each of their identifiers", `{"resourceType":"RelatedPerson","id":"r","patient":{"reference":"Patient/p"},"identifier":[{"system":"s","value":"1"}]}`, 2},
		{"an inactive one gives nothing", `{"resourceType":"RelatedPerson","id":"r","active":false,"patient":{"reference":"Patient/p"}}`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := facts(t, tt.json).Gives.Ties; len(got) != tt.ties {
				t.Errorf("%d ties, want %d: %+v", len(got), tt.ties, got)
			}
		})
	}
}

// FactsOf has to take whatever decodes: the official examples, one and all.
func TestOfficialExamples(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(beside(t), "fhir-r4", "examples")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skip("the official examples are not here")
	}
	read, about := 0, 0
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		r, err := fhir.Stored(data)
		if err != nil || !json.Valid(data) || r.Type() == "" {
			continue
		}
		f := consent.FactsOf(r, ref(practice))
		back, err := consent.FactsFrom(f.Binary())
		if err != nil {
			t.Fatalf("%s: %v", entry.Name(), err)
		}
		if diff := cmp.Diff(f, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s (-made +read):\n%s", entry.Name(), diff)
		}
		read++
		if len(f.About) > 0 {
			about++
			if f.Sections.Empty() {
				t.Errorf("%s is about somebody and in no section", entry.Name())
			}
		}
		if len(f.About) > 0 && f.Open {
			t.Errorf("%s is about somebody and open", entry.Name())
		}
	}
	if read < 600 || about < 300 {
		t.Errorf("%d read, %d about somebody", read, about)
	}
}
