package consent

import (
	"cmp"
	"slices"

	"concord/fhir"
)

// parties is a set of parties, quick to ask.
type parties struct {
	list []Party
	refs map[fhir.Ref]struct{} // of list, when it is long
	ids  map[Code]struct{}
}

// longList is when a set is worth a map.
const longList = 8

func partySet(list []Party) parties {
	slices.SortFunc(list, compareParties)
	p := parties{list: slices.Compact(list)}
	if len(p.list) > longList {
		p.refs, p.ids = map[fhir.Ref]struct{}{}, map[Code]struct{}{}
		for _, one := range p.list {
			if one.Ref != (fhir.Ref{}) {
				p.refs[one.Ref] = struct{}{}
			}
			if one.Identifier != (Code{}) {
				p.ids[one.Identifier] = struct{}{}
			}
		}
	}
	return p
}

// meets reports whether any of the others is in the set.
func (p *parties) meets(others []Party) bool {
	if p.refs == nil {
		return anyIs(p.list, others)
	}
	for i := range others {
		if _, ok := p.refs[others[i].Ref]; ok {
			return true
		}
		if _, ok := p.ids[others[i].Identifier]; ok {
			return true
		}
	}
	return false
}

func compareParties(a, b Party) int {
	return cmp.Or(compareRefs(a.Ref, b.Ref), cmp.Compare(a.Identifier.System, b.Identifier.System), cmp.Compare(a.Identifier.Code, b.Identifier.Code))
}
