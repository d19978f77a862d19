package consent_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
)

// decisionCase is a case of consent-cases, as its README describes.
type decisionCase struct {
	ID         string            `json:"id"`
	Kind       string            `json:"kind"`
	Base       string            `json:"base_policy"`
	Consents   []json.RawMessage `json:"consents"`
	Normalised []json.RawMessage `json:"consents_normalised"`
	Resources  []json.RawMessage `json:"resources"`
	Facts      struct {
		Groups map[string][]string `json:"groups"`
	} `json:"facts"`
	Request struct {
		Actor        caseParty  `json:"actor"`
		Organisation *caseParty `json:"organisation"`
		Role         string     `json:"role"`
		Purpose      []string   `json:"purpose"`
		Action       string     `json:"action"`
		Interaction  string     `json:"interaction"`
		Time         time.Time  `json:"time"`
		Custodian    string     `json:"custodian"`
	} `json:"request"`
	Expected struct {
		Decision string   `json:"decision"`
		Visible  []string `json:"visible"`
		Hidden   []string `json:"hidden"`
	} `json:"expected"`
	Agrees bool `json:"agrees_with_recommended"`
}

type caseParty struct {
	Reference   string `json:"reference"`
	Identifiers []struct{ System, Value string }
}

func (p *caseParty) parties() []consent.Party {
	if p == nil {
		return nil
	}
	all := []consent.Party{{Ref: ref(p.Reference)}}
	for _, id := range p.Identifiers {
		all = append(all, consent.Party{Ref: ref(p.Reference), Identifier: consent.Code{System: id.System, Code: id.Value}})
	}
	return all
}

// casesRun is how many cases of the shared files run here: all that decide on a consent and agree with our rules. A
// change of the number is to be looked at.
const casesRun = 80

func TestDecisionCases(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, file := range []string{"r4-spec-examples.json", "ihe-pcf.json", "consent-notes-derived.json"} {
		var set struct {
			Cases []decisionCase `json:"cases"`
		}
		if err := json.Unmarshal(shared(t, "consent-cases", file), &set); err != nil {
			t.Fatal(err)
		}
		for _, c := range set.Cases {
			if c.Kind != "consent-decision" || !c.Agrees {
				continue
			}
			ran++
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				c.run(t)
			})
		}
	}
	if ran != casesRun {
		t.Errorf("%d cases run, want %d", ran, casesRun)
	}
}

func (c *decisionCase) rules() []json.RawMessage {
	if len(c.Normalised) > 0 {
		return c.Normalised
	}
	return c.Consents
}

func (c *decisionCase) run(t *testing.T) {
	t.Helper()
	s := &consent.Standing{Person: "p"}
	for _, rule := range c.rules() {
		s = s.With(consent.FactsOf(stored(t, rule), fhir.Ref{}))
	}
	things := c.things(t)
	if s.NeedsEdges() {
		s = s.WithEdges(things)
	}
	base := consent.Default()
	if name, _, _ := strings.Cut(c.Base, " "); name == "none" || strings.HasPrefix(name, "https://profiles.ihe.net/") {
		named, ok := consent.Named(name)
		if !ok {
			t.Fatalf("no base policy %q", name)
		}
		base = named
	}
	policy, err := consent.Compile(base, s)
	if err != nil {
		t.Fatal(err)
	}
	residual := policy.For(c.viewer())
	for _, f := range things {
		c.check(t, residual, f)
	}
}

func (c *decisionCase) viewer() consent.Viewer {
	v := consent.Viewer{
		Class: consent.Staff, Self: c.Request.Actor.parties(), Orgs: c.Request.Organisation.parties(), OrgKind: consent.OrgHealth,
		Role: consent.RoleOf([]string{c.Request.Role}), Purpose: c.Request.Purpose[0], Time: c.Request.Time, Related: true,
		Action: map[string]consent.Action{"access": consent.Access, "disclose": consent.Disclose, "correct": consent.Correct}[c.Request.Action],
	}
	if len(v.Orgs) > 0 {
		v.Org = v.Orgs[0].Ref
	}
	switch c.Request.Role {
	case "proxy":
		v.Class = consent.Proxy
	case "app":
		v.Class = consent.System
	}
	for group, members := range c.Facts.Groups {
		if slices.Contains(members, c.Request.Actor.Reference) {
			v.Groups = append(v.Groups, ref(group))
		}
	}
	return v
}

// things are the facts in question: the resources of the case, or one of the type that the request names.
func (c *decisionCase) things(t *testing.T) []*consent.Facts {
	t.Helper()
	var all []*consent.Facts
	for _, resource := range c.Resources {
		all = append(all, consent.FactsOf(stored(t, resource), fhir.Ref{}))
	}
	if len(all) == 0 {
		_, path, _ := strings.Cut(c.Request.Interaction, "[base]/")
		typ := strings.FieldsFunc(path, func(r rune) bool { return r == '?' || r == '/' })[0]
		all = append(all, consent.FactsOf(stored(t, []byte(`{"resourceType":"`+typ+`","id":"1","subject":{"reference":"Patient/f001"},
			"patient":{"reference":"Patient/f001"}}`)), fhir.Ref{}))
	}
	if c.Request.Custodian != "" {
		for _, f := range all {
			f.Custodian = append(f.Custodian, consent.Party{Ref: ref(c.Request.Custodian)})
		}
	}
	return all
}

func (c *decisionCase) check(t *testing.T, r consent.Residual, f *consent.Facts) {
	t.Helper()
	seen := r.See(f).Sight == consent.Whole
	said := r.Consents(f)
	var want bool
	switch c.Expected.Decision {
	case "not-applicable":
		if said != consent.NotApplicable {
			t.Errorf("%s: choices say %d, want not applicable", f.Ref, said)
		}
		return
	case "permit":
		want = true
	case "deny":
	case "filter":
		want = slices.Contains(c.Expected.Visible, f.Ref.String())
		if !want && !slices.Contains(c.Expected.Hidden, f.Ref.String()) {
			t.Fatalf("%s is neither visible nor hidden in the case", f.Ref)
		}
	default:
		t.Fatalf("decision %q", c.Expected.Decision)
	}
	if slices.Contains(c.Expected.Hidden, f.Ref.String()) {
		want = false
	}
	if seen != want {
		t.Errorf("%s: seen %t, want %t (choices say %d, decided by %s)", f.Ref, seen, want, said, r.See(f).Why.Step)
	}
}
