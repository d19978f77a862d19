package guard

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// Search is the interaction search-type (FHIR R4, http.html#search): what matches and may be seen, as a Bundle, page by
// page. What may be seen is decided before sort, count and limit (CONSENT rules section 10 rows 3 to 7).
// Errors: Invalid and NotSupported for the query itself.
func (r Reading) Search(ctx context.Context, q Query) (Disclosed, error) {
	values := maps.Clone(q.Values)
	cursor := values["_cursor"]
	delete(values, "_cursor")
	plan, warnings, err := search.Parse(q.Type, values, r.c.Base, q.Strict)
	if err != nil {
		return Disclosed{}, err
	}
	if len(cursor) > 0 {
		if plan.After, err = r.mark(plan.Self, cursor[0]); err != nil {
			return Disclosed{}, err
		}
	}
	if q.Type == "AuditEvent" && r.c.class() != consent.Operator {
		return r.searchAuditEvents(ctx, plan, warnings)
	}
	var f found
	var events []Event
	err = r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
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
	return Disclosed{body: r.searchset(plan, warnings, f).json()}, nil
}

// found is one page of a search for one caller, and what the trail must know of it.
type found struct {
	rows     []shown
	more     bool
	people   map[consent.Person][]fhir.Ref // whose things are on the page
	withheld map[consent.Person][]fhir.Ref // what was not, at most refsKept
	count    map[consent.Person]int        // how many were not
	rules    map[consent.Person][]string
}

// find runs a plan.
func (j *judge) find(plan search.Plan) (found, error) {
	f := found{
		people: map[consent.Person][]fhir.Ref{}, withheld: map[consent.Person][]fhir.Ref{},
		count: map[consent.Person]int{}, rules: map[consent.Person][]string{},
	}
	timed := plan.Sort != search.ByID || slices.ContainsFunc(plan.Where, func(c search.Clause) bool { return c.Param == "_lastUpdated" })
	page, err := j.snap.Search(loosened(plan), j.reach(), func(v *Version) (Seen, error) { return j.candidate(v, plan, timed, &f) })
	if err != nil {
		return found{}, fmt.Errorf("search: %w", err)
	}
	f.more = page.More
	for _, v := range page.Versions {
		s, ok, err := j.present(v)
		if err != nil {
			return found{}, err
		}
		if !ok {
			return found{}, fmt.Errorf("show a page: a row that could be seen cannot be shown")
		}
		f.rows = append(f.rows, s)
		people, err := j.peopleOf(v.Facts)
		if err != nil {
			return found{}, err
		}
		for _, p := range people {
			if len(f.people[p]) < refsKept {
				f.people[p] = append(f.people[p], v.Ref)
			}
		}
	}
	return f, nil
}

// refsKept bounds the references that one event of the trail holds.
const refsKept = 500

// reach bounds a search by what the caller is.
func (j *judge) reach() Reach {
	if j.operator() {
		return Reach{All: true}
	}
	return Reach{Principals: j.viewers[0].Principals()}
}

// candidate is asked of every row that the store finds. Where something is cut for this caller, or the query
// asks for what is not there, the query is asked again of what the caller sees: a masked element is not
// searchable (section 10 row 7), and is missing to them.
func (j *judge) candidate(v *Version, plan search.Plan, timed bool, f *found) (Seen, error) {
	s, err := j.look(v)
	if err != nil {
		return Seen{}, err
	}
	if s.verdict.Sight == consent.Hidden {
		if s.person != "" {
			f.hide(s.person, v.Ref, j.decidedBy(s.person, s.verdict.Why))
		}
		return Seen{}, nil
	}
	if s.own || slices.ContainsFunc(plan.Where, negative) {
		body, err := render(v, s)
		if err != nil {
			return Seen{}, err
		}
		seen, err := fhir.Walk(body)
		if err != nil {
			return Seen{}, fmt.Errorf("read a cut resource: %w", err)
		}
		untimed := plan
		untimed.Where = slices.DeleteFunc(slices.Clone(plan.Where), func(c search.Clause) bool { return c.Param == "_lastUpdated" })
		if !untimed.Match(v.Ref, v.Updated, search.ExtractTree(v.Ref.Type, seen)) {
			return Seen{}, nil
		}
	}
	if !timed {
		return Seen{OK: true}, nil
	}
	shown, ok, err := j.present(v)
	if err != nil || !ok {
		return Seen{}, err
	}
	return Seen{OK: true, Updated: shown.version.Updated}, nil
}

