package consent

import (
	"cmp"
	"slices"
	"sort"

	"concord/fhir"
)

// Edge is a reference from one thing of a person's record to another.
type Edge struct {
	From, To fhir.Ref
	Member   bool // as Link.Member
	Blind    bool // as Labels.Blind: whoever wrote it could not see what it points to
}

// NeedsEdges reports whether some choice follows references (data.meaning related or dependents) and the standing does
// not hold those of the record yet. WithEdges gives it them, and With keeps them current from then on.
func (s *Standing) NeedsEdges() bool { return !s.Edged && s.follows() }

// follows reports whether any choice follows references, whatever its status: it may be made active without a word on
// what it follows.
func (s *Standing) follows() bool {
	for i := range s.Rules {
		if slices.ContainsFunc(s.Rules[i].Readings, func(p Provision) bool { return p.follows() }) {
			return true
		}
	}
	return false
}

func (p *Provision) follows() bool {
	return len(p.Related)+len(p.Dependents) > 0 || slices.ContainsFunc(p.Provisions, func(p Provision) bool { return p.follows() })
}

// WithEdges is the standing with the references of the whole record: of the newest version of each thing about the
// person. Standings of people who have no choice that follows references hold none, and are changed by no reference.
func (s *Standing) WithEdges(record []*Facts) *Standing {
	next := *s
	next.Edges, next.Edged = nil, s.follows()
	if !next.Edged {
		return &next
	}
	for _, f := range record {
		next.Edges = append(next.Edges, edgesOf(f)...)
	}
	next.sortEdges()
	return &next
}

// edgesOf are the references of one thing, in the order of its links.
func edgesOf(f *Facts) []Edge {
	if f.Deleted {
		return nil
	}
	blind := make(map[fhir.Ref]bool, len(f.Labels.Blind))
	for _, ref := range f.Labels.Blind {
		blind[ref] = true
	}
	edges := make([]Edge, 0, len(f.Links))
	for _, l := range f.Links {
		edges = append(edges, Edge{f.Ref, l.To, l.Member, blind[l.To]})
	}
	return edges
}

// keepEdges replaces the references of things by those that they have now, and drops all when nothing follows them.
func (s *Standing) keepEdges(now map[fhir.Ref][]Edge) {
	switch {
	case !s.Edged:
	case !s.follows():
		s.Edges, s.Edged = nil, false
	case len(now) > 0:
		s.Edges = without(s.Edges, func(e Edge) bool {
			_, anew := now[e.From]
			return anew
		})
		for _, edges := range now {
			s.Edges = append(s.Edges, edges...)
		}
		s.sortEdges()
	}
}

// hasEdges reports whether the references of a thing are held as they are.
func (s *Standing) hasEdges(f *Facts) bool {
	return slices.Equal(s.from(f.Ref), edgesOf(f))
}

// from are the references of one thing.
func (s *Standing) from(ref fhir.Ref) []Edge {
	at := sort.Search(len(s.Edges), func(i int) bool { return compareRefs(s.Edges[i].From, ref) >= 0 })
	end := at
	for end < len(s.Edges) && s.Edges[end].From == ref {
		end++
	}
	return s.Edges[at:end]
}

// joinEdges gives a joined standing the references of both, when both held theirs. Else it has to be given the record
// of both anew.
func (s *Standing) joinEdges(a, b *Standing) {
	s.Edges, s.Edged = nil, a.Edged && b.Edged
	if s.Edged {
		s.Edges = slices.Concat(a.Edges, b.Edges)
		s.sortEdges()
	}
}

func (s *Standing) sortEdges() {
	slices.SortFunc(s.Edges, func(a, b Edge) int {
		return cmp.Or(compareRefs(a.From, b.From), compareRefs(a.To, b.To), compareBools(a.Member, b.Member), compareBools(a.Blind, b.Blind))
	})
	s.Edges = slices.Compact(s.Edges)
}
