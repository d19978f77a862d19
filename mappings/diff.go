package mappings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Change is one way in which two versions of a definition differ.
type Change struct {
	Rule string // what it is about: a resource, a rule by its FHIR path, or a row of a table
	From string // empty when it is new
	To   string // empty when it is gone
}

// Diff says how a definition differs from an older version of it, in the order of the older one and then of the
// newer: what each rule was and is, and what each row of a table was and is.
func (d *Definition) Diff(old *Definition) []Change {
	before, after := old.outline(), d.outline()
	var all []Change
	find := func(in []Change, rule string) int {
		return slices.IndexFunc(in, func(c Change) bool { return c.Rule == rule })
	}
	for _, was := range before {
		to := ""
		if i := find(after, was.Rule); i >= 0 {
			to = after[i].To
		}
		if was.To != to {
			all = append(all, Change{was.Rule, was.To, to})
		}
	}
	for _, is := range after {
		if find(before, is.Rule) < 0 {
			all = append(all, is)
		}
	}
	return all
}

// outline is each rule in one line, by a name that stays when it changes.
func (d *Definition) outline() []Change {
	all := []Change{{"definition", "", fmt.Sprint(d.Name, " ", d.Format, " ", d.Source, " keep ", d.Keep)}}
	for _, p := range d.resources {
		line := fmt.Sprint(p.typ, " ", p.system, " key")
		line += " " + strings.Join(p.paths(), " ")
		if p.each != nil {
			line += " each " + p.each.text
		}
		if p.once {
			line += " once"
		}
		all = append(all, Change{"resource " + p.name, "", line})
	}
	seen := map[string]int{}
	for _, l := range d.leaves {
		name := cmp.Or(l.element, "constant") + " from " + cmp.Or(l.local.text, "constant")
		seen[name]++
		if n := seen[name]; n > 1 {
			name += " " + itoa(n)
		}
		line := l.codec.word + l.text
		if len(l.when) > 0 {
			line += fmt.Sprint(" when ", l.when)
		}
		if l.once {
			line += " once"
		}
		if l.whole {
			line += " whole"
		}
		all = append(all, Change{name, "", fmt.Sprint(cmp.Or(line, "as it is"), " ", l.way, " ", l.missing)})
	}
	for _, name := range sortedKeys(d.tables) {
		t := d.tables[name]
		all = append(all, Change{"table " + name, "", fmt.Sprint(t.system, " unmapped ", t.unmapped, t.stand)})
		for _, c := range t.rows {
			all = append(all, Change{"table " + name + " row " + c.text, "", fmt.Sprint(c.system, " ", c.code, " ", c.display)})
		}
	}
	return all
}

// sortedKeys are the names of the tables: maps have no order, and a diff should.
func sortedKeys(tables map[string]*table) []string {
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
