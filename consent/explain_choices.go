package consent

// tracer follows the rules of a policy beside the residual that was made of them for a viewer.
type tracer struct {
	p  *Policy
	v  *Viewer
	r  *residual
	of map[int16]*traced // by index of the rule
}

// traced is one rule: what each of its nodes stands for, and why its readings are not there.
type traced struct {
	live   *liveRule // nil: it does not speak of the viewer
	failed Criterion // of the first reading that was not added
	at     string
}

func (p *Policy) trace(v *Viewer, r *residual) *tracer {
	t := &tracer{p: p, v: v, r: r, of: map[int16]*traced{}}
	if r.stance != worker && r.stance != proxy {
		return t
	}
	for i := range p.standing.Rules {
		t.of[int16(i)] = t.asks(&p.standing.Rules[i])
	}
	for i := range r.rules {
		t.of[r.rules[i].index].live = &r.rules[i]
	}
	return t
}

// asks looks for what keeps a rule, or a reading of it, from speaking of the viewer.
func (t *tracer) asks(rule *Rule) *traced {
	switch {
	case !rule.Active:
		return &traced{failed: ByStatus}
	case rule.superseded(t.v.Time):
		return &traced{failed: BySuperseded}
	case len(rule.Readings) == 0:
		return &traced{failed: ByPolicyRule}
	case rule.Research && !covers("HRESCH", t.v.Purpose):
		return &traced{failed: ByScope}
	}
	for i := range rule.Readings {
		if failed, _ := t.request(&rule.Readings[i], path{}); failed != "" {
			return &traced{failed: failed, at: "provision"}
		}
	}
	return &traced{}
}

// request is the first criterion about the request that a provision fails, empty when all hold, and what holds for
// those inside. It asks the builder itself whether the provision would be added, so that a criterion which is not known
// here is still seen.
func (t *tracer) request(p *Provision, above path) (Criterion, path) {
	alone := *p
	alone.Provisions = nil
	spare := *t.r
	spare.nodes = nil
	b := builder{p: t.p, v: t.v, r: &spare}
	n, here := node{permit: p.Permit, untyped: p.Untyped}, above
	period, actor := b.period(p, &n), b.recipients(p, &n, &here)
	purpose, action := b.purposes(p, &n, &here), b.actions(p, &n, &here)
	switch {
	case b.add(&alone, above):
		return "", here
	case !period:
		return ByPeriod, here
	case !actor:
		return ByActor, here
	case !purpose:
		return ByPurpose, here
	case !action:
		return ByAction, here
	case p.Spares, p.BaseOnly:
		return ByPolicyRule, here
	default:
		return ByRequest, here
	}
}

// choices is what every rule says of a thing, as residual.choices joins them.
func (t *tracer) choices(l *look, v Verdict) []Said {
	all := make([]Said, 0, len(t.p.standing.Rules))
	for i := range t.p.standing.Rules {
		rule := &t.p.standing.Rules[i]
		index := int16(i)
		said := t.say(rule, t.of[index], l)
		said.Consent, said.Version = rule.Ref, rule.Version
		said.Decided = v.Why.Rule == index && (v.Why.Step == StepDeny || v.Why.Step == StepPermit || v.Why.Step == StepWeakDeny)
		said.Precise = said.precise()
		all = append(all, said)
	}
	return all
}

func (t *tracer) say(rule *Rule, known *traced, l *look) Said {
	live := known.live
	if live == nil {
		return Said{Outcome: NotApplicable, Failed: known.failed, At: known.at}
	}
	said := Said{Outcome: t.r.tree(live, l), Failed: known.failed, At: known.at}
	added := 0
	for i := range rule.Readings {
		failed, here := t.request(&rule.Readings[i], path{})
		if failed != "" {
			continue
		}
		root := live.roots[added]
		added++
		one := t.r.root(root, l)
		if one == said.Outcome || (one == idle && said.Outcome == NotApplicable && !live.silent) {
			c := chain{p: &rule.Readings[i], here: here}
			at := t.r.deciding(root, one, l)
			t.follow(&c, root, at)
			said.At, said.Failed = c.String(), t.r.lacks(at, one, l)
			said.Plain = t.words(rule, &c)
			break
		}
	}
	switch {
	case said.Outcome != Deny && live.outside(l):
		said.Outcome, said.Failed = NotApplicable, ByOrganization
	case said.Outcome == Permit && (live.void || (live.narrow && !l.narrowed() && !t.r.names(live, l))):
		said.Outcome, said.Failed = NotApplicable, ByAge
	}
	if said.Outcome == NotApplicable {
		said.Plain = ""
	}
	return said
}
