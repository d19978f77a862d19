package consent

import (
	"slices"

	"concord/fhir/care"
)

const systemRole = care.RoleSystem

// builder turns the live rules of a policy into the nodes of a residual.
type builder struct {
	p *Policy
	v *Viewer
	r *residual
}

// path is what the provisions above one have said.
type path struct {
	named    bool // a permit among them names the viewer as recipient; an exception to a deny adds no callers
	explicit bool // which actions
	recorded bool // it stands in a choice that staff wrote down, whose permits add nothing
	against  bool // a deny among them names the viewer in person
	refused  bool // one among them speaks of emergencies by name, so that a deny inside is a refusal in emergencies
}

func (b *builder) build() {
	research := covers("HRESCH", b.v.Purpose)
	for _, i := range b.p.live(b.v.Time) {
		rule := &b.p.standing.Rules[i]
		if rule.Research && !research {
			continue
		}
		live := liveRule{index: int16(i)} //nolint:gosec // Compile bounds it
		if b.r.stance == proxy {
			live.void, live.narrow = b.aged(rule)
		}
		live.bound, live.domain = len(rule.Domain) > 0, b.keepers(rule.Domain)
		for j := range rule.Readings {
			at := int32(len(b.r.nodes)) //nolint:gosec // bounded by the bytes of the Consents
			if b.add(&rule.Readings[j], path{recorded: rule.Recorded}) {
				live.roots[live.count] = at
				live.count++
				continue
			}
			live.silent = true
		}
		if live.count > 0 {
			b.r.rules = append(b.r.rules, live)
		}
	}
}

// add adds a provision and what is inside it when its request criteria hold, and reports whether they do.
func (b *builder) add(p *Provision, above path) bool {
	n := node{permit: p.Permit, untyped: p.Untyped}
	here := above
	if !b.period(p, &n) || !b.recipients(p, &n, &here) || !b.purposes(p, &n, &here) || !b.actions(p, &n, &here) {
		return false
	}
	if (p.Spares && b.r.stance == proxy) || (p.BaseOnly && !b.p.base.serves(b.v.Purpose)) {
		return false
	}
	n.counts = !here.recorded && (here.named || b.v.Related ||
		(b.r.stance == worker && b.r.related && slices.Contains(b.p.base.Widens, b.v.OrgKind)))
	n.firm = b.firm(p, &here)
	b.data(p, &n)
	at := len(b.r.nodes)
	b.r.nodes = append(b.r.nodes, n)
	for i := range p.Provisions {
		b.add(&p.Provisions[i], here)
	}
	b.r.nodes[at].next = int32(len(b.r.nodes)) //nolint:gosec // bounded by the bytes of the Consents
	return true
}

// unsure takes a criterion that cannot be interpreted: a permit fails by it, a deny goes on in doubt.
func (n *node) unsure() bool {
	n.maybe = true
	return !n.permit
}

func (b *builder) period(p *Provision, n *node) bool {
	if p.Odd&OddPeriod != 0 {
		return n.unsure()
	}
	return p.Period.holds(b.v.Time)
}

// recipients asks whether the viewer is one of those whom the provision speaks of; everybody is where none is
// named. A proxy is named only in person (section 8).
func (b *builder) recipients(p *Provision, n *node, here *path) bool {
	asked, doubtful, matched := false, false, false
	for _, actor := range p.Actors {
		if actor.Kind == Custodian || actor.Kind == Author {
			continue
		}
		asked = true
		switch {
		case actor.Kind == UnknownRole && p.Permit:
		case actor.Party == Party{}:
			doubtful = true
		case anyIs(b.v.Self, []Party{actor.Party}):
			matched = true
			here.named = here.named || (actor.Kind == Recipient && p.Permit)
			here.against = here.against || !p.Permit
		case b.belongs(actor.Party):
			matched = true
			here.named = here.named || (actor.Kind == Recipient && p.Permit && b.r.stance != proxy)
		}
	}
	if matched {
		return true
	}
	if !asked {
		return true
	}
	return doubtful && n.unsure()
}

// belongs reports whether the viewer acts for, or is a member of, what a rule names: an organisation or one that
// it is part of, a Group, or a CareTeam of this person, now.
func (b *builder) belongs(who Party) bool {
	if anyIs(b.r.orgs, []Party{who}) || slices.Contains(b.v.Groups, who.Ref) {
		return true
	}
	if who.Ref.Type != "CareTeam" {
		return false
	}
	for _, tie := range b.p.standing.Ties {
		if tie.Kind == TieCareTeam && tie.From == who.Ref && tie.Period.holds(b.v.Time) &&
			(anyIs(b.v.Self, []Party{tie.Who}) || anyIs(b.r.orgs, []Party{tie.Who})) {
			return true
		}
	}
	return false
}

// purposes: a rule on a code covers those under it. A permit that names a carer speaks of what carers come for,
// whatever was ticked (section 14.22).
func (b *builder) purposes(p *Provision, n *node, here *path) bool {
	if len(p.Purposes) == 0 && p.Odd&OddPurpose == 0 {
		return true
	}
	found := false
	for _, c := range p.Purposes {
		if c.names(b.v.Purpose, p.Permit) {
			found = true
			here.refused = here.refused || c.Code == "ETREAT" || c.Code == "BTG"
		}
	}
	if found {
		return true
	}
	if p.Permit && here.named && b.r.stance == proxy && (b.v.Purpose == "FAMRQT" || b.v.Purpose == "PWATRNY") {
		return true
	}
	return p.Odd&OddPurpose != 0 && n.unsure()
}

// actions: a deny of any part of what is asked stops it, a permit has to cover all of it. What is read from
// another organisation is disclosed too; whether it is, the resource says.
func (b *builder) actions(p *Provision, n *node, here *path) bool {
	need := b.v.Action
	here.explicit = here.explicit || p.Actions != 0
	if p.Permit && b.r.stance == proxy && need&(Correct|Collect) != 0 && !here.explicit {
		return false // for a proxy actions default to access (section 8)
	}
	if p.Actions == 0 && p.Odd&OddAction == 0 {
		return true
	}
	if p.Permit {
		return n.allows(p.Actions, need)
	}
	if p.Actions&need != 0 {
		return true
	}
	if p.Odd&OddAction != 0 {
		return n.unsure()
	}
	n.abroad = need&Access != 0 && p.Actions&Disclose != 0
	return n.abroad
}

// allows reports whether a permit of some actions covers all that are needed. Correct is "access and correct".
func (n *node) allows(given, need Action) bool {
	if given&Correct != 0 {
		given |= Access
	}
	reading := need & (Access | Disclose)
	if need&^reading&^given != 0 {
		return false
	}
	if reading == 0 || given&Access != 0 || given&reading != 0 {
		return true
	}
	n.abroad = given&Disclose != 0
	return n.abroad
}
