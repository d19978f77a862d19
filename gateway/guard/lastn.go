package guard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// LastN is the operation $lastn of Observation (FHIR R4, observation-operation-lastn.html): of those that the plan finds
// and the caller sees, the most recent of each code, at most so many of each. Observations that share a coding are
// of one code; those without a coding go by their text.
//
// Error: TooCostly when there are more than can be looked through.
func (r Reading) LastN(ctx context.Context, plan search.Plan, most int) (Disclosed, error) {
	plan.Count, plan.After, plan.Sort = r.g.Limits.Looked, nil, search.ByID
	var f found
	var events []Event
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 's')
		if err != nil {
			return err
		}
		if f, err = j.find(plan); err != nil {
			return err
		}
		events = f.events(j, plan)
		return nil
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	if f.more {
		return Disclosed{}, fhir.Errorf(fhir.TooCostly, "there are more than %d Observations to look through (limit looked): name codes, a category or dates", r.g.Limits.Looked)
	}
	rows, err := latest(f.rows, most)
	if err != nil {
		return Disclosed{}, err
	}
	b := bundle{Type: "searchset", Links: []link{{"self", r.c.Base + "/Observation/$lastn?" + plan.Self}}}
	for _, row := range rows {
		b.Entries = append(b.Entries, entry{FullURL: r.c.Base + "/" + row.version.Ref.String(), Resource: row.body, Mode: "match"})
	}
	return Disclosed{body: b.json()}, nil
}

// dated is an Observation with what it is grouped and sorted by, all of it as the caller sees it.
type dated struct {
	shown
	codes []string
	high  int64 // the end of when it was made; the lowest when it is not known
}

// latest gives the most recent of each code, codes in the order of their most recent.
func latest(rows []shown, most int) ([]shown, error) {
	all := make([]dated, 0, len(rows))
	for _, row := range rows {
		root, err := fhir.Walk(row.body)
		if err != nil {
			return nil, fmt.Errorf("read an Observation: %w", err)
		}
		all = append(all, datedOf(row, root))
	}
	slices.SortStableFunc(all, func(a, b dated) int {
		switch {
		case a.high != b.high && a.high > b.high:
			return -1
		case a.high != b.high:
			return 1
		default:
			return strings.Compare(string(a.version.Ref.ID), string(b.version.Ref.ID))
		}
	})
	group := map[string]int{} // a code's group
	var groups [][]shown
	for _, one := range all {
		at := -1
		for _, code := range one.codes {
			if known, ok := group[code]; ok {
				at = known
				break
			}
		}
		if at < 0 {
			at = len(groups)
			groups = append(groups, nil)
		}
		for _, code := range one.codes {
			if _, ok := group[code]; !ok {
				group[code] = at
			}
		}
		if len(groups[at]) < most {
			groups[at] = append(groups[at], one.shown)
		}
	}
	return slices.Concat(groups...), nil
}

func datedOf(row shown, root fhir.Node) dated {
	d := dated{shown: row, high: -1 << 63}
	for _, e := range search.ExtractTree(row.version.Ref.Type, root) {
		if e.Param == "date" && e.Kind == search.Date {
			d.high = max(d.high, e.High)
		}
	}
	for coding := range root.All("code", "coding") {
		d.codes = append(d.codes, coding.Get("system").Text()+"|"+coding.Get("code").Text())
	}
	if len(d.codes) == 0 {
		d.codes = []string{"text " + root.At("code", "text").Text()}
	}
	return d
}
