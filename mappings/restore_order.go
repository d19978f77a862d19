package mappings

// order is how the members of an object stand, or the segments of an HL7 v2 message and its groups. In tables nothing
// is said by it.
func (t *Tree) order() map[string][]string {
	if t.format == CSV || t.format == XLSX {
		return nil
	}
	all, paths := map[string][]string{}, t.paths()
	for i := range t.nodes {
		var names []string
		for c := range (Node{t, int32(i)}).Children() {
			if t.format == HL7v2 && allDigits(c.Name()) {
				break // fields stand in the order of their numbers
			}
			names = append(names, c.Name())
		}
		if len(names) > 1 {
			all[paths[i].path] = names
		}
	}
	return all
}

// arrange puts children into the order that they had; new ones come behind the last of their name, or at the end.
func (d *draft) arrange(names []string) {
	left, still := map[string][]*draft{}, map[string]int{}
	for _, c := range d.children {
		left[c.Name] = append(left[c.Name], c)
	}
	for _, name := range names {
		still[name]++
	}
	ordered := make([]*draft, 0, len(d.children))
	for _, name := range names {
		n := min(1, len(left[name]))
		if still[name]--; still[name] == 0 {
			n = len(left[name])
		}
		ordered, left[name] = append(ordered, left[name][:n]...), left[name][n:]
	}
	for _, c := range d.children {
		if still[c.Name] = len(left[c.Name]); still[c.Name] > 0 && left[c.Name][0] == c {
			ordered, left[c.Name] = append(ordered, c), left[c.Name][1:]
		}
	}
	d.children, d.last = ordered, hinted{}
}
