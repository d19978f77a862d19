package mappings

import (
	"slices"
	"strings"

	"concord/fhir"
)

// Records sorts resources into those of one record each, for FromFHIR, in the order in which the records first appear.
// Resources with the same key of the record belong together; what has another key, such as the person of many
// referrals, comes with every record that points at it, and what points at a record comes with it. What belongs to no
// record is in none.
func (d *Definition) Records(resources []*fhir.Resource) [][]*fhir.Resource {
	main := d.recordKey()
	by := map[fhir.Ref]*fhir.Resource{}
	keyed := map[*fhir.Resource]string{}
	members := map[string][]*fhir.Resource{}
	var order []string
	join := func(key string, r *fhir.Resource) {
		if d.kind(r) != nil && !slices.Contains(members[key], r) {
			members[key] = append(members[key], r)
		}
	}
	for _, r := range resources {
		by[r.Ref()] = r
		key, ok := d.keyAmong(r, main)
		if !ok {
			continue
		}
		if members[key] == nil {
			order = append(order, key)
		}
		keyed[r] = key
		members[key] = append(members[key], r)
	}
	for _, r := range resources {
		for ref := range references(r.Root()) {
			other := by[ref]
			if other == nil {
				continue
			}
			key, mine := keyed[r]
			theirs, ok := keyed[other]
			switch {
			case mine && !ok:
				join(key, other)
			case !mine && ok:
				join(theirs, r)
			}
		}
	}
	all := make([][]*fhir.Resource, 0, len(order))
	for _, key := range order {
		all = append(all, members[key])
	}
	return all
}

// recordKey are the fields that most of what a record makes once has as its key.
func (d *Definition) recordKey() []string {
	count := map[string]int{}
	best := ""
	for _, p := range d.resources {
		if p.each != nil {
			continue
		}
		id := strings.Join(p.paths(), "\x00")
		if count[id]++; count[id] > count[best] {
			best = id
		}
	}
	return strings.Split(best, "\x00")
}

// paths are the paths of the key, from the root.
func (p *produced) paths() []string {
	all := make([]string, len(p.keys))
	for i, k := range p.keys {
		all[i] = strings.TrimPrefix(k.path.text, "/")
		if p.each != nil && !k.path.root {
			all[i] = "" // a field of the repeat
		}
	}
	return all
}

// kind is the part of the definition that makes such a resource, or nil.
func (d *Definition) kind(r *fhir.Resource) *produced {
	b := &back{d: d}
	for _, p := range d.resources {
		if r.Type() == p.typ && b.is(p, r) {
			return p
		}
	}
	return nil
}

// keyAmong is the key of the record that a resource is of, if its own key has all fields of that.
func (d *Definition) keyAmong(r *fhir.Resource, main []string) (string, bool) {
	p := d.kind(r)
	if p == nil {
		return "", false
	}
	key, paths := keyOf(p, r), p.paths()
	parts, _, ok := splitKey(key, len(p.keys))
	if !ok || key == "" {
		return "", false
	}
	of := make([]string, len(main))
	for i, path := range main {
		at := slices.Index(paths, path)
		if at < 0 {
			return "", false
		}
		of[i] = parts[at]
	}
	return strings.Join(of, "\x00"), true
}
