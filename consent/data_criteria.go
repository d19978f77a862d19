package consent

import (
	"slices"

	"concord/fhir"
	"concord/fhir/care"
)

// data carries the criteria about the data over, with organisations followed to who acts for them.
func (b *builder) data(p *Provision, n *node) {
	doubtful := discounted
	if !p.Permit {
		doubtful = counted
	}
	n.classed, n.coded = len(p.Class) > 0 || p.Odd&OddClass != 0, len(p.Codes) > 0 || p.Odd&OddCode != 0
	n.classes, n.oddClass = p.certain(p.Class), p.Odd&OddClass != 0
	n.codes, n.oddCode = p.certain(p.Codes), p.Odd&OddCode != 0
	n.signs = signs(p.Codes)
	if p.DataPeriod != nil {
		n.dated, n.period = true, *p.DataPeriod
	}
	n.data, n.oddRef, n.instances = p.Data, p.Odd&OddReference != 0, p.Instances
	if len(p.Related)+len(p.Dependents) > 0 {
		if c, ok := b.p.closures[p]; ok {
			n.closures, n.oddRef = []*closure{c}, n.oddRef || c.odd
		} else {
			n.oddRef = true
		}
	}
	n.labels(p)
	b.r.asks = b.r.asks || n.labelled
	n.oddData = p.Odd&OddData != 0
	n.writers = b.writers(p.Writers, doubtful)
	var keepers, authors []Party
	for _, actor := range p.Actors {
		if actor.Kind != Custodian && actor.Kind != Author {
			continue
		}
		switch {
		case actor.Party == Party{}:
			n.oddActor = true
		case actor.Kind == Custodian:
			keepers = append(keepers, actor.Party)
		default:
			authors = append(authors, actor.Party)
		}
		n.kept, n.written = n.kept || actor.Kind == Custodian, n.written || actor.Kind == Author
	}
	n.custodians, n.authors = b.keepers(keepers), b.writers(authors, doubtful)
	n.private = slices.ContainsFunc(p.Class, func(c Code) bool {
		return c == Code{systemTypes, "Consent"} || c == Code{care.SystemSection, care.Sharing.String()}
	}) || slices.ContainsFunc(p.Instances, func(ref fhir.Ref) bool { return ref.Type == "Consent" })
	b.r.abroad = b.r.abroad || n.abroad
}

// certain leaves out of a permit the codes of which no system is known: they match nothing there.
func (p *Provision) certain(codes []Code) []Code {
	if !p.Permit {
		return codes
	}
	return without(codes, func(c Code) bool { return c.System == anySystem })
}

// writers are those named, in whatever role they wrote, and for an organisation those who write for it (section 6,
// authoredby).
func (b *builder) writers(named []Party, doubtful doubt) parties {
	list := slices.Clone(named)
	for _, who := range b.named(named) {
		list = b.v.Directory.names(list, b.v.Directory.acting(who, doubtful))
	}
	return partySet(list)
}

// keepers are those named and, for an organisation, those that are part of it.
func (b *builder) keepers(named []Party) parties {
	list := slices.Clone(named)
	for _, org := range b.named(named) {
		list = b.v.Directory.names(list, b.v.Directory.within(org))
	}
	return partySet(list)
}

// named are those of the parties whom the directory may know, by reference or by business identifier.
func (b *builder) named(who []Party) []fhir.Ref {
	if b.v.Directory == nil {
		return nil
	}
	var all []fhir.Ref
	for _, p := range who {
		if p.Ref != (fhir.Ref{}) {
			all = append(all, p.Ref)
		}
		all = append(all, b.v.Directory.Find(p.Identifier)...)
	}
	return all
}
