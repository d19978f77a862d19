package consent

import (
	"slices"
	"time"

	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
)

// For is the whole decision for one viewer at one moment, but for the resource: it answers all that asks about
// the request (CONSENT rules section 12, steps 2, 4 to 9), and leaves what asks about the data.
func (p *Policy) For(v Viewer) Residual {
	r := &residual{class: v.Class, action: v.Action, purpose: v.Purpose, labels: p.base.Labels, atRisk: p.standing.atRisk(), until: p.until(v.Time)}
	p.scope(r, &v)
	p.stand(r, &v)
	if r.stance == worker || r.stance == proxy {
		b := builder{p: p, v: &v, r: r}
		b.build()
		r.noNone = r.mayHideAllergy()
		r.asks = r.asks || r.hides != 0 || r.glass
	}
	r.key = r.sum()
	return Residual{r}
}

// scope keeps the types that a scope covers in a context that is the viewer's: patient/ for the launch patient
// alone, user/ for people, system/ for backends. Which letter an interaction needs is for the guard to ask.
func (p *Policy) scope(r *residual, v *Viewer) {
	if v.Related && v.Scopes.Canonical() == "" {
		r.anyType = true
		return
	}
	for _, grant := range v.Scopes.Grants() {
		switch grant.Context {
		case smart.Patient:
			if len(p.standing.Patients) > 0 && !p.isPatient(v.Patient) {
				continue
			}
		case smart.User:
			if v.Class == System || v.Class == Operator {
				continue
			}
		case smart.System:
			if v.Class != System && v.Class != Operator {
				continue
			}
		default:
			continue
		}
		if grant.Type == smart.AnyType {
			r.anyType = true
			r.types = nil
			return
		}
		r.types = append(r.types, grant.Type)
	}
	slices.Sort(r.types)
	r.types = slices.Compact(r.types)
}

func (p *Policy) isPatient(ref fhir.Ref) bool {
	return ref != (fhir.Ref{}) && slices.ContainsFunc(p.standing.Patients, func(o Patient) bool { return o.Ref == ref })
}

// stand decides on what footing the viewer stands (step 5).
func (p *Policy) stand(r *residual, v *Viewer) {
	switch v.Class {
	case Operator:
		r.stance = operator
	case Self, Proxy:
		if v.Class == Self && slices.ContainsFunc(v.Self, func(me Party) bool { return p.isPatient(me.Ref) }) {
			r.stance, r.related, r.lasting = self, true, true
			return
		}
		p.standProxy(r, v)
	case Staff, System:
		r.stance = worker
		p.standWorker(r, v)
	}
}

// standProxy: a RelatedPerson needs an active one of the person, in period; anybody else acting for the person
// is named by a choice or nothing. Death ends it all (section 14.19).
func (p *Policy) standProxy(r *residual, v *Viewer) {
	r.stance = bystander
	if _, dead := p.died(v.Time); dead {
		return
	}
	tied := v.Related || v.Class == Self
	for _, tie := range p.standing.Ties {
		if tie.Kind == TieRelated && tie.Period.holds(v.Time) && anyIs(v.Self, []Party{tie.Who}) {
			tied, r.related = true, true
			r.parent = r.parent || tie.Parental
		}
	}
	if !tied {
		return
	}
	r.stance = proxy
	parental := isOther
	if r.parent {
		parental = isParent
	}
	p.safeguard(r, v, parental)
	child := p.child(v.Time)
	r.narrow = child && !v.Time.Before(p.adult.eleven)
	r.parent = r.parent && child && p.base.Children && v.Action&(Collect|Correct) == 0
}

// standWorker finds the relationship and what the base policy gives for it.
func (p *Policy) standWorker(r *residual, v *Viewer) {
	r.org, r.orgs = v.Org, slices.Clone(v.Orgs)
	if v.Org != (fhir.Ref{}) {
		r.orgs = append(r.orgs, Party{Ref: v.Org})
	}
	slices.SortFunc(r.orgs, compareParties)
	r.orgs = slices.Compact(r.orgs)
	p.tie(r, v)
	r.glass = p.breaks(v)
	r.officer = v.Class == Staff && v.Role == care.RolePrivacy && !p.ended(v.Time) &&
		(r.related || slices.Contains(p.standing.Senders, r.org))
	role := v.Role
	if role == "" && v.Class == System {
		role = systemRole
	}
	row, ok := p.base.row(v.OrgKind, role)
	if DirectCare(v.Purpose) {
		r.back = readBack{whole: v.Class == System, sections: row.Sections, types: row.Types}
	}
	if p.ended(v.Time) {
		return
	}
	if !p.base.serves(v.Purpose) || (!r.related && !p.base.Unrelated) {
		return
	}
	if ok {
		r.implied, r.sections, r.extra = true, row.Sections, row.Types
	}
	if p.base.Addressed && r.related && !clinical.Within(r.sections) {
		r.selves = slices.Clone(v.Self)
		slices.SortFunc(r.selves, compareParties)
		r.selves = append(r.selves, r.orgs...)
	}
}

// tie finds what relates a worker to the person now, how firmly, and for how long.
func (p *Policy) tie(r *residual, v *Viewer) {
	if p.ended(v.Time) {
		return
	}
	r.related, r.lasting = v.Related, v.Related
	endless := v.Related
	p.hold(r, v)
	for _, tie := range p.standing.Ties {
		if tie.Kind == TieRelated || !tie.Period.holds(v.Time) || (!anyIs(v.Self, []Party{tie.Who}) && !anyIs(r.orgs, []Party{tie.Who})) {
			continue
		}
		r.related, r.holder = true, false
		endless = endless || tie.Period.To.IsZero()
		if tie.Period.To.After(r.tieEnds) {
			r.tieEnds = tie.Period.To
		}
		if tie.Short {
			continue
		}
		switch tie.Kind { //nolint:exhaustive // the others only relate
		case TieCareTeam, TieEncounter:
			r.team, r.lasting = true, true
		case TieReferral:
			r.team = true
		case TieGeneral:
			r.lasting = true
		}
	}
	if endless {
		r.tieEnds = time.Time{}
	}
	if r.holder { // as a parent, since nothing else ties them
		r.narrow = !v.Time.Before(p.adult.eleven)
		p.safeguard(r, v, isParent)
	}
}
