package memory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"concord/fhir/search"
	"concord/gateway/guard"
)

// found is one resource that the caller may see, with the time by which it is sorted for them.
type found struct {
	version *guard.Version
	updated time.Time
}

// Search looks at every resource of the type: what is within reach and matches is put before see, and only then
// are time, order and page looked at.
func (v snapshot) Search(plan search.Plan, reach guard.Reach, see guard.See) (guard.Page, error) {
	s := v.s
	rest, timed := split(plan)
	var all []found
	for _, ref := range s.refs() {
		t := s.things[ref]
		v := t.current()
		if ref.Type != plan.Type || v.Deleted || !s.reaches(reach, t) || !rest.Match(ref, v.Updated, t.index) {
			continue
		}
		seen, err := see(v)
		if err != nil {
			return guard.Page{}, err
		}
		if seen.OK && timed.Match(ref, seen.Updated, t.index) {
			all = append(all, found{v, seen.Updated})
		}
	}
	return page(plan, all), nil
}

// split parts the clauses on _lastUpdated, which go by the time that the caller sees, from all others.
func split(plan search.Plan) (search.Plan, search.Plan) {
	rest, timed := plan, plan
	rest.Where, timed.Where = nil, nil
	for _, c := range plan.Where {
		if c.Param == "_lastUpdated" {
			timed.Where = append(timed.Where, c)
		} else {
			rest.Where = append(rest.Where, c)
		}
	}
	return rest, timed
}

// reaches reports whether one of the persons a thing is about has one of the principals. What is about nobody
// is in everybody's reach.
func (s *Store) reaches(reach guard.Reach, t *thing) bool {
	if reach.All || len(t.people) == 0 {
		return true
	}
	for _, p := range t.people {
		for _, name := range s.state(p).Standing.Principals() {
			if slices.Contains(reach.Principals, name) {
				return true
			}
		}
	}
	return false
}

// page sorts what may be seen and takes the page after the mark.
func page(plan search.Plan, all []found) guard.Page {
	slices.SortFunc(all, func(a, b found) int { return order(plan.Sort, a, b) })
	if plan.After != nil {
		mark := found{&guard.Version{}, plan.After.Updated}
		mark.version.Ref.ID = plan.After.ID
		all = slices.DeleteFunc(all, func(f found) bool { return order(plan.Sort, f, mark) <= 0 })
	}
	var p guard.Page
	for i, f := range all {
		if i == plan.Count {
			p.More = true
			break
		}
		p.Versions = append(p.Versions, f.version)
	}
	return p
}

func order(by search.Sort, a, b found) int {
	ids := strings.Compare(string(a.version.Ref.ID), string(b.version.Ref.ID))
	switch by {
	case search.ByUpdated:
		return cmp.Or(a.updated.Compare(b.updated), ids)
	case search.ByUpdatedDesc:
		return cmp.Or(b.updated.Compare(a.updated), ids)
	default:
		return ids
	}
}
