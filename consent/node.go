package consent

import (
	"slices"

	"concord/fhir"
)

// node is a provision of which everything that asks about the request has been answered: what is left asks
// about the data. Nodes of a tree stand in one list, each before what is inside it; next is past its end.
type node struct {
	next    int32
	permit  bool
	untyped bool
	maybe   bool // something about the request could not be interpreted
	oddData bool
	abroad  bool // it speaks only of what comes from another organisation than the viewer's
	counts  bool // permit: it may add to what this viewer sees
	firm    bool // deny: break-glass does not open it
	private bool // permit: it names sharing choices, so that it covers them

	classes    []Code
	oddClass   bool
	codes      []Code
	oddCode    bool
	coded      bool // code criteria were there, whether or not they can be interpreted
	classed    bool
	signs      uint64 // of codes
	dated      bool
	period     Span
	data       bool
	oddRef     bool
	instances  []fhir.Ref
	writers    parties
	custodians parties
	authors    parties
	kept       bool // custodians were named
	written    bool // authors were named
	oddActor   bool
	closures   []*closure // what it reaches by references
	labelled   bool
	oddLabel   bool
	level      Level    // permit: the highest; deny: the lowest; LevelNone: no level is asked for
	topics     []Topics // each of the sensitivities
	marks      []Code   // other labels
}

// sign is a bit that a code is likely to have alone: two sets of codes whose signs do not meet have none in common.
func sign(c *Code) uint64 {
	n := len(c.Code)
	if n == 0 {
		return 1
	}
	h := uint(n) + uint(c.Code[n-1])*7 + uint(c.Code[n/2])*31
	return 1 << (h % 64)
}

func signs(codes []Code) uint64 {
	var all uint64
	for i := range codes {
		all |= sign(&codes[i])
	}
	return all
}

// anyCode reports whether a list of a rule and one of a resource have a code in common.
func anyCode(rule, has []Code) bool {
	for i := range rule {
		for j := range has {
			if rule[i].Code == has[j].Code && (rule[i].System == has[j].System || rule[i].System == anySystem) {
				return true
			}
		}
	}
	return false
}

// match is whether a criterion, or all of them, hold for a resource.
type match uint8

const (
	no match = iota
	maybe
	yes
)

// look is what is judged: a resource, or a part of it as if it stood alone.
type look struct {
	f        *Facts
	typ      fhir.Type
	class    []Code
	codes    []Code
	primary  []Code
	events   []Span
	authored []Span
	sections uint32
	abroad   bool
	signed   bool
	signs    [2]uint64 // of codes and primary
	level    Level     // what the labels amount to, those of members too
	topics   Topics
	own      Topics // of the thing itself, without those of what it gathers
	others   []Code
	members  []*Facts // what it gathers or addresses
	rules    uint64   // the rule set in force
	stale    bool     // labels are not those of the rule set in force
	glass    bool     // asked whether break-glass opens it
}

// sees reports whether the data criteria of the node hold. A permit counts what is uncertain as a failure and a
// deny as a success; which it is, is for the caller to say.
func (n *node) sees(l *look) match {
	if n.abroad && !l.abroad {
		return no
	}
	m := yes
	if n.maybe || n.oddData {
		m = maybe
	}
	if n.classed && !anyCode(n.classes, l.class) {
		if !n.oddClass {
			return no
		}
		m = maybe
	}
	if n.coded && !n.hasCode(l) {
		if !n.oddCode {
			return no
		}
		m = maybe
	}
	if n.dated && !n.inPeriod(l) {
		return no
	}
	if n.data && !n.hasThing(l.f) {
		if !n.oddRef {
			return no
		}
		m = maybe
	}
	if n.labelled {
		switch n.hasLabel(l) {
		case no:
			return no
		case maybe:
			m = maybe
		case yes:
		}
	}
	if (n.kept && !n.custodians.meets(l.f.Custodian)) || (n.written && !n.authors.meets(l.f.Authors)) {
		if !n.oddActor {
			return no
		}
		m = maybe
	}
	return m
}

// hasThing asks for what provision.data names: things, what is reached from them, and what somebody wrote.
func (n *node) hasThing(f *Facts) bool {
	if slices.Contains(n.instances, f.Ref) || n.writers.meets(f.Authors) {
		return true
	}
	for _, c := range n.closures {
		if c.has(f) {
			return true
		}
	}
	return false
}

// hasCode looks for the codes of a deny anywhere, and for those of a permit in the primary code elements only.
func (n *node) hasCode(l *look) bool {
	if !l.signed {
		l.signed, l.signs = true, [2]uint64{signs(l.codes), signs(l.primary)}
	}
	if n.permit {
		return n.signs&l.signs[1] != 0 && anyCode(n.codes, l.primary)
	}
	return n.signs&l.signs[0] != 0 && anyCode(n.codes, l.codes)
}

// inPeriod: a deny covers a thing that any of its times touches, or that has none; a permit one that lies in the
// period with all its times (CONSENT rules section 1, provision.dataPeriod).
func (n *node) inPeriod(l *look) bool {
	if len(l.events)+len(l.authored) == 0 {
		return !n.permit
	}
	for _, spans := range [2][]Span{l.events, l.authored} {
		for _, s := range spans {
			switch {
			case n.permit && !s.within(n.period):
				return false
			case !n.permit && s.meets(n.period):
				return true
			}
		}
	}
	return n.permit
}
