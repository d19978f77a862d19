package mappings

import (
	"errors"
	"strings"

	"concord/fhir"
)

// leaf writes the value of one rule, and reports whether it was taken from the record.
func (x *run) leaf(l *leaf, at *cursor) bool {
	if l.way == wayOut || !x.holds(l.when, at) {
		return false
	}
	switch {
	case l.key:
		x.keyed(l, at)
		return false
	case l.ref > 0:
		for i := range x.made {
			if x.made[i].number == l.ref && x.near(&x.made[i], at) {
				x.reference(&x.made[i])
				break
			}
		}
		return false
	case l.json != nil:
		x.out = append(x.out, l.json...)
		x.implied(l, at)
		return len(l.when) > 0
	default:
		return x.move(l, at)
	}
}

// move takes a value from the record.
func (x *run) move(l *leaf, at *cursor) bool {
	n, text := x.text(at, l.local)
	if len(l.joined) > 0 || l.lines {
		return x.join(l, at)
	}
	if text == "" {
		x.out = append(x.out, l.filled...)
		if l.must && l.filled == nil {
			x.refuse(at.node, l.local, fhir.Required, errors.New("it must be there"))
		}
		return false
	}
	start := len(x.out)
	same, err := l.codec.encode(&x.encoding, text)
	if err = x.unrowed(n, l, err); err != nil {
		x.out = x.out[:start]
		x.cannot(n, l, err, at)
		return false
	}
	how := exact
	switch {
	case l.way == wayIn:
		how = oneWay
	case !same || text == l.missing || at.piece == nil && n.Kind() != l.codec.kind && x.tree.typed():
		how = inexact
	}
	if at.worst != nil && len(l.local.steps) == 0 {
		*at.worst = min(*at.worst, how)
	} else {
		x.mark(n, l, how)
	}
	x.implied(l, at)
	return true
}

// join makes one text of several fields, with a space between them, for people to read; or a line of each repeat.
func (x *run) join(l *leaf, at *cursor) bool {
	var all []Node
	add := func(n Node) {
		if n = n.Leaf(); n.Text() != "" {
			all = append(all, n)
		}
	}
	between := " "
	if l.lines {
		between = "\n"
		x.each(at, l.local.steps, add)
	} else {
		for _, p := range append([]Path{l.local}, l.joined...) {
			n, _ := x.text(at, p)
			add(n)
		}
	}
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = n.Text()
	}
	start := len(x.out)
	if len(all) == 0 {
		return false
	}
	if _, err := l.codec.encode(&x.encoding, strings.Join(texts, between)); err != nil {
		x.out = x.out[:start]
		return false
	}
	for _, n := range all {
		x.mark(n, l, oneWay)
	}
	return true
}

// each goes through every node at a path with repeats in it.
func (x *run) each(at *cursor, steps []step, one func(Node)) {
	last := len(steps) - 1
	for last >= 0 && steps[last].index >= 0 {
		last--
	}
	x.repeats(at, steps[:last+1], func(inner *cursor) { one(inner.node.find(steps[last+1:])) })
}

// typed reports whether the format tells numbers from texts.
func (t *Tree) typed() bool { return t.format == JSON || t.format == NDJSON }

// implied marks the fields that the way back writes because the rule's conditions say what they are.
func (x *run) implied(l *leaf, at *cursor) {
	for _, c := range l.when {
		if !c.not && len(c.values) == 1 && l.way == "" {
			n, _ := x.text(at, c.path)
			x.mark(n, l, exact)
		}
	}
}

// keyed writes the key of the resource. The fields that it is made of come back with it.
func (x *run) keyed(l *leaf, at *cursor) {
	start := len(x.out)
	if err := x.string(x.current.key); err != nil {
		x.out = x.out[:start]
		x.refuse(at.node, x.current.p.keys[0].path, fhir.Value, err)
		return
	}
	for _, k := range x.current.p.keys {
		n, text := x.text(at, k.path)
		how := exact
		if k.nhs && len(text) != 10 { // ten digits, since the key was made
			how = inexact
		}
		if n.OK() && x.tree.typed() && n.Kind() != Text {
			how = inexact
		}
		if at.piece == nil && !k.path.count && len(k.others) == 0 && text != "" {
			x.mark(n, l, how)
		}
	}
}

// reference points at a resource of the same record by its id.
func (x *run) reference(m *making) {
	x.raw(`{"reference":"`)
	x.raw(string(m.p.typ))
	x.raw("/")
	x.raw(string(m.id))
	x.raw(`"}`)
}

// near reports whether a resource was made of the same repeat, of one in it, or of what stands around it.
func (x *run) near(m *making, at *cursor) bool {
	return x.inside(m.at.node, at.node) || x.inside(at.node, m.at.node)
}

// inside reports whether a node is another, or stands in it. Parents have smaller numbers, so it ends.
func (x *run) inside(n, outer Node) bool {
	for i := n.i; i >= 0; i = x.tree.nodes[i].parent {
		if i == outer.i {
			return true
		}
	}
	return false
}
