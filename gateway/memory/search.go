package memory

import (
	"slices"

	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// found is one resource that the caller may see, with where it stands for them.
type found struct {
	version *guard.Version
	mark    search.Mark
}

// Search looks at every resource of the type: what is within reach and matches is put before see, and only then
// are time, order and page looked at.
func (v snapshot) Search(plan search.Plan, reach guard.Reach, see guard.See) (guard.Page, error) {
	s := v.s
	rest, timed := split(plan)
	var all []found
	for _, ref := range s.refsOf(plan.Type) {
		t := s.things[ref]
		v := t.current()
		if v.Deleted || !s.reaches(reach, t) || !rest.Match(ref, v.Updated, t.index) {
			continue
		}
		seen, err := see(v)
		if err != nil {
			return guard.Page{}, err
		}
		if seen.OK && timed.Match(ref, seen.Updated, t.index) {
			index := t.index
			if seen.Index != nil {
				index = seen.Index
			}
			all = append(all, found{v, plan.Mark(ref, seen.Updated, index)})
		}
	}
	return page(plan, all), nil
}

// refsOf are the references of one type in their order, in which see is asked.
func (s *Store) refsOf(t fhir.Type) []fhir.Ref {
	var refs []fhir.Ref
	for ref := range s.things {
		if ref.Type == t {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, byName)
	return refs
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
	slices.SortFunc(all, func(a, b found) int { return plan.Compare(a.mark, b.mark) })
	if plan.After != nil {
		all = slices.DeleteFunc(all, func(f found) bool { return plan.Compare(f.mark, *plan.After) <= 0 })
	}
	var p guard.Page
	for i, f := range all {
		if i == plan.Count {
			p.More = true
			break
		}
		p.Versions, p.Marks = append(p.Versions, f.version), append(p.Marks, f.mark)
	}
	return p
}
