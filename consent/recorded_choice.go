package consent

import (
	"slices"

	"concord/fhir"
)

// MayRecord reports whether an organisation may write down a choice that a person made with it (CONSENT rules section
// 14.15). One that is not in force may always be: a permit is proposed, for the person to confirm. One that is in force
// acts at once, so that it has to narrow. A deny may spare emergencies, as section 14.7 wants it said, but not for the
// organisation that writes it down by name, which would let itself in; and for everybody alike only where that gives it
// no more than the usual rules do, which is so in regulated health. It takes the place of no other choice; whoever stores
// it drops its identifiers from the rule, since others may have the same.
func (d *Directory) MayRecord(r *Rule, org fhir.Ref) bool {
	if len(r.Replaces) > 0 {
		return false
	}
	if !r.Active {
		return true
	}
	for i := range r.Readings {
		if !d.narrows(&r.Readings[i], org, false) {
			return false
		}
	}
	return len(r.Readings) > 0
}

// narrows reports whether a provision permits nothing, but emergencies within a deny whose recipients are others.
func (d *Directory) narrows(p *Provision, org fhir.Ref, others bool) bool {
	if p.Untyped {
		return false
	}
	if p.Permit && (!others || !p.onlyEmergencies()) {
		return false
	}
	others = others || !p.Permit && d.namesOthers(p.Actors, org)
	for i := range p.Provisions {
		if !d.narrows(&p.Provisions[i], org, others) {
			return false
		}
	}
	return true
}

func (p *Provision) onlyEmergencies() bool {
	for _, c := range p.Purposes {
		if c.Code != "ETREAT" || !purposeSystems[c.System] {
			return false
		}
	}
	return len(p.Purposes) > 0
}

// namesOthers reports whether all recipients are organisations, and none of them this one, a part of it, or what it is
// part of; or, in regulated health, whether none is named, since that lets nobody in who is not related (section 12.9).
// One that cannot be followed is nobody, whom a permit lets in nowhere.
func (d *Directory) namesOthers(actors []Actor, org fhir.Ref) bool {
	named := false
	if e, ok := d.Org(org); ok && e.Kind == OrgHealth {
		named = !slices.ContainsFunc(actors, func(a Actor) bool { return a.Kind == Recipient || a.Kind == UnknownRole })
	}
	for _, a := range actors {
		if a.Kind != Recipient {
			continue
		}
		named = true
		if a.Party.Ref != (fhir.Ref{}) && a.Party.Ref.Type != "Organization" {
			return false
		}
		for _, ref := range append(slices.Clone(d.byID[a.Party.Identifier]), a.Party.Ref) {
			if ref.Type != "" && ref.Type != "Organization" || anyIs(d.Orgs(ref), d.Orgs(org)) {
				return false
			}
		}
	}
	return named
}
