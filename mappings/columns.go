package mappings

import "slices"

// NeededColumns are the columns of a table without which no row can be taken: those of keys, and those that must be there,
// of what is made of every row. A table without one of them is another table, or has it under another name.
func (d *Definition) NeededColumns() []string {
	var all []string
	need := func(p Path) {
		if len(p.steps) > 0 && !p.count && !slices.Contains(all, p.steps[0].name) {
			all = append(all, p.steps[0].name)
		}
	}
	for _, p := range d.resources {
		if p.each != nil || len(p.when) > 0 {
			continue
		}
		for _, k := range p.keys {
			if !k.none && len(k.others) == 0 {
				need(k.path)
			}
		}
		p.root.needed(need)
	}
	return all
}

// needed goes through the rules that hold for every record.
func (s *spot) needed(need func(Path)) {
	if len(s.when) > 0 || s.each != nil || s.split != "" {
		return
	}
	for _, l := range s.leaves {
		if l.must && len(l.when) == 0 && l.filled == nil {
			need(l.local)
		}
	}
	for _, m := range s.members {
		for _, inner := range m.spots {
			inner.needed(need)
		}
	}
}

// RepeatsColumn reports whether the definition tells several columns of one name apart, or takes all of them.
func (d *Definition) RepeatsColumn(name string) bool {
	found := false
	look := func(p *Path) {
		found = found || p != nil && len(p.steps) > 0 && p.steps[0].name == name && p.steps[0].listed
	}
	for _, l := range d.leaves {
		look(&l.local)
	}
	for _, p := range d.resources {
		look(p.each)
		p.root.loops(look)
	}
	return found
}

// loops goes through the repeats that rules stand in.
func (s *spot) loops(look func(*Path)) {
	look(s.each)
	for _, m := range s.members {
		for _, inner := range m.spots {
			inner.loops(look)
		}
	}
}
