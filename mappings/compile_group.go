package mappings

import (
	"slices"
)

// maxGroups is how deep groups stand in groups.
const maxGroups = 12

// named are the rules that have a name.
func (c *compiler) named(name setting) (setting, bool) {
	group, ok := c.groups[name.text]
	if !ok {
		names := make([]string, 0, len(c.groups))
		for known := range c.groups {
			names = append(names, known)
		}
		c.on(name, "there are no rules %q among the groups%s", name.text, hint(name.text, names))
	}
	return group, ok
}

// group compiles rules that stand around one FHIR element, once or for each repeat.
func (c *compiler) group(r setting, at *spot, p *produced, around []step) {
	for _, name := range []string{"as", "value", "default", "ref", "must", "once", "oneway"} {
		if _, ok := r.get(name); ok {
			c.on(r, "a group of rules has no %s: write it on the rules", name)
		}
	}
	outer := c.wholly
	c.wholly = outer || c.entire(r)
	defer func() { c.wholly = outer }()
	path, split := c.text(r, "fhir"), c.text(r, "split")
	if path == "" {
		if _, ok := r.get("each"); ok || split != "" || len(c.conditions(r, "when")) > 0 {
			c.on(r, "a group of rules has the FHIR path that they stand in; only one that goes without each, split and when has not")
			return
		}
		c.rules(r, at, p, c.around(r, around))
		return
	}
	var each *Path
	if v, ok := r.get("each"); ok {
		parsed, ok := c.path(v)
		if !ok {
			return
		}
		parsed = within(parsed, around)
		each = &parsed
		if !parsed.every && split == "" {
			c.on(v, "each goes through repeats: write %s[]", v.text)
		}
		for _, st := range parsed.steps[:max(len(parsed.steps)-1, 0)] {
			if st.index < 0 {
				c.on(v, "a list in a list is a group in a group")
			}
		}
	}
	when := allWithin(c.conditions(r, "when"), around)
	if each != nil {
		around = nil
	} else {
		around = c.around(r, around)
	}
	target := c.reach(at, path, r, each, split, 0)
	if target == nil {
		return
	}
	if len(when) > 0 && target.used {
		c.on(r, "other rules stand in %s already: give the condition to each rule", path)
	}
	target.when, target.used = append(target.when, when...), true
	target.whole = c.wholly
	c.rules(r, target, p, around)
}

// around is the local path that the rules of a group begin from.
func (c *compiler) around(r setting, around []step) []step {
	v, ok := r.get("local")
	if !ok {
		return around
	}
	inner, ok := c.path(v)
	if !ok {
		return around
	}
	return slices.Concat(around, inner.steps)
}

// within is a path of a group from the repeat that stands around the group.
func within(p Path, around []step) Path {
	if len(around) == 0 || p.root || p.up || p.count {
		return p
	}
	for _, st := range slices.Backward(around) {
		p.text = st.name + "[" + itoa(st.index) + "]." + p.text // for comparing, not for reading
	}
	p.steps = slices.Concat(around, p.steps)
	return p
}

// allWithin is within for conditions.
func allWithin(all []condition, around []step) []condition {
	for i := range all {
		all[i].path = within(all[i].path, around)
	}
	return all
}
