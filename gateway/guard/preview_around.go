package guard

import (
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// around is everybody whom a preview is about: who is related to the person now, whom a choice of theirs names before
// or after, and two kinds of people whom nobody knows yet. The person and the operator hear of all of them; a carer of
// those whose relationship or mention they may see; staff of their own organisation only, since what others may see is
// not theirs to learn.
func (p *previewer) around(before, after *consent.Standing) ([]Onlooker, error) {
	var all []Onlooker
	known := map[Onlooker]bool{} // of no kind
	patients := patientsOf(before)
	add := func(kind OnlookerKind, some ...Onlooker) {
		for _, o := range some {
			if o.Class == consent.Self && slices.Contains(patients, o.Who) {
				continue // no choice is about what the person sees
			}
			if o.Kind = ""; len(all) > onlookersMost || known[o] || !p.mayHearOf(o) { // a draft may name thousands
				continue
			}
			known[o] = true
			o.Kind = kind
			all = append(all, o)
		}
	}
	orgs := p.organisations(before)
	for _, tie := range before.Ties {
		seen, err := p.seesTie(tie)
		if err != nil {
			return nil, err
		}
		if seen {
			add(OnlookerTied, inEmergencies(inRole(p.d.j.onlookers(tie.Who, orgs), tie.Role))...)
		}
	}
	for _, s := range []*consent.Standing{before, after} {
		for i := range s.Rules {
			err := p.namedBy(&s.Rules[i], orgs, func(some ...Onlooker) { add(OnlookerNamed, some...) })
			if err != nil {
				return nil, err
			}
		}
	}
	stranger := Onlooker{Org: nowhere, Class: consent.Staff, OrgKind: consent.OrgHealth, Role: care.RoleClinician, Purpose: "ETREAT"}
	add(OnlookerEmergency, stranger)
	stranger.Purpose = "TREAT"
	add(OnlookerElsewhere, stranger)
	stranger.OrgKind, stranger.Role = consent.OrgSocial, care.RoleSocialWorker
	add(OnlookerElsewhere, stranger)
	return all, nil
}

// mayHearOf reports whether the caller may know what an onlooker sees. Staff may of their organisation as such and of
// themselves: by naming a colleague in a draft they would learn whether the person keeps things from that one.
func (p *previewer) mayHearOf(o Onlooker) bool {
	v := p.d.j.viewers[0]
	if v.Class == consent.Staff || v.Class == consent.System {
		return o.Org != (fhir.Ref{}) && o.Org == v.Org && (o.Who == (fhir.Ref{}) || o.Who == p.d.j.c.User)
	}
	return true
}

// organisations are those related to the person now, of which somebody at work may be when the directory does not say.
func (p *previewer) organisations(s *consent.Standing) []fhir.Ref {
	var orgs []fhir.Ref
	for _, tie := range s.Ties {
		if tie.Who.Ref.Type == "Organization" && p.current(tie.Period) && !slices.Contains(orgs, tie.Who.Ref) {
			orgs = append(orgs, tie.Who.Ref)
		}
	}
	return orgs
}

// current reports whether a stretch of time holds now.
func (p *previewer) current(s consent.Span) bool {
	now := p.d.j.viewers[0].Time
	return (s.From.IsZero() || !now.Before(s.From)) && (s.To.IsZero() || !now.After(s.To))
}

// seesTie reports whether a tie holds now and the caller may know of it: they see what says so. What $start-care
// opened stands in the trail, which the person reads.
func (p *previewer) seesTie(tie consent.Tie) (bool, error) {
	if !p.current(tie.Period) {
		return false, nil
	}
	v := p.d.j.viewers[0]
	if tie.Kind == consent.TieStarted {
		return v.Class == consent.Staff || p.wholly(), nil
	}
	return p.d.j.sees(tie.From, 0)
}

// namedBy adds the recipients that a choice names, for each purpose that it names besides care and emergencies.
func (p *previewer) namedBy(rule *consent.Rule, orgs []fhir.Ref, add func(...Onlooker)) error {
	if !rule.Active {
		return nil
	}
	if rule.Ref != p.ref {
		if seen, err := p.d.j.sees(rule.Ref, 0); err != nil || !seen {
			return err
		}
	}
	var all mentions
	for i := range rule.Readings {
		all.read(&rule.Readings[i])
	}
	for _, party := range all.parties {
		if err := p.d.j.ctx.Err(); err != nil {
			return err
		}
		some := inEmergencies(p.d.j.onlookers(party, orgs))
		add(some...)
		for _, o := range some {
			for _, purpose := range all.purposes {
				if o.Class == consent.Staff && o.Purpose != purpose {
					o.Purpose = purpose
					add(o)
				}
			}
		}
	}
	return nil
}

// mentions are the recipients and the purposes that a provision and those inside it name, each once.
type mentions struct {
	parties  []consent.Party
	purposes []string
	known    map[consent.Party]bool
}

func (m *mentions) read(v *consent.Provision) {
	if m.known == nil {
		m.known = map[consent.Party]bool{}
	}
	for _, actor := range v.Actors {
		if actor.Kind != consent.Custodian && actor.Kind != consent.Author && !m.known[actor.Party] {
			m.known[actor.Party] = true
			m.parties = append(m.parties, actor.Party)
		}
	}
	for _, c := range v.Purposes {
		if consent.KnownPurpose(c.Code) && !slices.Contains(m.purposes, c.Code) {
			m.purposes = append(m.purposes, c.Code)
		}
	}
	for i := range v.Provisions {
		m.read(&v.Provisions[i])
	}
}

// inEmergencies adds the staff of health care as they come in an emergency.
func inEmergencies(some []Onlooker) []Onlooker {
	for _, o := range some {
		if o.Class == consent.Staff && o.OrgKind == consent.OrgHealth {
			o.Purpose = "ETREAT"
			some = append(some, o)
		}
	}
	return some
}

// inRole gives staff the role that a care team says they have.
func inRole(some []Onlooker, said string) []Onlooker {
	role := consent.RoleOf([]string{said})
	for i := range some {
		if role != "" && some[i].Class == consent.Staff {
			some[i].Role = role
		}
	}
	return some
}
