package consent_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// decides is what a Consent alone decides of a thing for a viewer.
func decides(t *rapid.T, r *fhir.Resource, v consent.Viewer, f *consent.Facts) consent.Outcome {
	s := (&consent.Standing{Person: "x", Patients: []consent.Patient{{Ref: ref("Patient/p")}}}).With(consent.FactsOf(r, fhir.Ref{}))
	v.Related = true
	return compile(t, s).For(v).Consents(f)
}

func ranFacts(t *rapid.T) *consent.Facts {
	f := drawFacts(t)
	f.Labels = consent.Labels{Rules: labelled, Level: rapid.SampledFrom([]consent.Level{consent.LevelN, consent.LevelR}).Draw(t, "level")}
	return f
}

func TestWhatAProfileCanSayComesBackTheSame(t *testing.T) {
	t.Parallel()
	for _, level := range []consent.PCF{consent.PCFBasic, consent.PCFIntermediate, consent.PCFAdvanced} {
		t.Run(string(level), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				r := consentDrawer{level: level}.draw(t)
				out, notes, err := consent.ExportPCF(r, level)
				if err != nil || len(notes) > 0 {
					t.Fatalf("%v\n%+v\n%s", err, notes, r.JSON())
				}
				back, _, err := consent.Harvest(out)
				if err != nil {
					t.Fatal(err)
				}
				v, f := drawViewer(t), ranFacts(t)
				if was, is := decides(t, r, v, f), decides(t, back, v, f); was != is {
					t.Fatalf("decided %s, and %s after a round trip\n%s\n%s", was, is, r.JSON(), back.JSON())
				}
			})
		})
	}
}

func TestWhatAProfileCannotSayIsNeverSharedByIt(t *testing.T) {
	t.Parallel()
	shares := func(o consent.Outcome) int {
		return map[consent.Outcome]int{consent.Deny: 0, consent.WeakDeny: 1, consent.NotApplicable: 2, consent.Permit: 3}[o]
	}
	for _, level := range []consent.PCF{consent.PCFBasic, consent.PCFIntermediate, consent.PCFAdvanced} {
		t.Run(string(level), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				r := consentDrawer{level: level, wild: true}.draw(t)
				out, notes, err := consent.ExportPCF(r, level)
				if err != nil {
					if _, ok := errors.AsType[*fhir.Error](err); !ok || len(notes) == 0 {
						t.Fatalf("refused without a word: %v", err)
					}
					return
				}
				v, f := drawViewer(t), ranFacts(t)
				if was, is := decides(t, r, v, f), decides(t, out, v, f); shares(is) > shares(was) {
					t.Fatalf("decided %s, and %s as exported\n%s\n%s", was, is, r.JSON(), out.JSON())
				}
			})
		})
	}
}

func TestThePublishedConsentsComeBackTheSame(t *testing.T) {
	t.Parallel()
	shared(t, "samples", "consent-pcf", "Consent-ex-consent-basic-reject.json")
	dir := os.Getenv("CONCORD_SHARED")
	if dir == "" {
		dir = beside(t)
	}
	files, err := filepath.Glob(filepath.Join(dir, "samples", "consent-pcf", "Consent-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r := decode(t, string(shared(t, "samples", "consent-pcf", filepath.Base(file))))
			level := consent.PCFAdvanced
			for _, l := range []consent.PCF{consent.PCFBasic, consent.PCFIntermediate} {
				if strings.Contains(file, string(l)) {
					level = l
				}
			}
			out, notes, err := consent.ExportPCF(r, level)
			if err != nil {
				t.Fatalf("%v %+v", err, notes)
			}
			want, got := consent.RuleOf(r), consent.RuleOf(out)
			if diff := cmp.Diff(want.Readings, got.Readings); diff != "" || len(notes) > 0 {
				t.Errorf("%+v\n%s", notes, diff)
			}
		})
	}
}

func TestExportSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	etreat := `{"type":"permit","purpose":[{"system":"` + care.SystemPurpose + `","code":"ETREAT"}]}`
	tests := []struct {
		name      string
		provision string
		level     consent.PCF
		want      string // the provision, or nothing when it is refused
		notes     []string
	}{
		{
			"a section has no word in any profile, so that a permit of it is not said", `{"type":"permit",` + class("goals", "Goal") + `}`,
			consent.PCFAdvanced, "",
			[]string{"Consent.provision.class"},
		},
		{
			"and a deny of it becomes a deny of all", `{"type":"deny",` + class("goals", "Goal") + `}`, consent.PCFAdvanced, `{"type":"deny"}`, []string{"Consent.provision.class"},
		},
		{
			"an exception for emergencies stands in the intermediate profile", `{"type":"deny","provision":[` + etreat + `]}`, consent.PCFIntermediate,
			`{"type":"deny","provision":[` + etreat + `]}`, nil,
		},
		{
			"and is left out of the basic one", `{"type":"deny","provision":[` + etreat + `]}`, consent.PCFBasic, `{"type":"deny"}`, []string{"Consent.provision.provision[0]"},
		},
		{
			"a deny inside a permit moves beside it", `{"type":"deny","provision":[{"type":"permit",` + to(hospital) + `,"provision":[{"type":"deny","period":{"end":"2026-12-31"}}]}]}`,
			consent.PCFIntermediate,
			`{"type":"deny","provision":[{"type":"permit",` + to(hospital) + `},{"type":"deny",` + to(hospital) + `,"period":{"end":"2026-12-31"}}]}`, nil,
		},
		{
			"a permit with an exception cannot be said without it", `{"type":"permit","provision":[{"type":"deny",` + to(hospital) + `}]}`, consent.PCFBasic, "",
			[]string{"Consent.provision.provision[0]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			said := strings.Replace(choice("c", tt.provision), `"resourceType"`, `"organization":[{"reference":"Organization/o"}],"policy":[{"uri":"urn:x"}],
				"sourceReference":{"reference":"DocumentReference/d"},"resourceType"`, 1)
			out, notes, err := consent.ExportPCF(decode(t, said), tt.level)
			var at []string
			for _, note := range notes {
				at = append(at, note.At)
			}
			if diff := cmp.Diff(tt.notes, at); diff != "" {
				t.Errorf("notes (-want +got)\n%s", diff)
			}
			if refused := err != nil; refused != (tt.want == "") {
				t.Fatalf("refused: %v", err)
			}
			if err != nil {
				return
			}
			got := out.Root().Get("provision").Bytes()
			if diff := cmp.Diff(plainJSON(t, []byte(tt.want)), plainJSON(t, got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// plainJSON is JSON for comparing, roles without their system.
func plainJSON(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(data), `,"system":"`+care.SystemParticipation+`"`, "")), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
