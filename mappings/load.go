package mappings

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"concord/fhir"
)

var (
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	versionForm = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)
)

var formats = []string{CSV, XLSX, JSON, NDJSON, HL7v2}

var definitionFields = []string{"definition", "version", "title", "format", "source", "zone", "keep", "columns", "for", "tables", "resources"}

// Load reads, compiles and proves a definition. Files is where its tables may have files; it may be nil. The error is a
// *fhir.Error with an issue for every fault, with line and column: an unknown field, a path that FHIR R4 does not have,
// a rule that could not be undone and does not say "oneway", or a made record that did not come back.
func Load(data []byte, files fs.FS) (*Definition, error) {
	var f faults
	root, ok := readYAML(data, &f)
	if !ok {
		return nil, f.err()
	}
	c := &compiler{d: &Definition{tables: map[string]*table{}}, faults: &f}
	c.definition(root, files)
	if err := f.err(); err != nil {
		return nil, err
	}
	c.laws()
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := c.d.proveQuickly(); err != nil {
		return nil, err
	}
	return c.d, nil
}

// compiler turns settings into a Definition.
type compiler struct {
	*faults
	d *Definition
}

func (c *compiler) definition(s setting, files fs.FS) {
	if !c.only(s, "a definition", definitionFields...) {
		return
	}
	d := c.d
	d.Name, d.Version, d.Title = c.text(s, "definition"), c.text(s, "version"), c.text(s, "title")
	d.Format, d.Source, d.Keep = c.text(s, "format"), strings.TrimSuffix(c.text(s, "source"), "/"), c.flag(s, "keep")
	if !nameForm.MatchString(d.Name) {
		c.on(s, "definition is its name: small letters, digits and hyphens")
	}
	if !versionForm.MatchString(d.Version) {
		c.on(s, "version has three numbers, such as 1.0.0")
	}
	if !slices.Contains(formats, d.Format) {
		c.on(s, "format is one of %s", strings.Join(formats, ", "))
	}
	if !strings.Contains(d.Source, ":") {
		c.on(s, "source is the address under which the keys of the local system stand, such as https://example.org/ids")
	}
	if zone := c.text(s, "zone"); zone != "" {
		at, err := time.LoadLocation(zone)
		if err != nil || zone == "Local" {
			v, _ := s.get("zone")
			c.on(v, "zone is a name of the IANA database, such as Europe/London")
		}
		d.zone = at
	}
	d.takes = c.conditions(s, "for")
	for _, column := range c.texts(s, "columns") {
		d.columns = append(d.columns, column.text)
	}
	if tables, ok := s.get("tables"); ok {
		for _, t := range tables.fields {
			d.tables[t.name] = readTable(t, files, c.faults)
		}
	}
	c.resources(s)
	if len(d.columns) == 0 && (d.Format == CSV || d.Format == XLSX) {
		d.columns = d.named()
	}
}

// resources reads what a record makes: first each resource's head, since rules may point at later ones.
func (c *compiler) resources(s setting) {
	all, ok := s.get("resources")
	if !ok || all.kind != list || len(all.list) == 0 {
		c.on(s, "resources is the list of what a record makes")
		return
	}
	for _, r := range all.list {
		c.d.resources = append(c.d.resources, c.head(r))
	}
	for _, p := range c.d.resources {
		if p.root != nil {
			c.rules(p.at, p.root, p, nil)
		}
	}
}

var resourceFields = []string{"name", "type", "profile", "key", "identifier", "each", "when", "rules"}

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
		if path, ok := c.path(k); ok {
			made.path = path
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
	p.when = c.conditions(s, "when")
	profiles := c.texts(s, "profile")
	for i, profile := range profiles {
		c.constant(p.root, "meta.profile["+itoa(i)+"]", profile.text, profile)
	}
	c.fixed(p.root, p.step, s)
	c.keyed(p, of)
	return p
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

func (c *compiler) path(s setting) (Path, bool) {
	p, err := ParsePath(s.text)
	if err != nil {
		c.on(s, "%s", err)
		return Path{}, false
	}
	return p, true
}

func (c *compiler) conditions(s setting, name string) []condition {
	var all []condition
	for _, v := range c.texts(s, name) {
		cond, err := parseCondition(v.text)
		if err != nil {
			c.on(v, "%s", err)
			continue
		}
		all = append(all, cond)
	}
	return all
}

// named are the columns that rules name, in their order.
func (d *Definition) named() []string {
	var all []string
	add := func(p Path) {
		if len(p.steps) > 0 && !slices.Contains(all, p.steps[0].name) {
			all = append(all, p.steps[0].name)
		}
	}
	for _, p := range d.resources {
		for _, k := range p.keys {
			add(k.path)
		}
	}
	for _, l := range d.leaves {
		add(l.local)
		for _, cond := range l.when {
			add(cond.path)
		}
	}
	return all
}

// issuesOf gives the issues of an error of ours.
func issuesOf(err error) []fhir.Issue {
	if e, ok := errors.AsType[*fhir.Error](err); ok {
		return e.Issues
	}
	return nil
}
