package consent_test

import (
	"slices"

	"concord/consent"
	"concord/fhir"
)

// naiveSays is what one Consent or provision says of a thing (section 2).
type naiveSays int

const (
	naiveNothing naiveSays = iota
	naiveIdle              // a permit that adds nothing for this caller (section 12, step 9)
	naivePermit
	naiveWeak
	naiveDeny
)

// naiveMatch is whether criteria hold. What cannot be interpreted is in doubt: section 2.6 has a permit unmatched by it
// and a deny matched.
type naiveMatch int

const (
	naiveNo naiveMatch = iota
	naiveDoubt
	naiveYes
)

// naiveAsk is one question: a thing, or a part of it as if it stood alone, asked by a viewer.
type naiveAsk struct {
	base     *consent.Base
	standing *consent.Standing
	viewer   *consent.Viewer
	facts    *consent.Facts
	kind     fhir.Type     // of the thing or part
	rule     *consent.Rule // the one that is being read
	tally    naiveTally    // what came up
}

// naiveTally counts how often each criterion was asked, and with what result, so that a run which asks nothing is seen.
type naiveTally map[string][3]int

func (t naiveTally) note(criterion string, m naiveMatch) naiveMatch {
	if t != nil {
		count := t[criterion]
		count[m]++
		t[criterion] = count
	}
	return m
}

// naivePath is what the provisions from the root to the one at hand have said together of the request.
type naivePath struct {
	named    bool // a permit names the caller, or an organisation or group of theirs
	explicit bool // some action is named
	instance bool // a permit names the thing itself
	against  bool // a deny names the caller in person
	refusal  bool // ETREAT or BTG is named
}

// naiveAnswer is what came of a rule, and how the provision that decided it was reached.
type naiveAnswer struct {
	says naiveSays
	path naivePath
}

// naiveJoin is the answer of several: the first of these that any gives (section 12, step 8). What stands nowhere is how
// a permit that adds nothing joins with others: it is a permit within its own Consent, and nothing beside another.
func naiveJoin(all []naiveAnswer) naiveAnswer {
	var joined naiveAnswer
	for _, says := range []naiveSays{naiveDeny, naivePermit, naiveWeak, naiveIdle} {
		for _, a := range all {
			if a.says != says || (joined.says != naiveNothing && joined.says != says) {
				continue
			}
			joined.says = says
			joined.path = naivePath{
				joined.path.named || a.path.named, joined.path.explicit || a.path.explicit, joined.path.instance || a.path.instance,
				joined.path.against || a.path.against, joined.path.refusal || a.path.refusal,
			}
		}
	}
	return joined
}

// tree is section 2, steps a to d.
func (q naiveAsk) tree(root *consent.Provision) naiveAnswer {
	asked, path := q.asked(root, naivePath{})
	if asked == naiveNo {
		return naiveAnswer{} // a
	}
	holds := q.holds(root)
	path.instance = q.shares(root, path, holds)
	x := q.nested(root.Provisions, path)
	// Where it is in doubt whether the Consent speaks at all, it can deny and cannot permit (2.6).
	doubtful := asked == naiveDoubt || root.Untyped || root.Odd&consent.OddData != 0
	if x.says == naiveDeny || (x.says != naiveNothing && !doubtful) {
		return x // b
	}
	if root.Untyped {
		return naiveAnswer{}
	}
	switch {
	case root.Permit && holds == naiveYes:
		return q.permitted(root, path) // c
	case root.Permit:
		return naiveAnswer{naiveWeak, path} // d
	case holds != naiveNo:
		return naiveAnswer{naiveDeny, path} // c
	default:
		return naiveAnswer{} // d
	}
}

// nested is section 2, nested(list).
func (q naiveAsk) nested(list []consent.Provision, above naivePath) naiveAnswer {
	var found []naiveAnswer
	for i := range list {
		child := &list[i]
		asked, path := q.asked(child, above)
		holds := q.holds(child)
		match := min(asked, holds)
		if match == naiveNo {
			continue
		}
		path.instance = path.instance || q.shares(child, path, holds)
		v := q.nested(child.Provisions, path)
		switch {
		case v.says != naiveNothing:
		case child.Permit:
			v = q.permitted(child, path)
		default:
			v = naiveAnswer{naiveDeny, path}
		}
		if match == naiveYes || v.says == naiveDeny {
			found = append(found, v)
		}
	}
	return naiveJoin(found)
}

// shares reports whether a provision that holds permits the thing to this caller by its name (14.12).
func (q naiveAsk) shares(p *consent.Provision, path naivePath, holds naiveMatch) bool {
	return p.Permit && holds == naiveYes && slices.Contains(p.Instances, q.facts.Ref) && q.permitted(p, path).says == naivePermit
}

// permitted is a permit, and whether it adds anything for this caller.
func (q naiveAsk) permitted(p *consent.Provision, path naivePath) naiveAnswer {
	// Section 12, step 9: one that names no recipient widens what callers with a relationship see, and adds no callers.
	// Section 8: a proxy has to be named. 14.4: so have the staff of a charity.
	widens := q.staff() && q.related() && slices.Contains(q.base.Widens, q.viewer.OrgKind)
	if !path.named && !widens {
		return naiveAnswer{naiveIdle, path}
	}
	if q.facts.Private && !namesSharing(p) { // section 10 row 26: by explicit grant
		return naiveAnswer{naiveIdle, path}
	}
	return naiveAnswer{naivePermit, path}
}

// namesSharing reports whether a provision names sharing choices: their type, their section, or one of them.
func namesSharing(p *consent.Provision) bool {
	return slices.Contains(p.Class, consent.Code{System: naiveTypes, Code: "Consent"}) ||
		slices.ContainsFunc(p.Instances, func(ref fhir.Ref) bool { return ref.Type == "Consent" })
}

// inDomain is section 1, organization. The text does not say more; the engine chose that what nobody is known to keep is
// in every domain, and that of what only others keep a Consent can only deny.
func (q naiveAsk) inDomain() bool {
	return len(q.rule.Domain) == 0 || len(q.facts.Custodian) == 0 ||
		slices.ContainsFunc(q.rule.Domain, func(d consent.Party) bool { return q.keptBy(d) })
}
