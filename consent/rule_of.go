package consent

import (
	"strings"

	"concord/fhir"
	"concord/fhir/care"
)

// The scopes of Consent that matter here. adr and treatment are clinical content (CONSENT rules 14.3).
const (
	scopePrivacy  = "patient-privacy"
	scopeResearch = "research"
)

// pending are the statuses of a Consent that has not been in force (FHIR R4, valueset-consent-state-codes.html).
var pending = map[string]bool{"draft": true, "proposed": true, "rejected": true}

// RuleOf parses a Consent. It never fails, and is nil only for what is no sharing choice at all: a Consent of
// scope adr or treatment, or one of an unknown scope whose category does not say that it is about privacy.
//
// organization is the domain of the choice (section 1). It is no data criterion: of what others keep the Consent says
// nothing, where a criterion that fails would say "nothing else". It binds permits alone, since the official examples
// name there the very organisation that is refused (r4ex-notOrg-deny, r4ex-notThem-deny): bound by it, a deny would
// leave that one whatever others keep. Data of which no keeper is known is in every domain, as in nearly all of the
// published cases (pcf-research-permit, pcf-foobar-permit, pcf-timeframe).
func RuleOf(r *fhir.Resource) *Rule {
	root := r.Root()
	scope, privacy := scopeOf(root)
	if !privacy && scope != scopeResearch {
		return nil
	}
	rule := &Rule{
		Ref:        r.Ref(),
		Active:     root.Get("status").Text() == "active",
		Pending:    pending[root.Get("status").Text()],
		Research:   !privacy,
		Performers: partiesAt(root, root, [][]string{{"performer"}}),
		Version:    root.At("meta", "versionId").Text(),
	}
	if when := root.Get("dateTime"); when.OK() {
		rule.Given = spanOf(when.Text())
	}
	for identifier := range root.All("identifier") {
		if id := identifierOf(identifier); id != (Code{}) {
			rule.Identifiers = append(rule.Identifiers, id)
		}
	}
	for extension := range root.All("extension") {
		if extension.Get("url").Text() == care.ExtensionReplaces {
			if ref, ok := fhir.ParseRef(extension.At("valueReference", "reference").Text()); ok {
				rule.Replaces = append(rule.Replaces, ref)
			}
		}
	}
	for organization := range root.All("organization") {
		parties := partiesOf(root, organization)
		if len(parties) == 0 {
			parties = []Party{{}}
		}
		rule.Domain = append(rule.Domain, parties...)
	}
	rule.Readings = readingsOf(root)
	if root.Get("modifierExtension").OK() {
		for i := range rule.Readings {
			rule.Readings[i].Odd |= OddData
		}
	}
	return rule
}

// scopeOf is the scope of a Consent and whether it is about privacy; a category may say so where the scope is
// of no known kind.
func scopeOf(root fhir.Node) (string, bool) {
	known := ""
	for code := range root.All("scope", "coding", "code") {
		switch c := code.Text(); c {
		case scopePrivacy:
			return c, true
		case scopeResearch:
			known = c
		case "adr", "treatment":
			if known == "" {
				known = c
			}
		}
	}
	return known, known == "" && hasCode(root.Get("category"), scopePrivacy)
}

// isPrivate reports whether a resource is a sharing choice, which staff are never shown (section 10 row 26): every
// Consent that RuleOf gives a rule for, research among them, and those of unknown scope. Clinical content is not.
func isPrivate(r *fhir.Resource) bool {
	if r.Type() != "Consent" {
		return false
	}
	scope, privacy := scopeOf(r.Root())
	return privacy || scope == "" || scope == scopeResearch
}

// base is what policyRule says, and whether it says anything that can be interpreted (section 3.2). EMRGONLY as
// a category says the same.
func base(root fhir.Node) (string, bool) {
	found := ""
	for _, concept := range []fhir.Node{root.Get("policyRule"), root.Get("category")} {
		for code := range concept.All("coding", "code") {
			switch c := code.Text(); c {
			case "OPTIN", "OPTINR", "IMPLIED", "IMPLIEDD", "OPTOUT", "OPTOUTE":
				if concept.Name() == "policyRule" && found == "" {
					found = c
				}
			case "EMRGONLY":
				return c, true
			}
		}
	}
	return found, found != ""
}

// readingsOf are the trees that a Consent may mean.
func readingsOf(root fhir.Node) []Provision {
	rule, known := base(root)
	permit := strings.HasPrefix(rule, "OPTIN") || strings.HasPrefix(rule, "IMPLIED")
	n := root.Get("provision")
	if !n.OK() {
		switch rule { // section 3.4
		case "OPTOUT", "OPTOUTE":
			return []Provision{{Spares: true}}
		case "OPTIN", "OPTINR":
			return []Provision{{Permit: true, BaseOnly: true}}
		default:
			return nil
		}
	}
	p := provisionOf(root, n)
	if !p.Untyped {
		return []Provision{p}
	}
	if !known {
		return []Provision{p}
	}
	scope := p // the root as what the policy is about
	scope.Untyped, scope.Permit = false, permit
	scope.Provisions = append([]Provision(nil), p.Provisions...)
	if rule == "EMRGONLY" {
		scope.Provisions = append(scope.Provisions, emergency())
	}
	if p.bare() {
		return []Provision{scope}
	}
	exception := p // the root as an exception to the policy
	exception.Untyped, exception.Permit, exception.Period = false, !permit, Span{}
	whole := Provision{Permit: permit, Period: p.Period, Odd: p.Odd & OddPeriod, Provisions: []Provision{exception}}
	whole.Provisions[0].Odd &^= OddPeriod
	if rule == "EMRGONLY" {
		whole.Provisions = append(whole.Provisions, emergency())
	}
	return []Provision{scope, whole}
}

// emergency is the permit that stands inside EMRGONLY.
func emergency() Provision {
	return Provision{Permit: true, Purposes: []Code{{care.SystemPurpose, "ETREAT"}}}
}

// bare reports whether a provision has no criteria but a period.
func (p *Provision) bare() bool {
	return len(p.Actors) == 0 && p.Actions == 0 && len(p.Purposes) == 0 && len(p.Class) == 0 && len(p.Codes) == 0 &&
		p.DataPeriod == nil && !p.Data && !p.labelled() && p.Odd&^OddPeriod == 0
}