// hide notes that a thing of a person's was withheld, and by which rules.
func (f *found) hide(p consent.Person, ref fhir.Ref, rules []string) {
	f.count[p]++
	if f.count[p] > refsKept {
		return
	}
	f.withheld[p] = append(f.withheld[p], ref)
	for _, rule := range rules {
		if !slices.Contains(f.rules[p], rule) {
			f.rules[p] = append(f.rules[p], rule)
		}
	}
}

// loosened is the plan that the store is asked: without the clauses that ask for what is not there, since what
// is hidden must count as not there; candidate asks those.
func loosened(plan search.Plan) search.Plan {
	plan.Where = slices.DeleteFunc(slices.Clone(plan.Where), negative)
	return plan
}

// negative reports whether a clause asks for the absence of something.
func negative(c search.Clause) bool {
	if c.Modifier == "not" {
		return true
	}
	if c.Modifier == "missing" {
		return slices.ContainsFunc(c.Any, func(v search.Value) bool { return v.Missing })
	}
	return c.Kind == search.Date && slices.ContainsFunc(c.Any, func(v search.Value) bool { return v.Prefix == "ne" }) && c.Param != "_lastUpdated"
}

// searchset lays the page out (FHIR R4, search.html#return).
func (r Reading) searchset(plan search.Plan, warnings []fhir.Issue, f found) bundle {
	b := bundle{Type: "searchset", Links: []link{{"self", selfLink(r.c.Base, plan)}}}
	if f.more {
		last := f.rows[len(f.rows)-1].version
		next := r.cursor(plan.Self, search.Mark{Updated: last.Updated, ID: last.Ref.ID})
		b.Links = append(b.Links, link{"next", nextLink(r.c.Base, plan, next)})
	}
	for _, row := range f.rows {
		b.Entries = append(b.Entries, entry{FullURL: r.c.Base + "/" + row.version.Ref.String(), Resource: row.body, Mode: "match"})
	}
	return b.warn(warnings)
}

func selfLink(base string, plan search.Plan) string {
	self := base + "/" + string(plan.Type)
	if plan.Self != "" {
		self += "?" + plan.Self
	}
	return self
}

func nextLink(base string, plan search.Plan, cursor string) string {
	sep := "?"
	if plan.Self != "" {
		sep = "&"
	}
	return selfLink(base, plan) + sep + "_cursor=" + url.QueryEscape(cursor)
}

// warn adds what was left out of the query, as an OperationOutcome entry (FHIR R4, search.html#errors).
func (b bundle) warn(warnings []fhir.Issue) bundle {
	if len(warnings) > 0 {
		b.Entries = append(b.Entries, entry{Resource: (&fhir.Error{Kind: fhir.NotSupported, Issues: warnings}).Outcome(), Mode: "outcome"})
	}
	return b
}

// events are one for each person whose things were returned, one for each from whom things were withheld, and
// one about nobody when neither was the case (section 11).
func (f found) events(j *judge, plan search.Plan) []Event {
	base := j.event("search-type", 'E')
	base.Query, base.Ref = plan.Self, fhir.Ref{Type: plan.Type}
	var events []Event
	for _, p := range slices.Sorted(maps.Keys(f.people)) {
		e := base
		e.ID, e.Person, e.Permit = eventID(e.At), p, true
		e.Count, e.Refs = len(f.people[p]), f.people[p]
		events = append(events, e)
	}
	for _, p := range slices.Sorted(maps.Keys(f.withheld)) {
		e := base
		e.ID, e.Person, e.Withheld, e.Refs = eventID(e.At), p, f.count[p], f.withheld[p]
		e.Rules = f.rules[p]
		events = append(events, e)
	}
	if events == nil {
		base.Permit = true
		events = append(events, base)
	}
	return events
}
