package consent_test

import (
	"concord/consent"
	"concord/fhir"
)

// provision is one level of a tree of at most three.
func (d draw) provision(depth int) consent.Provision {
	p := consent.Provision{Permit: d.IntN(5) < 3}
	if depth == 0 && d.in(16) {
		p.Permit, p.Untyped = false, true // a nested one without a type is a deny
	}
	if d.in(5) {
		p.Period = d.span()
	}
	if d.in(2) {
		d.request(&p)
	}
	if d.in(2) {
		d.data(&p)
	}
	if d.in(16) {
		p.Odd = 1 << d.IntN(8)
	}
	if depth == 0 {
		p.Spares = !p.Permit && d.in(20)
		p.BaseOnly = p.Permit && d.in(20)
	}
	if depth < 3 {
		for range oneOf(d, 0, 0, 0, 1, 1, 2) {
			p.Provisions = append(p.Provisions, d.provision(depth+1))
		}
	}
	return p
}

func (d draw) request(p *consent.Provision) {
	if d.in(2) {
		for range 1 + d.IntN(2) {
			p.Actors = append(p.Actors, d.recipient())
		}
	}
	if d.in(3) {
		p.Purposes = append(p.Purposes, d.purpose())
		if d.in(3) {
			p.Purposes = append(p.Purposes, d.purpose())
		}
	}
	if d.in(4) {
		p.Actions = oneOf(d, consent.Access, consent.Access, consent.Disclose, consent.Collect, consent.Correct, consent.Access|consent.Correct, consent.Use)
	}
}

func (d draw) recipient() consent.Actor {
	a := consent.Actor{Kind: consent.Recipient}
	if d.in(12) {
		a.Kind = consent.UnknownRole
	}
	switch d.IntN(12) {
	case 0:
		a.Party = consent.Party{Ref: drawTeam}
	case 1:
		a.Party = consent.Party{Ref: drawGroup}
	case 2:
		// the zero Party: one that cannot be followed
	case 3, 4:
		a.Party = d.party(drawOrgs...)
	case 5, 6:
		a.Party = d.party(append(drawRoles, append(drawStaff, drawCarers...)...)...)
	default:
		a.Party = d.party(d.hero)
	}
	return a
}

func (d draw) purpose() consent.Code {
	code := consent.Code{System: naivePurposeSystem, Code: oneOf(d, "TREAT", "TREAT", "ETREAT", "BTG", "COC", "HRESCH", "PATRQT", "FAMRQT", "HOPERAT", "CLINTRL")}
	if d.in(12) {
		code.System = "urn:other"
	}
	return code
}

func (d draw) data(p *consent.Provision) {
	if d.in(3) {
		for range 1 + d.IntN(2) {
			p.Class = append(p.Class, oneOf(d, append(drawProfiles, consent.Code{System: naiveTypes, Code: string(oneOf(d, drawMore...).Type)})...))
		}
		if !p.Permit && d.in(6) {
			p.Class[0].System = "*"
		}
	}
	if d.in(3) {
		p.Codes = append(few(d, 2, d.code()), d.code())
		if !p.Permit && d.in(6) {
			p.Codes[0].System = "*"
		}
	}
	if d.in(5) {
		period := d.span()
		p.DataPeriod = &period
	}
	if d.in(3) {
		d.labelled(p)
	}
	if d.in(4) {
		p.Actors = append(p.Actors, d.keeper())
	}
	if d.in(3) {
		d.reached(p)
	}
}

func (d draw) labelled(p *consent.Provision) {
	switch d.IntN(3) {
	case 0:
		p.Levels = append(p.Levels, oneOf(d, consent.LevelL, consent.LevelN, consent.LevelR, consent.LevelV))
	case 1:
		p.Topics = append(p.Topics, d.topic())
	default:
		p.Labels = append(p.Labels, consent.Code{System: "urn:labels", Code: oneOf(d, "x", "y")})
	}
	if d.in(4) {
		p.Topics = append(p.Topics, d.topic())
	}
}

func (d draw) keeper() consent.Actor {
	if d.in(2) {
		return consent.Actor{Kind: consent.Custodian, Party: d.maybe(d.party(drawOrgs...))}
	}
	return consent.Actor{Kind: consent.Author, Party: d.maybe(d.party(append(drawRoles, append(drawStaff, drawOrgs...)...)...))}
}

// maybe is the party, or one that cannot be followed.
func (d draw) maybe(p consent.Party) consent.Party {
	if d.in(10) {
		return consent.Party{}
	}
	return p
}

func (d draw) reached(p *consent.Provision) {
	p.Data = true
	switch d.IntN(5) {
	case 0:
		p.Instances = []fhir.Ref{oneOf(d, drawMore...)}
	case 1:
		p.Writers = []consent.Party{d.party(append(drawStaff, drawOrgs...)...)}
	case 2:
		p.Dependents = []fhir.Ref{oneOf(d, drawThings...)}
	default:
		p.Related = []fhir.Ref{oneOf(d, append(drawThings, drawThings[2], drawThings[3], drawThings[3])...)}
	}
	if d.in(4) {
		p.Instances = append(p.Instances, oneOf(d, drawMore...))
	}
}
