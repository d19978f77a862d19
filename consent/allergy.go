package consent

import (
	"concord/fhir"
	"concord/fhir/care"
)

// outcomes is a set of Outcomes, one bit each.
type outcomes uint8

func (o outcomes) has(one Outcome) bool  { return o&(1<<one) != 0 }
func (o outcomes) only(one Outcome) bool { return o == 1<<one }

// mayHideAllergy reports whether the choices and the base policy could hide some AllergyIntolerance of the
// person from this viewer, whatever its codes, dates and authors (CONSENT rules 14.5 and 15.11).
func (r *residual) mayHideAllergy() bool {
	if r.hides != 0 {
		return true
	}
	permitted, weak := false, false
	for i := range r.rules {
		said := r.allergy(&r.rules[i])
		if said.has(Deny) {
			return true
		}
		void := r.rules[i].void || r.rules[i].narrow || r.rules[i].bound // narrowed records hold no allergies
		permitted = permitted || (said.only(Permit) && !void)
		weak = weak || said.has(WeakDeny)
	}
	if permitted {
		return false
	}
	if weak {
		return true
	}
	l := look{f: &Facts{}, typ: "AllergyIntolerance", sections: uint32(care.In(care.Clinical))}
	return r.base(&l).Sight == Hidden
}

// anyAllergy is one of which nothing is known. It may be one that break-glass does not open.
func (r *residual) anyAllergy() *look { return &look{f: &Facts{}} }

// allergy is what one Consent may say of an allergy of which nothing is known.
func (r *residual) allergy(rule *liveRule) outcomes {
	var all outcomes
	for i := range rule.count {
		all |= r.allergyAt(rule.roots[i])
	}
	if rule.silent {
		all |= 1 << NotApplicable
	}
	return all
}

// allergyAt is what a root may say. One that speaks only of what comes from elsewhere says nothing of what does not,
// whatever is inside it.
func (r *residual) allergyAt(at int32) outcomes {
	said := r.allergyOf(at)
	if r.nodes[at].abroad {
		said |= 1 << NotApplicable
	}
	return said
}

func (r *residual) allergyOf(at int32) outcomes {
	n := &r.nodes[at]
	said := r.allergyInside(at)
	if n.doubtful() && !said.only(Deny) { // what is inside can only deny
		said = said&(1<<Deny) | 1<<NotApplicable
	}
	if !said.has(NotApplicable) {
		return said
	}
	said &^= 1 << NotApplicable
	m := n.seesAllergy()
	if m != no {
		said |= 1 << n.outcome(r.anyAllergy())
	}
	if m != yes && n.permit {
		said |= 1 << WeakDeny
	}
	if m != yes && !n.permit {
		said |= 1 << NotApplicable
	}
	return said
}

func (r *residual) allergyInside(at int32) outcomes {
	joined := outcomes(1 << NotApplicable)
	for i := at + 1; i < r.nodes[at].next; i = r.nodes[i].next {
		n := &r.nodes[i]
		m := n.seesAllergy()
		if m == no {
			continue
		}
		one := r.allergyInside(i)
		if one.has(NotApplicable) {
			one = one&^(1<<NotApplicable) | 1<<n.outcome(r.anyAllergy())
		}
		if m == yes {
			joined &^= 1 << NotApplicable
		}
		joined |= one
	}
	return joined
}

// seesAllergy is whether a node's data criteria hold for every allergy, some, or none.
func (n *node) seesAllergy() match {
	m := yes
	if n.maybe || n.oddData || n.abroad || n.coded || n.labelled || n.dated || n.kept || n.written {
		m = maybe
	}
	if n.classed {
		found := n.classesAllergy()
		if found == no && !n.oddClass {
			return no
		}
		if found != yes {
			m = maybe
		}
	}
	if n.data {
		if len(n.writers.list) == 0 && !n.oddRef && len(n.closures) == 0 && !namesAllergy(n.instances) {
			return no
		}
		m = maybe
	}
	return m
}

// classesAllergy looks for the type; a profile or a section may have some allergies in it, a type of document
// or a MIME type none.
func (n *node) classesAllergy() match {
	found := no
	for _, c := range n.classes {
		switch {
		case c == Code{systemTypes, "AllergyIntolerance"}:
			return yes
		case c.System == systemURI, c.System == care.SystemSection, c.System == anySystem:
			found = maybe
		}
	}
	return found
}

func namesAllergy(refs []fhir.Ref) bool {
	for _, ref := range refs {
		if ref.Type == "AllergyIntolerance" {
			return true
		}
	}
	return false
}
