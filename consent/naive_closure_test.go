package consent_test

import (
	"slices"

	"concord/consent"
	"concord/fhir"
)

// reached is provision.data (section 6); its repetitions are OR-ed.
func (q naiveAsk) reached(p *consent.Provision) naiveMatch {
	if !p.Data {
		return naiveYes
	}
	found := slices.Contains(p.Instances, q.facts.Ref) ||
		slices.ContainsFunc(p.Writers, func(w consent.Party) bool { return q.writtenBy(w, p.Permit) })
	var odd bool
	for _, root := range p.Related {
		found = found || q.belongs(root, p.Permit, "related")
	}
	for _, root := range p.Dependents {
		found = found || q.belongs(root, p.Permit, "dependents")
	}
	if len(p.Related)+len(p.Dependents) > 0 {
		odd = !q.standing.Edged // what refers to what is not known: 2.6
	}
	if odd && !found {
		return naiveDoubt
	}
	return q.odd(p, consent.OddReference, 1, found)
}

// belongs reports whether the thing belongs to an instance that a rule names. A deny takes related and dependents as both
// directions, one hop, and with a visit, an episode or a plan its whole membership, up to three hops. A permit takes the
// literal direction, and of those three what depends on them too.
func (q naiveAsk) belongs(instance fhir.Ref, permit bool, meaning string) bool {
	thing, edges := q.facts.Ref, q.edges()
	gathers := slices.Contains([]fhir.Type{"Encounter", "EpisodeOfCare", "CarePlan"}, instance.Type)
	to, from := naiveHop(edges, instance, thing), naiveHop(edges, thing, instance)
	switch {
	case thing == instance:
		return true
	case !permit:
		return to || from || (gathers && naiveMember(q.standing.Edges, instance, thing, 3))
	case meaning == "related":
		// What refers to something says so itself, each version on its own content.
		return to || (gathers && q.refers(instance))
	default:
		return q.refers(instance)
	}
}

func (q naiveAsk) refers(to fhir.Ref) bool {
	return slices.ContainsFunc(q.facts.Links, func(l consent.Link) bool { return l.To == to })
}

// edges are the references among the person's things, and those of the version at hand.
func (q naiveAsk) edges() []consent.Edge {
	edges := slices.Clone(q.standing.Edges)
	for _, l := range q.facts.Links {
		edges = append(edges, consent.Edge{From: q.facts.Ref, To: l.To, Member: l.Member})
	}
	return edges
}

func naiveHop(edges []consent.Edge, from, to fhir.Ref) bool {
	return slices.ContainsFunc(edges, func(e consent.Edge) bool { return e.From == from && e.To == to })
}

// naiveMember walks from a visit, an episode or a plan to what belongs to it, and to what belongs to that: what names
// it as its encounter, episode, basedOn or partOf, and the activities that a plan names.
func naiveMember(edges []consent.Edge, whole, thing fhir.Ref, hops int) bool {
	if hops == 0 {
		return false
	}
	for _, e := range edges {
		up, down := e.To, e.From
		if e.From.Type == "CarePlan" && !slices.Contains([]fhir.Type{"Encounter", "EpisodeOfCare", "CarePlan"}, e.To.Type) {
			up, down = e.From, e.To
		}
		if e.Member && up == whole && (down == thing || naiveMember(edges, down, thing, hops-1)) {
			return true
		}
	}
	return false
}

// kept is the custodian or author actors of a provision, which are about the data.
func (q naiveAsk) kept(p *consent.Provision, kind consent.ActorKind) naiveMatch {
	match, some := naiveNo, false
	for _, a := range p.Actors {
		if a.Kind != kind {
			continue
		}
		some = true
		switch {
		case a.Party == consent.Party{}:
			match = max(match, naiveDoubt)
		case kind == consent.Custodian && q.keptBy(a.Party), kind == consent.Author && q.writtenBy(a.Party, p.Permit):
			match = naiveYes
		}
	}
	if !some {
		return naiveYes
	}
	return match
}

// keptBy reports whether a thing is kept by an organisation, or by one that is part of it.
func (q naiveAsk) keptBy(who consent.Party) bool {
	for _, name := range naiveAllNames(q.viewer.Directory, who) {
		for _, keeper := range q.facts.Custodian {
			if naiveAmong(name, naiveWholes(q.viewer.Directory, keeper)) {
				return true
			}
		}
	}
	return false
}

// writtenBy reports whether a thing is written by somebody, or for an organisation by a part of it, in a role there, or by
// a practitioner who acts for it. Who acts for others too may have written it for them: the engine chose that a deny
// counts that and a permit does not. Whether a role has ended since says nothing.
func (q naiveAsk) writtenBy(who consent.Party, permit bool) bool {
	d := q.viewer.Directory
	for _, author := range q.facts.Authors {
		for _, name := range naiveAllNames(d, who) {
			if naiveAmong(name, naiveStandsFor(d, author, permit)) {
				return true
			}
		}
	}
	return false
}
