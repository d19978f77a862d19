package consent

import (
	"crypto/sha256"
	"slices"

	"concord/fhir"
)

// closure is what a provision reaches by following references, worked out once for a policy (CONSENT rules section 6).
type closure struct {
	roots  []fhir.Ref            // what the provision names, sorted
	things map[fhir.Ref]struct{} // all that it reaches, the roots among them
	back   bool                  // what refers to a root is meant, also when the edges do not know it yet
	odd    bool                  // not all can be told: the references were not given, or are too many
	sum    [16]byte              // of all this, for the key
}

// How far membership is followed, and how many things one provision may reach. What reaches more is not certain of
// the rest: a deny counts there, a permit does not.
const (
	membersDeep = 3
	reachMost   = 50_000
)

// gathers are the types that are more than themselves: what happened in them belongs to them.
func gathers(t fhir.Type) bool { return t == "Encounter" || t == "EpisodeOfCare" || t == "CarePlan" }

// close works out the closures of a provision and of those inside it.
func (p *Policy) close(v *Provision) {
	if len(v.Related)+len(v.Dependents) > 0 {
		if p.closures == nil {
			p.closures = map[*Provision]*closure{}
		}
		p.closures[v] = p.reach(v)
	}
	for i := range v.Provisions {
		p.close(&v.Provisions[i])
	}
}

// reach follows references. A deny takes related and dependents as both directions, one step, and with a visit, an
// episode or a plan all that belongs to it. A permit takes them as R4 has them, but that a visit, an episode or a plan
// is shared with what refers to it. What somebody pointed to who could not see it is shared with nobody by that: they
// would write into a thing that they are shown what they want to see.
func (p *Policy) reach(v *Provision) *closure {
	s := p.standing
	c := &closure{things: map[fhir.Ref]struct{}{}, odd: !s.Edged}
	for _, root := range v.Related {
		c.add(root)
		c.back = c.back || !v.Permit || gathers(root.Type)
		for _, e := range s.from(root) {
			if !v.Permit || !e.Blind {
				c.add(e.To)
			}
		}
	}
	for _, root := range v.Dependents {
		c.add(root)
		c.back = true
		if !v.Permit {
			for _, e := range s.from(root) {
				c.add(e.To)
			}
		}
	}
	if v.Permit { // what refers to them says so itself, each version on its own content
		c.roots = slices.Concat(v.Dependents, without(v.Related, func(root fhir.Ref) bool { return !gathers(root.Type) }))
		return c.done()
	}
	c.roots = slices.Concat(v.Related, v.Dependents)
	named := make(map[fhir.Ref]struct{}, len(c.roots))
	for _, root := range c.roots {
		named[root] = struct{}{}
	}
	for _, e := range s.Edges {
		if _, ok := named[e.To]; ok {
			c.add(e.From)
		}
	}
	c.members(s.Edges)
	return c.done()
}

// members adds what belongs to the visits, episodes and plans among the roots, and what belongs to that.
func (c *closure) members(edges []Edge) {
	of := map[fhir.Ref]struct{}{}
	for _, root := range c.roots {
		if gathers(root.Type) {
			of[root] = struct{}{}
		}
	}
	for range membersDeep {
		if len(of) == 0 {
			return
		}
		found := map[fhir.Ref]struct{}{}
		for _, e := range edges {
			if !e.Member {
				continue
			}
			whole, part := e.To, e.From
			if e.From.Type == "CarePlan" && !gathers(e.To.Type) { // the plan names its activities
				whole, part = e.From, e.To
			}
			if _, ok := of[whole]; ok {
				found[part] = struct{}{}
			}
		}
		for ref := range found {
			c.add(ref)
		}
		of = found
	}
}

func (c *closure) add(ref fhir.Ref) {
	if len(c.things) >= reachMost {
		c.odd = true
		return
	}
	c.things[ref] = struct{}{}
}

// done names the closure.
func (c *closure) done() *closure {
	slices.SortFunc(c.roots, compareRefs)
	c.roots = slices.Compact(c.roots)
	all := make([]fhir.Ref, 0, len(c.things))
	for ref := range c.things {
		all = append(all, ref)
	}
	slices.SortFunc(all, compareRefs)
	w := writer{sha256.New()}
	w.bits(c.back, c.odd)
	w.refs(c.roots)
	w.refs(all)
	c.sum = [16]byte(w.h.Sum(nil)[:16])
	return c
}

// has reports whether a closure reaches a thing: by the record as it is, or by the thing's own word that it refers to a
// root, which is all that is known of one that is being written, and of an old version.
func (c *closure) has(f *Facts) bool {
	if _, ok := c.things[f.Ref]; ok {
		return true
	}
	if !c.back {
		return false
	}
	for i := range f.Links {
		if _, ok := slices.BinarySearchFunc(c.roots, f.Links[i].To, compareRefs); ok {
			return true
		}
	}
	return false
}
