package consent

import (
	"slices"

	"concord/fhir"
)

// Principals are names of all who may be able to see something of the person: the person, everybody tied to
// them, everybody whom a choice names, and the organisations that have sent something. A viewer who has none of
// them among their own sees nothing of the person, unless the base policy asks for no relationship.
func (s *Standing) Principals() []string {
	var names []string
	for _, p := range s.Patients {
		names = append(names, p.Ref.String())
	}
	for _, t := range s.Ties {
		names = t.Who.principals(names)
	}
	for _, o := range s.Glass {
		names = o.Who.principals(names)
	}
	for _, ref := range s.Senders {
		names = append(names, ref.String())
	}
	for i := range s.Rules {
		if s.Rules[i].Active {
			for j := range s.Rules[i].Readings {
				names = s.Rules[i].Readings[j].principals(names)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p *Provision) principals(names []string) []string {
	for _, actor := range p.Actors {
		if actor.Kind == Recipient {
			names = actor.Party.principals(names)
		}
	}
	for i := range p.Provisions {
		names = p.Provisions[i].principals(names)
	}
	return names
}

// principals adds a party's names: its reference, and "system|value" of its identifier.
func (p Party) principals(names []string) []string {
	if p.Ref != (fhir.Ref{}) {
		names = append(names, p.Ref.String())
	}
	if p.Identifier != (Code{}) {
		names = append(names, p.Identifier.System+"|"+p.Identifier.Code)
	}
	return names
}

// Principals are the names under which a Standing may know the viewer.
func (v Viewer) Principals() []string {
	var names []string
	for _, p := range v.Self {
		names = p.principals(names)
	}
	for _, p := range v.Orgs {
		names = p.principals(names)
	}
	if v.Org != (fhir.Ref{}) {
		names = append(names, v.Org.String())
	}
	for _, group := range v.Groups {
		names = append(names, group.String())
	}
	slices.Sort(names)
	return slices.Compact(names)
}
