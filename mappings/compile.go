package mappings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

func itoa(i int) string { return strconv.Itoa(i) }

var ruleFields = []string{"local", "fhir", "as", "value", "default", "ref", "when", "oneway", "must", "once", "whole", "each", "split", "rules"}

// rules compiles the rules of a resource or a group into the spot that they stand in. Around is the local path that
// the paths of the rules begin from, for groups without "each".
func (c *compiler) rules(s setting, at *spot, p *produced, around []step) {
	all, ok := s.get("rules")
	if ok && all.kind == scalar {
		if all, ok = c.named(all); !ok {
			return
		}
	}
	if !ok || all.kind != list {
		c.on(s, "rules is a list of rules, each with local and fhir, or the name of one of the groups")
		return
	}
	if c.depth++; c.depth > maxGroups {
		c.on(s, "groups stand in groups, but none in itself")
	} else {
		for _, r := range all.list {
			if c.only(r, "a rule", ruleFields...) {
				c.rule(r, at, p, around)
			}
		}
	}
	c.depth--
}

// rule compiles one rule. It has one source: a local field, a constant, or another resource.
func (c *compiler) rule(r setting, at *spot, p *produced, around []step) {
	if _, ok := r.get("rules"); ok {
		c.group(r, at, p, around)
		return
	}
	l := &leaf{at: r, when: c.conditions(r, "when"), must: c.flag(r, "must"), missing: c.text(r, "default"), way: way(c.text(r, "oneway"))}
	l.once, l.whole = c.flag(r, "once"), c.wholly || c.entire(r)
	if !slices.Contains([]way{"", wayIn, wayOut}, l.way) {
		c.on(r, "oneway is in, from local to FHIR, or out; without it a rule goes both ways")
	}
	for i, local := range c.texts(r, "local") {
		path, ok := c.path(local)
		switch {
		case !ok:
		case i == 0:
			l.local, l.here = within(path, around), true
		default:
			l.joined = append(l.joined, within(path, around))
		}
	}
	if inner := slices.IndexFunc(l.local.steps, func(st step) bool { return st.index < 0 }); inner >= 0 && inner < len(l.local.steps)-1 {
		l.lines, l.local.every = true, false
	}
	if (len(l.joined) > 0 || l.lines) && (l.way != wayIn || l.local.every) {
		c.on(r, "several fields make one text, which cannot be taken apart again: say oneway: in")
	}
	l.when = allWithin(l.when, around)
	value, constant := r.get("value")
	path := c.text(r, "fhir")
	switch {
	case path == "" && constant && l.here:
		c.localConstant(l, value.text, p)
		return
	case path == "":
		c.on(r, "a rule has a FHIR path in fhir; or local and value, for a field that always says the same")
		return
	}
	if ref := c.text(r, "ref"); ref != "" {
		l.ref = 1 + slices.IndexFunc(c.d.resources, func(o *produced) bool { return o.name == ref })
		if l.ref == 0 {
			c.on(r, "ref names a resource of this definition: there is no %q", ref)
		}
	}
	if count(l.here, constant, l.ref > 0) != 1 {
		c.on(r, "a rule has one of local, value and ref: what the FHIR element is taken from")
		return
	}
	each, split := c.loop(r, l)
	target := c.reach(at, path, r, each, split, l.ref)
	if target == nil {
		return
	}
	if target.whole = l.whole; l.once && target.step.every {
		c.on(r, "once is for one element: a list that is there stays while the record says nothing of it")
	}
	switch {
	case l.ref > 0:
		c.add(target, l)
	case constant:
		c.constantAt(target, l, value)
	default:
		c.moving(target, l, r)
	}
}

// loop is the repeats that a single rule goes through: those of local: given[], or the pieces of a split text.
func (c *compiler) loop(r setting, l *leaf) (*Path, string) {
	split := c.text(r, "split")
	if !l.here || !l.local.every && split == "" {
		return nil, split
	}
	each := l.local
	if split != "" && each.every {
		c.on(r, "a text that is split does not repeat as well: use each, and split inside")
	}
	l.local = Path{text: each.text}
	return &each, split
}

// fixed makes constants of the values by which an entry is known.
func (c *compiler) fixed(s *spot, st fhirStep, where setting) {
	for _, fix := range st.fixed {
		c.constant(s, fix.text, fix.value, where)
	}
}

// constant makes a constant at a path below a spot.
func (c *compiler) constant(s *spot, path, value string, where setting) {
	if target := c.reach(s, path, where, nil, "", 0); target != nil {
		c.constantAt(target, &leaf{at: where}, setting{text: value, line: where.line, col: where.col})
	}
}

// constantAt writes the constant into JSON once, here, so that mapping copies bytes.
func (c *compiler) constantAt(s *spot, l *leaf, value setting) {
	json, err := constantJSON(s.of, value.text)
	if err != nil {
		c.on(value, "%s", err)
		return
	}
	l.text, l.json = value.text, json
	c.add(s, l)
}

// constantJSON is a constant as its type is written. Codes are not checked against their value sets here: the proof on
// generated records does that.
func constantJSON(of fhir.Definition, text string) ([]byte, error) {
	if !of.Primitive() {
		return nil, fmt.Errorf("a constant is of a primitive type, and this is %s: name the element in it", of.Name())
	}
	switch byType[of.Name()] {
	case "boolean":
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("this is true or false")
		}
		return []byte(text), nil
	case "integer", "decimal":
		if plainNumber(text) != text {
			return nil, fmt.Errorf("this is a number")
		}
		return []byte(text), nil
	default:
		if strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("a constant is not empty")
		}
		return appendString(nil, text)
	}
}

// moving compiles a rule that moves a field through its codec. A default must be a text that comes back as itself,
// since on the way back it is known by its value.
func (c *compiler) moving(s *spot, l *leaf, r setting) {
	made, err := newCodec(c.d, c.text(r, "as"), s.of)
	if err != nil {
		where, ok := r.get("as")
		if !ok {
			where, _ = r.get("fhir")
		}
		c.on(where, "%s", err)
		return
	}
	l.codec = made
	if l.missing != "" {
		x := &encoding{id: plainID}
		if exact, err := made.encode(x, l.missing); err != nil || !exact {
			v, _ := r.get("default")
			c.on(v, "the default is a local text that the codec %s takes", made.word)
		}
		l.filled = x.out
	}
	c.add(s, l)
}

// localConstant is a field that always says the same, and has no place in FHIR.
func (c *compiler) localConstant(l *leaf, text string, p *produced) {
	l.text = text
	l.number = len(c.d.leaves)
	c.d.leaves = append(c.d.leaves, l)
	p.says = append(p.says, l)
}

// add gives the rule its number and its spot.
func (c *compiler) add(s *spot, l *leaf) {
	l.element = s.path
	l.number = len(c.d.leaves)
	c.d.leaves = append(c.d.leaves, l)
	s.leaves = append(s.leaves, l)
	s.used = true
}

// count is how many are true.
func count(all ...bool) int {
	n := 0
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}
