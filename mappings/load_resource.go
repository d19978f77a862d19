package mappings

import (
	"slices"
	"strings"

	"concord/fhir"
)

var resourceFields = []string{"name", "type", "profile", "key", "identifier", "each", "when", "once", "whole", "rules"}

// head reads all of a resource but its rules.
func (c *compiler) head(s setting) *produced {
	p := &produced{at: s, name: c.text(s, "name"), system: c.text(s, "identifier")}
	if !c.only(s, "a resource", resourceFields...) {
		return p
	}
	if !nameForm.MatchString(strings.ToLower(p.name)) {
		c.on(s, "a resource has a name of letters, digits and hyphens")
	}
	if slices.ContainsFunc(c.d.resources, func(o *produced) bool { return o.name == p.name }) {
		c.on(s, "there is a resource of the name %q already", p.name)
	}
	if p.system == "" {
		p.system = c.d.systemOf(p.name)
	}
	typ := c.text(s, "type")
	steps, err := parseFHIRPath(typ)
	if err != nil || len(steps) != 1 || steps[0].every || !fhir.KnownType(fhir.Type(steps[0].name)) {
		v, _ := s.get("type")
		c.on(v, "type is a resource type of R4, with fixed values where there are several: Observation[code.coding.code=8302-2]")
		return p
	}
	p.typ, p.step = fhir.Type(steps[0].name), steps[0]
	of, _ := fhir.DefinitionOf(steps[0].name)
	p.root = &spot{of: of, path: steps[0].name + steps[0].where()}
	for _, k := range c.texts(s, "key") {
		var made key
		k.text, made.nhs = strings.CutSuffix(k.text, " as nhs")
		if c.keyField(k, &made) {
			p.keys = append(p.keys, made)
		}
	}
	if len(p.keys) == 0 {
		c.on(s, "key lists the fields that make the id: the same record sent again updates, and never duplicates")
	}
	if each, ok := s.get("each"); ok {
		if path, ok := c.path(each); ok {
			if p.each = &path; !path.every {
				c.on(each, "each goes through repeats: write %s[]", path.text)
			}
		}
	}
	p.when, p.once = c.conditions(s, "when"), c.flag(s, "once")
	profiles := c.texts(s, "profile")
	for i, profile := range profiles {
		c.constant(p.root, "meta.profile["+itoa(i)+"]", profile.text, profile)
	}
	c.fixed(p.root, p.step, s)
	c.keyed(p, of)
	return p
}

// keyField reads one field of a key, with what stands in for it: "AL1-3.1 else AL1-3.2 else none".
func (c *compiler) keyField(s setting, k *key) bool {
	all := strings.Split(s.text, " else ")
	if n := len(all) - 1; n > 0 && all[n] == "none" {
		all, k.none = all[:n], true
	}
	for i, text := range all {
		s.text = text
		path, ok := c.path(s)
		switch {
		case !ok:
			return false
		case i == 0:
			k.path = path
		default:
			k.others = append(k.others, path)
		}
	}
	return true
}

// keyed makes the key an identifier, by which it comes back, where the type has a list of them.
func (c *compiler) keyed(p *produced, of fhir.Definition) {
	if e, ok := of.Element("identifier"); !ok || !e.Repeated {
		return
	}
	path := "identifier[system='" + p.system + "'].value"
	if value := c.reach(p.root, path, p.at, nil, "", 0); value != nil {
		c.add(value, &leaf{at: p.at, key: true})
	}
}
