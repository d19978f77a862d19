package mappings

import (
	"io/fs"
	"strings"
)

var partFields = []string{"tables", "groups"}

// parts reads tables, and rules that have a name: those of the definition, or those of a file that it includes.
func (c *compiler) parts(s setting, files fs.FS) {
	if tables, ok := s.get("tables"); ok {
		for _, t := range tables.fields {
			if c.d.tables[t.name] != nil {
				c.on(t.setting, "there is a table of the name %q already", t.name)
			}
			c.d.tables[t.name] = readTable(t, files, c.faults)
		}
	}
	if groups, ok := s.get("groups"); ok {
		for _, g := range groups.fields {
			if _, ok := c.groups[g.name]; ok {
				c.on(g.setting, "there are rules of the name %q already", g.name)
			}
			c.groups[g.name] = g.setting
		}
	}
}

// include reads a file beside the definition, with tables and groups that several definitions have in common.
func (c *compiler) include(name setting, files fs.FS) {
	if files == nil {
		c.on(name, "there are no files beside this definition")
		return
	}
	data, err := fs.ReadFile(files, name.text)
	if err != nil {
		c.on(name, "the file %q cannot be read beside the definition", name.text)
		return
	}
	before := len(c.issues)
	c.file = name.text
	root, _ := readYAML(data, c.faults)
	c.file = ""
	for i, issue := range c.issues[before:] {
		if !strings.HasPrefix(issue.Diagnostics, inFile(name.text)) {
			c.issues[before+i].Diagnostics = inFile(name.text) + issue.Diagnostics
		}
	}
	if len(c.issues) == before && c.only(root, "an included file", partFields...) {
		c.parts(root, files)
	}
}
