package consent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

func TestHarvest(t *testing.T) {
	t.Parallel()
	frame := func(scope, more string) string {
		return fmt.Sprintf(`{"resourceType":"Consent","id":"c","status":"active","scope":{"coding":[{"system":%q,"code":%q}]},
			"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],
			"patient":{"reference":"Patient/p"},"dateTime":"2026-01-01","performer":[{"reference":"RelatedPerson/r"}]%s}`, care.SystemConsentScope, scope, more)
	}
	policy := func(code string) string {
		return `,"policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"` + code + `"}]}`
	}
	tests := []struct {
		name   string
		json   string
		typ    string   // of the root afterwards
		says   []string // words of the notes
		review bool
	}{
		{"a bare root takes the type of its policy", frame("patient-privacy", policy("OPTOUT")+`,"provision":{"period":{"start":"2026-01-01"}}`), "deny", []string{"read as deny", "policyRule"}, false},
		{"a root with criteria and no type has two readings", frame("patient-privacy", policy("OPTIN")+`,"provision":{"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Goal"}]}`), "", []string{"somebody has to look"}, true},
		{"an advance decision is clinical content", frame("adr", `,"verification":[{"verified":true}]`), "", []string{"clinical content"}, false},
		{"a proxy role of the national service opens nothing by itself", frame("patient-privacy", `,"verification":[{"verified":true}]`), "", []string{"national proxy role", "nothing is decided"}, true},
		{"a typed root stays as it is", frame("patient-privacy", `,"provision":{"type":"deny","provision":[{"type":"permit","purpose":[{"system":"`+care.SystemPurpose+`","code":"ETREAT"}]}]}`), "deny", nil, false},
		{"a deny that does not speak of emergencies is kept, and named", frame("patient-privacy", `,"provision":{"type":"deny"}`), "deny", []string{"emergency"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := stored(t, []byte(tt.json))
			out, notes, err := consent.Harvest(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := out.Root().At("provision", "type").Text(); got != tt.typ {
				t.Errorf("the root has the type %q", got)
			}
			all := fmt.Sprint(notes)
			for _, words := range tt.says {
				if !strings.Contains(all, words) {
					t.Errorf("nothing says %q: %s", words, all)
				}
			}
			rule := consent.RuleOf(r)
			if rule == nil {
				return
			}
			if _, review := rule.NeedsReview(); review != tt.review {
				t.Errorf("review: %t", review)
			}
			rule.Version = ""
			if diff := cmp.Diff(rule.Readings, consent.RuleOf(out).Readings); diff != "" {
				t.Errorf("read otherwise afterwards (-before +after)\n%s", diff)
			}
		})
	}
}

func FuzzConsentExport(f *testing.F) {
	f.Add(choice("c", `{"type":"deny","provision":[{"type":"permit","provision":[{"type":"deny","data":[{"meaning":"related"}]}]}]}`))
	f.Add(choice("c", `{"type":"permit","actor":[null],"purpose":{},"provision":{"provision":1}}`))
	f.Fuzz(func(t *testing.T, text string) {
		r, err := fhir.DecodeJSON([]byte(text))
		if err != nil || r.Type() != "Consent" {
			return
		}
		for _, level := range []consent.PCF{consent.PCFBasic, consent.PCFIntermediate, consent.PCFAdvanced} {
			out, notes, err := consent.ExportPCF(r, level)
			if err != nil && len(notes) == 0 {
				t.Errorf("refused without a word: %v", err)
			}
			if err == nil && consent.RuleOf(out) == nil {
				t.Error("exported as no sharing choice")
			}
		}
		if _, _, err := consent.Harvest(r); err != nil {
			t.Errorf("not harvested: %v", err)
		}
	})
}
