package mappings

// A record speaks of what it says, and of what it says is not. In HL7 v2 a field that is left out or empty changes nothing,
// and one that holds "" (two quotation marks) takes away what was there (HL7 v2.5.1, 2.5.3, "null"). The field is the unit:
// of one that says anything, the components that it leaves out are not. Records of other formats are whole: what they leave
// out is not.

// partial reports whether leaving out says nothing.
func (x *run) partial() bool { return x.tree.format == HL7v2 }

// says reports whether the record speaks of a field.
func (x *run) says(at *cursor, p Path) bool {
	if p.count {
		return false
	}
	base, steps := at.node, p.steps
	switch {
	case p.root:
		base = x.tree.Root()
	case p.up && at.up != nil:
		base = at.up.node
	}
	last := len(steps) - 1
	switch {
	case len(steps) == 0:
		return base.speaks()
	case base.OK() && isSegment(base):
		last = 0
	default:
		for i, st := range steps[:last] {
			if len(st.name) == segmentName && !allDigits(st.name) {
				last = i + 1
				break
			}
		}
	}
	return base.any(steps[:last+1])
}

// any reports whether something is said at a path; of its last step every repeat counts.
func (n Node) any(steps []step) bool {
	if !n.OK() {
		return false
	}
	st, last := steps[0], len(steps) == 1
	if !last && st.index >= 0 {
		return n.Get(st.name, st.index).any(steps[1:])
	}
	for c := range n.Children() {
		if c.Name() == st.name && (last && c.speaks() || !last && c.any(steps[1:])) {
			return true
		}
	}
	return n.Len() == 0 && n.i > 0 && st.name == "1" && n.speaks() // a leaf is its own first component
}

// speaks reports whether a text stands in the node, or that there is nothing.
func (n Node) speaks() bool {
	if n.Kind() != Group {
		return n.Kind() == Null || n.Text() != ""
	}
	for c := range n.Children() {
		if c.speaks() {
			return true
		}
	}
	return false
}

// asks reports whether the record speaks of what one of the conditions asks for.
func (x *run) asks(all []condition, at *cursor) bool {
	for _, c := range all {
		if x.says(at, c.path) {
			return true
		}
	}
	return false
}

// denies reports whether the record, which has made nothing by the rules of a value, says that there is none. Around are
// the conditions of the groups that the value stands in: constants are said by what they ask for.
func (x *run) denies(s *spot, at *cursor, around []condition) bool {
	for _, l := range s.leaves {
		switch {
		case l.way == wayOut, l.json != nil && len(l.when) == 0 && len(around) == 0: // it stands by what it stands in
		case !x.partial() || l.whole:
			return true
		case l.key || l.ref > 0:
		case l.json != nil:
			if x.asks(l.when, at) || x.asks(around, at) {
				return true
			}
		default:
			if x.takes(l, at) {
				return true
			}
		}
	}
	return false
}

// takes reports whether the record speaks of a field that a rule moves.
func (x *run) takes(l *leaf, at *cursor) bool {
	if l.lines {
		said := false
		x.each(at, l.local.steps, func(n Node) { said = said || n.speaks() })
		return said
	}
	said := x.says(at, l.local)
	for _, p := range l.joined {
		said = said || x.says(at, p)
	}
	return said
}

// deniesAll reports whether the record, which has made no entry of a list by a rule for its repeats, says that there are none.
func (x *run) deniesAll(s *spot, at *cursor) bool {
	switch {
	case !x.partial() || s.whole:
		return true
	case s.each == nil:
		return false // what a record refers to is not all that could be referred to
	case s.split != "":
		return x.says(at, *s.each)
	}
	base, said := at, false
	if s.each.root {
		base = &cursor{up: at, node: x.tree.Root()}
	}
	x.repeats(base, s.each.steps, func(inner *cursor) {
		inner.up = at
		said = said || inner.node.speaks() && (inner.node.Kind() == Null || x.holds(s.when, inner))
	})
	return said
}

// yields reports whether what was made of a value is less than what is there: its rule says "once", or it is the default
// for a field that the record does not speak of.
func (x *run) yields(s *spot, at *cursor) bool {
	for _, l := range s.leaves {
		if l.way == wayOut || !x.holds(l.when, at) {
			continue
		}
		if l.json != nil || l.ref > 0 || l.key {
			return l.once
		}
		if _, text := x.text(at, l.local); text != "" || len(l.joined) > 0 || l.lines {
			return l.once
		}
		if l.filled != nil {
			return l.once || x.partial() && !l.whole && !x.takes(l, at)
		}
	}
	return false
}
