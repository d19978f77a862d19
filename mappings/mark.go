package mappings

// state is what became of one local field on the way to FHIR. A greater one says more.
type state uint8

const (
	untouched state = iota // no rule read it
	failed                 // a rule read it, and could not say it in FHIR
	oneWay                 // it is in FHIR; its rule does not bring it back
	inexact                // it is in FHIR, and comes back in another spelling
	exact                  // it is in FHIR, and comes back as it was
)

// mark is the state of one node, with the rule and the resource that gave it.
type mark struct {
	leaf  *leaf
	by    *making
	state state
}

// mark notes what became of a field. A rule for the field knows better than the key does.
func (x *run) mark(n Node, l *leaf, how state) {
	if n.t == nil {
		return
	}
	m := &x.marks[n.i]
	switch {
	case m.leaf == nil, m.leaf.key && !l.key && how > failed:
	case l.key && !m.leaf.key && m.state > oneWay, m.state >= how:
		return
	}
	*m = mark{l, x.current, how}
	x.journal = append(x.journal, n.i)
}

// fail notes why a field cannot be said.
func (x *run) fail(n Node, l *leaf, why string, at *cursor) {
	if at.worst != nil && len(l.local.steps) == 0 {
		*at.worst = failed
	}
	if n.t == nil {
		return
	}
	x.mark(n, l, failed)
	x.because(n.i, why)
}

// undo takes back the marks since a moment: what they stand for was not written after all.
func (x *run) undo(since int, why string) {
	for _, i := range x.journal[since:] {
		x.marks[i].state = failed
		x.because(i, why)
	}
	x.journal = x.journal[:since]
}

// because notes the reason for a field that cannot be said; the last one holds.
func (x *run) because(i int32, why string) {
	if x.why == nil {
		x.why = map[int32]string{}
	}
	x.why[i] = why
}
