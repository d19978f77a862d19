package consent

// Outcome is what the choices of a person say of one thing (CONSENT rules section 12, steps 7 and 8).
type Outcome uint8

// The outcomes.
const (
	NotApplicable Outcome = iota // no choice speaks: the base policy decides
	Permit
	Deny
	WeakDeny // a choice permits, but other things only

	// idle is a permit that adds nothing for this viewer. It stays inside this package.
	idle
)

// choices joins the Consents: any deny, else any permit, else any that permits other things only.
func (r *residual) choices(l *look) (Outcome, int16) {
	joined, by := NotApplicable, int16(-1)
	for i := range r.rules {
		rule := &r.rules[i]
		said := r.tree(rule, l)
		if said != Deny && rule.outside(l) {
			continue
		}
		switch said {
		case Deny:
			return Deny, rule.index
		case Permit:
			if rule.void || (rule.narrow && !l.narrowed() && !r.names(rule, l)) {
				continue
			}
			if joined != Permit {
				joined, by = Permit, rule.index
			}
		case WeakDeny:
			if joined == NotApplicable {
				joined, by = WeakDeny, rule.index
			}
		case NotApplicable, idle:
		}
	}
	return joined, by
}

// outside reports whether a thing is kept by others than those whose data the rule is about.
func (rule *liveRule) outside(l *look) bool {
	return rule.bound && len(l.f.Custodian) > 0 && !rule.domain.meets(l.f.Custodian)
}

// tree is what one Consent says: of several readings the most restrictive.
func (r *residual) tree(rule *liveRule, l *look) Outcome {
	worst := idle
	if rule.silent {
		worst = NotApplicable
	}
	for i := range rule.count {
		one := r.root(rule.roots[i], l)
		if i == 0 && !rule.silent {
			worst = one
			continue
		}
		if restrictive[one] > restrictive[worst] {
			worst = one
		}
	}
	if worst == idle {
		return NotApplicable
	}
	return worst
}

// restrictive orders the outcomes for two readings of one Consent.
var restrictive = [...]uint8{NotApplicable: 2, Permit: 0, Deny: 4, WeakDeny: 3, idle: 1}

// root evaluates a tree (section 2): what is inside decides first, whether or not the root's data criteria hold. Where
// it is not certain that the Consent speaks at all, what is inside can deny and cannot permit (section 2.6).
func (r *residual) root(at int32, l *look) Outcome {
	n := &r.nodes[at]
	if n.abroad && !l.abroad { // its action was not asked for: it says nothing at all
		return NotApplicable
	}
	if inside := r.inside(at, l); inside == Deny || (inside != NotApplicable && !n.doubtful()) {
		return inside
	}
	if n.untyped {
		return NotApplicable
	}
	switch m := n.sees(l); {
	case m == yes || (m == maybe && !n.permit):
		return n.outcome(l)
	case n.permit:
		return WeakDeny
	default:
		return NotApplicable
	}
}

// doubtful reports whether it is not certain what a provision is about: its type, or something that may ask about the
// request, cannot be interpreted.
func (n *node) doubtful() bool { return n.untyped || n.maybe || n.oddData }

// inside joins the provisions right inside one: a deny wins over a permit. One of which it is not certain that
// it matches can deny, and cannot permit.
func (r *residual) inside(at int32, l *look) Outcome {
	joined := NotApplicable
	for i := at + 1; i < r.nodes[at].next; i = r.nodes[i].next {
		n := &r.nodes[i]
		m := n.sees(l)
		if m == no {
			continue
		}
		one := r.inside(i, l)
		if one == NotApplicable {
			one = n.outcome(l)
		}
		switch {
		case one == Deny:
			return Deny
		case m == yes && (one == Permit || joined == NotApplicable):
			joined = one
		}
	}
	return joined
}

// outcome is the node's own type. A permit that may add nothing for the viewer is idle; so is one that covers
// a sharing choice without naming such.
func (n *node) outcome(l *look) Outcome {
	switch {
	case !n.permit && l.glass && !n.firm:
		return idle
	case !n.permit:
		return Deny
	case !n.counts || (l.f.Private && !n.private):
		return idle
	default:
		return Permit
	}
}
