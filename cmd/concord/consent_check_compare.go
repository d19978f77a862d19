package main

import (
	"fmt"
	"slices"
	"strings"

	"concord/consent"
)

// compare says where what was decided differs from what the case expects.
func (d *decider) compare(things []caseThing, v consent.Viewer, purposes []string) (caseVerdict, error) {
	var verdict caseVerdict
	e := &d.c.Expected
	for _, ref := range slices.Concat(e.Visible, e.Hidden) {
		if !slices.ContainsFunc(things, func(t caseThing) bool { return t.isNamed(ref) }) {
			return verdict, fmt.Errorf("not a case: expected names %s, which is not among its resources", ref)
		}
	}
	seen := 0
	for i := range things {
		if things[i].seen {
			seen++
		}
		d.expect(&verdict, &things[i])
	}
	if d.whole && e.Decision == "deny" { // one class that is refused refuses the whole
		verdict = caseVerdict{}
		if seen == len(things) {
			verdict.differ("want deny, got permit")
			verdict.trace = things[0].trace
		}
	}
	if e.Total != nil && *e.Total != seen {
		verdict.differ("want bundle_total %d, got %d", *e.Total, seen)
	}
	return verdict, d.oblige(&verdict, v, purposes)
}

func (t *caseThing) isNamed(ref string) bool {
	return ref == t.facts.Ref.String() || strings.HasSuffix(ref, "/"+t.facts.Ref.String()) || ref == string(t.facts.Ref.ID)
}

// expect compares one thing.
func (d *decider) expect(verdict *caseVerdict, t *caseThing) {
	e := &d.c.Expected
	listed := func(refs []string) bool { return slices.ContainsFunc(refs, t.isNamed) }
	var want bool
	switch {
	case e.Decision == "not-applicable":
		if t.said != consent.NotApplicable {
			verdict.differ("%s: want not-applicable, got %s", t.facts.Ref, t.said)
			verdict.trace = append(verdict.trace, t.trace...)
		}
		return
	case e.Decision == "reject":
		return // it was refused before it came to this
	case listed(e.Visible):
		want = true
	case listed(e.Hidden):
	case d.withheld("except"):
		return // what may flow is told by the obligation
	default:
		want = e.Decision == "permit" || e.Decision == "accept"
		if e.Decision == "filter" { // its lists are complete
			return
		}
	}
	if t.seen != want {
		verdict.differ("%s: want %s, got %s (choices: %s)", t.facts.Ref, sight(want), sight(t.seen), t.said)
		verdict.trace = append(verdict.trace, t.trace...)
	}
}

func sight(seen bool) string {
	if seen {
		return "visible"
	}
	return "hidden"
}
