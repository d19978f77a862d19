package consent

import (
	"concord/fhir"
)

// depth is how deep provisions may stand in what is written here (CONSENT rules section 3.1).
const depth = 3

// CheckConsent is the profile of a Consent that is written through the API (section 3.1): a typed root, nested
// provisions typed, at most three levels, no verification, and beside every deny of treatment a word on
// emergencies (14.7), which one about research cannot stop. It is for sharing choices; a Consent of another scope is
// clinical content and passes (14.3). No issue: it may be written.
func CheckConsent(r *fhir.Resource) []fhir.Issue {
	root := r.Root()
	if !isPrivate(r) {
		return nil
	}
	scope, _ := scopeOf(root)
	c := consentCheck{research: scope == scopeResearch}
	c.require(root, "status", "scope", "category", "patient", "dateTime")
	if !root.Get("performer").OK() {
		c.refuse(root, fhir.Required, "performer", "say who gives this choice: the person, or somebody with standing for them")
	}
	if root.Get("verification").OK() {
		c.refuse(root, fhir.BusinessRule, "verification", "verification has no place in a sharing choice: leave it out")
	}
	provision := root.Get("provision")
	if !provision.OK() {
		c.refuse(root, fhir.Required, "provision", "a sharing choice needs a provision that says permit or deny")
		return c.issues
	}
	c.provision(root, provision, 1, nil)
	return c.issues
}

type consentCheck struct {
	issues   []fhir.Issue
	research bool
}

func (c *consentCheck) refuse(n fhir.Node, kind fhir.Kind, element, text string) {
	expression := n.Path()
	if element != "" {
		expression += "." + element
	}
	c.issues = append(c.issues, fhir.Issue{Code: kind, Diagnostics: text, Expression: expression})
}

func (c *consentCheck) require(n fhir.Node, elements ...string) {
	for _, element := range elements {
		if !n.Get(element).OK() {
			c.refuse(n, fhir.Required, element, "a sharing choice needs this element")
		}
	}
}

// provision checks one level and those inside. siblings are all the provisions of the level, itself included.
func (c *consentCheck) provision(root, n fhir.Node, level int, siblings []Provision) {
	p := provisionOf(root, n)
	if p.Untyped {
		c.refuse(n, fhir.Required, "type", "every provision, the first one too, needs a type: permit or deny")
	}
	if level > depth {
		c.refuse(n, fhir.BusinessRule, "", "provisions may stand at most three deep: say it with fewer levels")
		return
	}
	if !c.research && !p.Permit && !p.Untyped && p.deniesTreatment() && !p.speaksOfEmergencies(siblings) {
		c.refuse(n, fhir.BusinessRule, "purpose",
			"a deny of treatment must say whether it holds in an emergency: add a nested provision of purpose ETREAT, permit or deny")
	}
	for child := range n.All("provision") {
		c.provision(root, child, level+1, p.Provisions)
	}
}

// deniesTreatment reports whether a deny would stop treatment: it names no purpose, or one that covers
// individual care without being about emergencies alone.
func (p *Provision) deniesTreatment() bool {
	if len(p.Purposes) == 0 {
		return true
	}
	for _, c := range p.Purposes {
		if c.names("TREAT", false) || c.Code == "COC" {
			return true
		}
	}
	return false
}

// speaksOfEmergencies reports whether a deny says what holds in an emergency: it names ETREAT itself, has a
// child that does, or stands beside a deny that does. A permit beside it would not help: the deny wins.
func (p *Provision) speaksOfEmergencies(siblings []Provision) bool {
	if p.namesEmergency() {
		return true
	}
	for i := range p.Provisions {
		if p.Provisions[i].namesEmergency() {
			return true
		}
	}
	for i := range siblings {
		if !siblings[i].Permit && siblings[i].namesEmergency() {
			return true
		}
	}
	return false
}

func (p *Provision) namesEmergency() bool {
	for _, c := range p.Purposes {
		if c.Code == "ETREAT" && purposeSystems[c.System] {
			return true
		}
	}
	return false
}
