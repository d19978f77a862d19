package consent

import (
	"strings"

	"concord/fhir"
)

// actionCodes are the codes of consentaction.
var actionCodes = map[string]Action{
	"access": Access, "disclose": Disclose, "collect": Collect, "correct": Correct, "use": Use,
}

// actorKinds are the roles by kind. Codes are of v3-ParticipationType, v3-RoleClass, v3-RoleCode and
// v3-ParticipationFunction; no two of them mean different things under one code here.
var actorKinds = func() map[string]ActorKind {
	all := map[string]ActorKind{}
	for kind, codes := range map[ActorKind]string{
		Recipient: "PRCP IRCP NOT REFB REFT TRC RCV DELEGATEE GRANTEE CAREGIVER HPOWATT DPOWATT POWATT SPOWATT GUARD GUADLTM RESPRSN AGNT ASSIGNED",
		Custodian: "CST",
		Author:    "AUT ENT INF TRANS",
	} {
		for code := range strings.FieldsSeq(codes) {
			all[code] = kind
		}
	}
	return all
}()

// provisionOf parses one level and what stands inside it.
func provisionOf(root, n fhir.Node) Provision {
	var p Provision
	switch n.Get("type").Text() {
	case "permit":
		p.Permit = true
	case "deny":
	default:
		p.Untyped = true
	}
	if n.Get("modifierExtension").OK() || n.Get("extension").OK() {
		p.Odd |= OddData
	}
	p.request(root, n)
	p.data(root, n)
	for child := range n.All("provision") {
		nested := provisionOf(root, child)
		nested.Untyped = false // R4 requires the type here: without it a nested provision is a deny
		p.Provisions = append(p.Provisions, nested)
	}
	return p
}

// request reads the criteria that ask who wants it, when and what for.
func (p *Provision) request(root, n fhir.Node) {
	if period := n.Get("period"); period.OK() {
		p.Period = periodOf(period)
		if (period.Get("start").OK() && p.Period.From.IsZero()) || (period.Get("end").OK() && p.Period.To.IsZero()) {
			p.Odd |= OddPeriod
		}
	}
	for actor := range n.All("actor") {
		kind := roleKind(actor.Get("role"))
		parties := partiesOf(root, actor.Get("reference"))
		if len(parties) == 0 {
			parties = []Party{{}}
		}
		for _, party := range parties {
			p.Actors = append(p.Actors, Actor{kind, party})
		}
	}
	for action := range n.All("action") {
		known := Action(0)
		for code := range action.All("coding", "code") {
			known |= actionCodes[code.Text()]
		}
		p.Actions |= known
		if known == 0 {
			p.Odd |= OddAction
		}
	}
	for purpose := range n.All("purpose") {
		c := Code{purpose.Get("system").Text(), purpose.Get("code").Text()}
		if c.Code == "" {
			p.Odd |= OddPurpose
			continue
		}
		p.Purposes = append(p.Purposes, c)
	}
}

func roleKind(role fhir.Node) ActorKind {
	for code := range role.All("coding", "code") {
		if kind, ok := actorKinds[code.Text()]; ok {
			return kind
		}
	}
	return UnknownRole
}

// data reads the criteria that ask what is in the resource.
func (p *Provision) data(root, n fhir.Node) {
	for class := range n.All("class") {
		p.Class = p.code(p.Class, class, OddClass)
	}
	for concept := range n.All("code") {
		before := len(p.Codes)
		for coding := range concept.All("coding") {
			p.Codes = p.code(p.Codes, coding, OddCode)
		}
		if len(p.Codes) == before { // text only
			p.Odd |= OddCode
		}
	}
	if period := n.Get("dataPeriod"); period.OK() {
		span := periodOf(period)
		p.DataPeriod = &span
		if (period.Get("start").OK() && span.From.IsZero()) || (period.Get("end").OK() && span.To.IsZero()) {
			p.Odd |= OddData
		}
	}
	for label := range n.All("securityLabel") {
		p.label(label)
	}
	for data := range n.All("data") {
		p.Data = true
		p.reference(root, data)
	}
}

// code adds a coding that a rule names. One that is a canonical means a profile, whatever its system; one
// without a system means the code in any system for a deny, and nothing for a permit.
func (p *Provision) code(list []Code, coding fhir.Node, odd Odd) []Code {
	c := Code{coding.Get("system").Text(), coding.Get("code").Text()}
	switch {
	case c.Code == "":
		p.Odd |= odd
		return list
	case odd == OddClass && (strings.Contains(c.Code, "://") || strings.HasPrefix(c.Code, "urn:")):
		c.System = systemURI
	case odd == OddClass && (c.System == "http://hl7.org/fhir/fhir-types" || c.System == "http://hl7.org/fhir/ValueSet/resource-types"):
		c.System = systemTypes
	case c.System == "":
		c.System = anySystem
	}
	return append(list, c)
}

// reference reads one of provision.data. What is named by an identifier alone cannot be followed, nor can what stands
// outside the record, such as a Practitioner.
func (p *Provision) reference(root, data fhir.Node) {
	reference := data.Get("reference")
	switch data.Get("meaning").Text() {
	case "instance":
		if ref, ok := fhir.ParseRef(reference.Get("reference").Text()); ok {
			p.Instances = append(p.Instances, ref)
			return
		}
	case "related", "dependents":
		if ref, ok := fhir.ParseRef(reference.Get("reference").Text()); ok && followable(ref.Type) {
			if data.Get("meaning").Text() == "related" {
				p.Related = append(p.Related, ref)
			} else {
				p.Dependents = append(p.Dependents, ref)
			}
			return
		}
	case "authoredby":
		if parties := partiesOf(root, reference); len(parties) > 0 {
			p.Writers = append(p.Writers, parties...)
			return
		}
	}
	p.Odd |= OddReference
}
