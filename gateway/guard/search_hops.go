package guard

import (
	"fmt"
	"math"
	"slices"

	"concord/fhir"
	"concord/fhir/search"
)

// A chain, a reverse chain and an include lead from one resource to another. What lies at the other end is judged
// as if it had been asked for alone, so a search through what a caller may not see finds what a search through
// nothing finds (CONSENT rules section 10 rows 8 and 9). A type that the token has no scope for is refused by the
// shape of the query.

func chainTooWide(most int) error {
	return fhir.Errorf(fhir.TooCostly, "the chained parameter fits more than %d resources (limit reached): make it say more", most)
}

func includeTooWide(most int) error {
	return fhir.Errorf(fhir.TooCostly, "more than %d resources would come with this page (limit included): ask for a smaller page, or include less", most)
}

// resolve answers the chains of a plan, its lists and its value sets, innermost first, so that what is left asks of one resource at a time.
func (j *judge) resolve(plan search.Plan, f *found) (search.Plan, error) {
	plan.Where = slices.Clone(plan.Where)
	for i, c := range plan.Where {
		if lists := c.Lists(); lists != nil {
			ids, err := j.listed(lists, plan.Type, f)
			if err != nil {
				return plan, err
			}
			plan.Where[i] = c.WithIDs(ids)
			continue
		}
		resolved, err := j.resolveClause(c, f)
		if err != nil {
			return plan, err
		}
		plan.Where[i] = resolved
	}
	return plan, nil
}

func (j *judge) resolveClause(c search.Clause, f *found) (search.Clause, error) {
	if len(c.Or) > 0 {
		c.Or = slices.Clone(c.Or)
		for i := range c.Or {
			var err error
			if c.Or[i], err = j.resolveClause(c.Or[i], f); err != nil {
				return c, err
			}
		}
		return c, nil
	}
	if sets := c.ValueSets(); sets != nil {
		codes, err := j.codesIn(sets)
		return c.WithCodes(codes), err
	}
	inner := c.Inner()
	if len(inner) == 0 {
		return c, nil
	}
	var targets []fhir.Ref
	known := map[fhir.Ref]bool{}
	for _, plan := range inner {
		if !j.letterAllowed(plan.Type) {
			return c, fhir.Errorf(fhir.Forbidden, "the token's scopes do not allow a search through %s: it needs %s.s", plan.Type, plan.Type)
		}
		found, err := j.reached(c, plan, f)
		if err != nil {
			return c, err
		}
		for _, ref := range found {
			if !known[ref] {
				known[ref] = true
				targets = append(targets, ref)
			}
		}
	}
	return c.WithTargets(targets), nil
}

// reached are the references that one plan of a chain leads to.
func (j *judge) reached(c search.Clause, plan search.Plan, f *found) ([]fhir.Ref, error) {
	plan, err := j.resolve(plan, f)
	if err != nil || slices.ContainsFunc(plan.Where, findsNothing) {
		return nil, err
	}
	plan.Count = math.MaxInt32
	var refs []fhir.Ref
	n := 0
	_, err = j.snap.Search(loosened(plan), j.reach(), func(v *Version) (Seen, error) {
		seen, err := j.candidate(v, plan, f)
		if err != nil || !seen.OK {
			return Seen{}, err
		}
		if n++; n > j.g.Limits.Reached {
			return Seen{}, chainTooWide(j.g.Limits.Reached)
		}
		if c.Has == nil {
			refs = append(refs, v.Ref)
			return Seen{}, nil // nothing is to be kept for a page
		}
		if seen.Index == nil {
			s, err := j.look(v)
			if err != nil {
				return Seen{}, err
			}
			if seen.Index, err = entriesOf(v, s); err != nil {
				return Seen{}, err
			}
		}
		refs = append(refs, c.Referred(seen.Index)...)
		return Seen{}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("search through a chain: %w", err)
	}
	return refs, nil
}

// findsNothing reports whether a clause has nothing that it could find, as a chain that leads nowhere.
func findsNothing(c search.Clause) bool {
	return len(c.Any) == 0 && len(c.Or) == 0 && len(c.Chain) == 0 && c.Has == nil
}

// include adds what comes with the rows of a page: each once, and none that is a row.
func (j *judge) include(plan search.Plan, f *found) error {
	if len(plan.Include) == 0 {
		return nil
	}
	for _, inc := range plan.Include {
		for _, t := range []fhir.Type{inc.Source, inc.Target} {
			if t != "" && !j.letterAllowed(t) {
				return fhir.Errorf(fhir.Forbidden, "the token's scopes do not allow to include %s: it needs %s.s", t, t)
			}
		}
	}
	known := map[fhir.Ref]bool{}
	for _, row := range f.rows {
		known[row.version.Ref] = true
	}
	for from, round := f.rows, 0; len(from) > 0 && round < j.g.Limits.Rounds; round++ {
		var brought []shown
		for _, inc := range plan.Include {
			if round > 0 && !inc.Iterate {
				continue
			}
			some, err := j.bring(inc, from, known, f)
			if err != nil {
				return err
			}
			brought = append(brought, some...)
			if len(f.included)+len(brought) > j.g.Limits.Included {
				return includeTooWide(j.g.Limits.Included)
			}
		}
		f.included = append(f.included, brought...)
		from = brought
	}
	for _, row := range f.included {
		if err := j.belongsTo(row, f); err != nil {
			return err
		}
	}
	return nil
}

// bring gives what one include leads to from some rows and is not known yet.
func (j *judge) bring(inc search.Include, from []shown, known map[fhir.Ref]bool, f *found) ([]shown, error) {
	var brought []shown
	add := func(v *Version) error {
		if v == nil || v.Deleted || known[v.Ref] || !j.letterAllowed(v.Ref.Type) {
			return nil
		}
		s, ok, err := j.present(v)
		if err != nil {
			return err
		}
		if ok {
			known[v.Ref] = true
			brought = append(brought, s)
		}
		return nil
	}
	var refs []fhir.Ref
	for _, row := range from {
		refs = append(refs, row.version.Ref)
		if inc.Rev {
			continue
		}
		root, err := fhir.Walk(row.body)
		if err != nil {
			return nil, fmt.Errorf("read a row: %w", err)
		}
		for _, ref := range inc.Refs(row.version.Ref.Type, search.ExtractTree(row.version.Ref.Type, root)) {
			v, err := j.snap.Current(ref)
			if err != nil {
				return nil, fmt.Errorf("read what is included: %w", err)
			}
			if err := add(v); err != nil {
				return nil, err
			}
		}
	}
	for _, plan := range inc.Plans(refs) {
		if !j.letterAllowed(plan.Type) {
			continue
		}
		plan.Count = j.g.Limits.Included + 1
		page, err := j.snap.Search(loosened(plan), j.reach(), func(v *Version) (Seen, error) { return j.candidate(v, plan, f) })
		if err != nil {
			return nil, fmt.Errorf("search what refers here: %w", err)
		}
		for _, v := range page.Versions {
			if err := add(v); err != nil {
				return nil, err
			}
		}
	}
	return brought, nil
}
