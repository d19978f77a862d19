package sqlite

import (
	"slices"

	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// Search finds candidates by the index tables, matches them, asks see, and only then looks at time, order and page.
// By id it stops when the page is full; by time it has to see everything first, since the time is the caller's.
func (v *snapshot) Search(plan search.Plan, reach guard.Reach, see guard.See) (guard.Page, error) {
	f := &finding{v: v, plan: plan, see: see}
	f.rest, f.timed = split(plan)
	after := ""
	if plan.After != nil && inOrderOfID(plan) {
		after = string(plan.After.ID)
	}
	if err := v.candidates(f.rest, reach, after, f.look); err != nil {
		return guard.Page{}, wrap("search", err)
	}
	page, err := f.page()
	return page, wrap("search", err)
}

// finding is a search under way.
type finding struct {
	v     *snapshot
	plan  search.Plan
	rest  search.Plan // the clauses on all but _lastUpdated
	timed search.Plan // those on _lastUpdated, which go by the time that the caller sees
	see   guard.See
	all   []found
}

// found is one resource that the caller may see, with where it stands for them.
type found struct {
	id       fhir.ID
	position int64
	mark     search.Mark
}

// split parts the clauses on _lastUpdated from all others: they go by the time that the caller sees.
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

// look decides the candidates; false means that the page is full, with one more to know that there is more.
func (f *finding) look(some []candidate) (bool, error) {
	var ahead []*stored
	for i, c := range some {
		if err := f.v.ctx.Err(); err != nil {
			return false, err
		}
		if i%readAhead == 0 {
			var err error
			if ahead, err = f.ahead(some[i:min(i+readAhead, len(some))]); err != nil {
				return false, err
			}
		}
		held := ahead[i%readAhead]
		version := held.version
		index, err := held.entries()
		if err != nil {
			return false, err
		}
		if !f.rest.Match(version.Ref, version.Updated, index) {
			continue
		}
		seen, err := f.see(version)
		if err != nil {
			return false, err
		}
		if !seen.OK || !f.timed.Match(version.Ref, seen.Updated, index) {
			continue
		}
		if seen.Index != nil {
			index = seen.Index
		}
		f.all = append(f.all, found{version.Ref.ID, c.position, f.plan.Mark(version.Ref, seen.Updated, index)})
		if inOrderOfID(f.plan) && len(f.all) > f.plan.Count {
			return false, nil
		}
	}
	return true, nil
}

// readAhead is how many candidates are read together.
const readAhead = 32

func (f *finding) ahead(some []candidate) ([]*stored, error) {
	positions := make([]int64, 0, len(some))
	for _, c := range some {
		positions = append(positions, c.position)
	}
	held, err := f.v.loadSome(positions)
	if err == nil && slices.Contains(held, nil) {
		err = errGone
	}
	return held, err
}

// page sorts what was found and takes the page after the mark.
func (f *finding) page() (guard.Page, error) {
	slices.SortFunc(f.all, func(a, b found) int { return f.plan.Compare(a.mark, b.mark) })
	if after := f.plan.After; after != nil {
		f.all = slices.DeleteFunc(f.all, func(a found) bool { return f.plan.Compare(a.mark, *after) <= 0 })
	}
	var p guard.Page
	for i, one := range f.all {
		if i == f.plan.Count {
			p.More = true
			break
		}
		held, err := f.v.load(one.position)
		if err != nil {
			return guard.Page{}, err
		}
		p.Versions, p.Marks = append(p.Versions, held.version), append(p.Marks, one.mark)
	}
	return p, nil
}

// inOrderOfID reports whether the plan's order is that of the ids, in which things are walked, so that a full page is enough.
func inOrderOfID(plan search.Plan) bool { return plan.Sort == search.ByID && len(plan.Order) == 0 }
