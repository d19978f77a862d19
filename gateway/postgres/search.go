package postgres

import (
	"cmp"
	"slices"
	"strings"
	"time"

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
	if plan.After != nil && plan.Sort == search.ByID {
		after = string(plan.After.ID)
	}
	if err := v.candidates(f.rest, reach, after, f.look); err != nil {
		return guard.Page{}, trouble("search", err)
	}
	page, err := f.page()
	return page, trouble("search", err)
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

// found is one resource that the caller may see, with the time by which it is sorted for them.
type found struct {
	id      fhir.ID
	place   place
	updated time.Time
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
	all, err := f.load(some)
	if err != nil {
		return false, err
	}
	for _, held := range all {
		if err := f.v.ctx.Err(); err != nil {
			return false, err
		}
		version := held.version
		seen, err := f.see(version)
		if err != nil {
			return false, err
		}
		if !seen.OK || !f.timed.Match(version.Ref, seen.Updated, held.index) {
			continue
		}
		f.all = append(f.all, found{version.Ref.ID, held.place, seen.Updated})
		if f.plan.Sort == search.ByID && len(f.all) > f.plan.Count {
			return false, nil
		}
	}
	return true, nil
}

// load reads candidates, leaves out those that do not match, and fetches what see will ask about the others.
func (f *finding) load(some []candidate) ([]*stored, error) {
	places := make([]place, 0, len(some))
	for _, c := range some {
		places = append(places, c.place)
	}
	all, err := f.v.load(places)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(held *stored) bool {
		return !f.rest.Match(held.version.Ref, held.version.Updated, held.index)
	})
	versions := make([]*guard.Version, 0, len(all))
	for _, held := range all {
		versions = append(versions, held.version)
	}
	return all, f.v.prepare(versions)
}

// page sorts what was found and takes the page after the mark.
func (f *finding) page() (guard.Page, error) {
	slices.SortFunc(f.all, func(a, b found) int { return order(f.plan.Sort, a, b) })
	if after := f.plan.After; after != nil {
		mark := found{id: after.ID, updated: after.Updated}
		f.all = slices.DeleteFunc(f.all, func(a found) bool { return order(f.plan.Sort, a, mark) <= 0 })
	}
	var p guard.Page
	var places []place
	for i, one := range f.all {
		if i == f.plan.Count {
			p.More = true
			break
		}
		places = append(places, one.place)
	}
	held, err := f.v.load(places)
	if err != nil {
		return guard.Page{}, err
	}
	for _, one := range held {
		p.Versions = append(p.Versions, one.version)
	}
	return p, nil
}

// order compares by the sort, then by id, so that no two are equal and a mark says exactly where to go on.
func order(by search.Sort, a, b found) int {
	ids := strings.Compare(string(a.id), string(b.id))
	switch by {
	case search.ByUpdated:
		return cmp.Or(a.updated.Compare(b.updated), ids)
	case search.ByUpdatedDesc:
		return cmp.Or(b.updated.Compare(a.updated), ids)
	default:
		return ids
	}
}
