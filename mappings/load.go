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

var definitionFields = []string{"definition", "version", "title", "format", "source", "zone", "keep", "columns", "for", "occurred", "include", "tables", "groups", "resources"}

// Load reads, compiles and proves a definition. Files is where its tables may have files; it may be nil. The error is a
// *fhir.Error with an issue for every fault, with line and column: an unknown field, a path that FHIR R4 does not have,
// a rule that could not be undone and does not say "oneway", or a made record that did not come back.
func Load(data []byte, files fs.FS) (*Definition, error) {
	var f faults
	root, ok := readYAML(data, &f)
	if !ok {
		return nil, f.err()
	}
	c := &compiler{d: &Definition{tables: map[string]*table{}}, faults: &f, groups: map[string]setting{}}
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
	d      *Definition
	groups map[string]setting // rules that have a name, so that several places can use them
	depth  int                // of groups in groups
	wholly bool               // the resource or a group around says that a record says all of it
}

// definition reads the head of the file. It goes on after a fault, so that all of them are told at once.
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
	c.occurred(s)
	for _, name := range c.texts(s, "include") {
		c.include(name, files)
	}
	c.parts(s, files)
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
			c.wholly = c.entire(p.at)
			c.rules(p.at, p.root, p, nil)
		}
	}
}

// path reads a local path of a setting.
func (c *compiler) path(s setting) (Path, bool) {
	p, err := ParsePath(s.text)
	if err != nil {
		c.on(s, "%s", err)
		return Path{}, false
	}
	return p, true
}

// conditions reads a list of conditions.
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
			for _, other := range k.others {
				add(other)
			}
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
