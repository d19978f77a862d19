package consent_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"concord/consent"
)

// told are the numbered rules that are enforced, each of which the published list tells. A rule that comes to be
// enforced is added here, and then there.
const told = `1.status 1.scope 1.category 1.patient 1.dateTime 1.performer 1.organization 1.policy 1.verification 1.period 1.dataPeriod 1.actor
	1.actor-data 1.action 1.purpose 1.class 1.code 1.securityLabel 1.data 2.and-or 2.tree 2.exceptions 2.siblings 2.weak-deny 2.5 2.6 3.1 3.2 3.3 3.4 3.export
	4.subsumption 4.implied 4.several 4.none 4.data 5.directions 5.sensitivity 5.unlabelled 5.labelling 5.out 5.clients 6.closure 6.authoredby
	7.1 7.2 7.3 7.4 7.base 7.na 7.weak 7.break-glass 8.standing 8.adult 8.children 8.self 12.1 12.2 12.3 12.4 12.5 12.6 12.7 12.8 12.9 12.9-self 12.9-widen
	12.10 12.11 12.11-parts 12.12 14.1 14.2 14.3 14.4 14.5 14.6 14.7 14.9 14.10 14.11 14.12 14.13 14.17 14.19 14.21 14.22`

func TestEveryRuleIsPublished(t *testing.T) {
	t.Parallel()
	published := map[string]bool{}
	for _, r := range consent.SharingRules() {
		for _, section := range r.Sections {
			published[section] = true
		}
	}
	for section := range strings.FieldsSeq(told) {
		if !published[section] {
			t.Errorf("no published rule tells %s", section)
		}
	}
}

func TestPublishedRulesNameCasesThatAreThere(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, file := range []string{"r4-spec-examples.json", "ihe-pcf.json", "consent-notes-derived.json", "smart-scopes.json", "medplum-access-policy.json"} {
		var set struct {
			Cases []struct {
				ID     string `json:"id"`
				Kind   string `json:"kind"`
				Agrees bool   `json:"agrees_with_recommended"`
			} `json:"cases"`
		}
		if err := json.Unmarshal(shared(t, "consent-cases", file), &set); err != nil {
			t.Fatal(err)
		}
		for _, c := range set.Cases {
			known[c.ID] = c.Agrees
		}
	}
	named := map[string]bool{}
	for _, r := range consent.SharingRules() {
		for _, id := range r.Cases {
			named[id] = true
			if !known[id] {
				t.Errorf("rule %s names %s, which is no case that agrees with it", r.ID, id)
			}
		}
	}
	if len(named) < 60 {
		t.Errorf("only %d of %d cases are named", len(named), len(known))
	}
}

func TestPublishedRulesNameTestsThatAreThere(t *testing.T) {
	t.Parallel()
	tests := testNames(t)
	for _, r := range consent.SharingRules() {
		for _, name := range r.Tests {
			if !slices.Contains(tests, name) {
				t.Errorf("rule %s names the test %s, which is not there", r.ID, name)
			}
		}
	}
}

// testNames are the names of all tests of the project.
func testNames(t *testing.T) []string {
	t.Helper()
	form := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	var names []string
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range form.FindAllSubmatch(source, -1) {
			names = append(names, string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Plain words are for everybody: none of the trade, and no long sentences.
func TestPublishedRulesArePlain(t *testing.T) {
	t.Parallel()
	for _, r := range consent.SharingRules() {
		for _, word := range []string{"provision", "resource", "FHIR", "Consent", "token", "purpose of use", "actor", "TREAT", "subsum", "proxy", "RelatedPerson"} {
			if strings.Contains(r.Title+" "+r.Plain, word) {
				t.Errorf("rule %s says %q to people", r.ID, word)
			}
		}
		for sentence := range strings.SplitSeq(r.Plain, ". ") {
			if n := len(strings.Fields(sentence)); n > 35 {
				t.Errorf("rule %s: a sentence of %d words", r.ID, n)
			}
		}
	}
}
