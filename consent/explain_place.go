package consent

import (
	"strconv"
	"strings"
)

// lacks is what did not hold where a node says nothing, or permits other things only.
func (r *residual) lacks(at int32, said Outcome, l *look) Criterion {
	n := &r.nodes[at]
	switch {
	case said == Deny, said == Permit:
		return ""
	case said != idle:
		return n.failing(l)
	case l.f.Private && !n.private:
		return ByPrivacy
	default:
		return ByRelationship
	}
}

// deciding is the node inside one, or itself, whose own type is the outcome.
func (r *residual) deciding(at int32, said Outcome, l *look) int32 {
	if said != Deny && said != Permit && said != idle {
		return at
	}
	for i := at + 1; i < r.nodes[at].next; i = r.nodes[i].next {
		n := &r.nodes[i]
		m := n.sees(l)
		if m == no || (m != yes && said != Deny) {
			continue
		}
		inside := r.inside(i, l)
		switch {
		case inside == said:
			return r.deciding(i, said, l)
		case inside == NotApplicable && n.outcome(l) == said:
			return i
		}
	}
	return at
}

// failing is the first criterion about the data that a node's thing fails, in the order in which sees asks.
func (n *node) failing(l *look) Criterion {
	switch {
	case n.untyped:
		return ByDoubt
	case n.abroad && !l.abroad:
		return ByAction
	case n.classed && !n.oddClass && !anyCode(n.classes, l.class):
		return ByClass
	case n.coded && !n.oddCode && !n.hasCode(l):
		return ByCode
	case n.dated && !n.inPeriod(l):
		return ByDataPeriod
	case n.data && !n.oddRef && !n.hasThing(l.f):
		return ByData
	case n.labelled && n.hasLabel(l) == no:
		return ByLabel
	case n.kept && !n.oddActor && !n.custodians.meets(l.f.Custodian):
		return ByCustodian
	case n.written && !n.oddActor && !n.authors.meets(l.f.Authors):
		return ByAuthor
	default:
		return ByDoubt
	}
}

// chain is the way from the root of a reading down to one provision.
type chain struct {
	p    *Provision
	here path
	down []int // indices, from the root
	all  []*Provision
}

// String is the way as FHIRPath writes it, from the Consent.
func (c *chain) String() string {
	var at strings.Builder
	at.WriteString("provision")
	for _, i := range c.down {
		at.WriteString(".provision[" + strconv.Itoa(i) + "]")
	}
	return at.String()
}

// follow goes from a node down to another. Provisions that were not added have no node, and are passed over.
func (t *tracer) follow(c *chain, from, to int32) {
	for from != to {
		next, p := from+1, c.p
		for i := range p.Provisions {
			failed, below := t.request(&p.Provisions[i], c.here)
			if failed != "" {
				continue
			}
			if to < t.r.nodes[next].next {
				c.all = append(c.all, c.p)
				c.p, c.here, c.down = &p.Provisions[i], below, append(c.down, i)
				break
			}
			next = t.r.nodes[next].next
		}
		if p == c.p {
			return
		}
		from = next
	}
}
