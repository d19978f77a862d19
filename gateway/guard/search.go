package guard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
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
	plan, warnings, err := r.Parse(q.Type, values, q.Strict)
	if err != nil {
		return Disclosed{}, err
	}
	if q.Within != (fhir.Ref{}) {
		var ok bool
		if plan, ok = plan.In(q.Within); !ok {
			return Disclosed{}, fhir.Errorf(fhir.NotSupported, "there is no %s compartment, or nothing of type %s in it", q.Within.Type, q.Type)
		}
	}
	if len(cursor) > 0 {
		if plan.After, err = r.mark(selfLink("", plan), cursor[0]); err != nil {
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
		if f, err = j.answer(plan); err != nil {
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
	bundle, err := r.searchset(plan, warnings, f)
	if err != nil {
		return Disclosed{}, err
	}
	return Disclosed{body: bundle.json()}, nil
}

// answer is a whole search: what its chains lead to, the page, and what comes with it.
func (j *judge) answer(plan search.Plan) (found, error) {
	f, err := j.find(plan)
	if err != nil || plan.Summary == search.SummaryCount {
		return f, err
	}
	return f, j.include(plan, &f)
}

// found is one page of a search for one caller, and what the trail must know of it.
type found struct {
	rows     []shown
	marks    []search.Mark
	more     bool
	total    int                           // of all that may be seen; only where the plan wants it
	included []shown                       // what comes with the rows
	people   map[consent.Person][]fhir.Ref // whose things are on the page
	withheld map[consent.Person][]fhir.Ref // what was not, at most refsKept
	count    map[consent.Person]int        // how many were not
	rules    map[consent.Person][]string
}

func newFound() found {
	return found{
		people: map[consent.Person][]fhir.Ref{}, withheld: map[consent.Person][]fhir.Ref{},
		count: map[consent.Person]int{}, rules: map[consent.Person][]string{},
	}
}

// find runs a plan: one page of what matches and may be seen.
func (j *judge) find(plan search.Plan) (found, error) {
	f := newFound()
	if err := j.findInto(plan, &f); err != nil {
		return found{}, err
	}
	for _, row := range f.rows {
		if err := j.belongsTo(row, &f); err != nil {
			return found{}, err
		}
	}
	return f, nil
}

// findInto finds the rows. A search of several types asks for each and puts the rows together.
func (j *judge) findInto(plan search.Plan, f *found) error {
	if plan.Type == "" {
		return j.findInTypes(plan, f)
	}
	resolved, err := j.resolve(plan, f)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(resolved.Where, findsNothing) {
		return nil
	}
	asked := loosened(resolved)
	whole := plan.Total == search.TotalAccurate || plan.Summary == search.SummaryCount
	if whole { // the number of all of them is wanted: all have to be looked at
		asked.Count, asked.After = math.MaxInt32, nil
	}
	page, err := j.snap.Search(asked, j.reach(), func(v *Version) (Seen, error) { return j.candidate(v, resolved, f) })
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	f.more, f.total = page.More, len(page.Versions)
	for i, v := range page.Versions {
		if plan.Summary == search.SummaryCount {
			break
		}
		if whole && plan.After != nil && plan.Compare(page.Marks[i], *plan.After) <= 0 {
			continue
		}
		if len(f.rows) == plan.Count {
			f.more = true
			break
		}
		s, ok, err := j.present(v)
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("show a page: a row that could be seen cannot be shown")
		}
		f.rows, f.marks = append(f.rows, s), append(f.marks, page.Marks[i])
	}
	return nil
}

// findInTypes is a search of several types: those that are named, or all that the token has a scope for.
func (j *judge) findInTypes(plan search.Plan, f *found) error {
	types := plan.Types
	if len(types) == 0 {
		types = fhir.Types()
	}
	for _, t := range plan.Types {
		if !j.letterAllowed(t) {
			return fhir.Errorf(fhir.Forbidden, "the token's scopes do not allow a search of %s: it needs %s.s", t, t)
		}
	}
	var rows []shown
	var marks []search.Mark
	for _, t := range types {
		if !j.letterAllowed(t) {
			continue
		}
		one, part := plan, newFound()
		one.Type, one.Types = t, nil
		if err := j.findInto(one, &part); err != nil {
			return err
		}
		rows, marks = append(rows, part.rows...), append(marks, part.marks...)
		f.more, f.total = f.more || part.more, f.total+part.total
		f.merge(part)
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return plan.Compare(marks[a], marks[b]) })
	for _, i := range order[:min(len(order), plan.Count)] {
		f.rows, f.marks = append(f.rows, rows[i]), append(f.marks, marks[i])
	}
	f.more = f.more || len(order) > plan.Count
	return nil
}

// merge adds what a part of a search withheld.
func (f *found) merge(part found) {
	for p, refs := range part.withheld {
		f.withheld[p] = append(f.withheld[p], refs[:min(len(refs), refsKept-min(refsKept, len(f.withheld[p])))]...)
		f.count[p] += part.count[p]
		f.rules[p] = append(f.rules[p], part.rules[p]...)
	}
}

// belongsTo notes whose thing a row is.
func (j *judge) belongsTo(row shown, f *found) error {
	people, err := j.peopleOf(row.version.Facts)
	if err != nil {
		return err
	}
	for _, p := range people {
		if len(f.people[p]) < refsKept {
			f.people[p] = append(f.people[p], row.version.Ref)
		}
	}
	return nil
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
// searchable (section 10 row 7), is missing to them, and does not put the row in its place.
func (j *judge) candidate(v *Version, plan search.Plan, f *found) (Seen, error) {
	if err := j.ctx.Err(); err != nil {
		return Seen{}, err
	}
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
	seen := Seen{OK: true}
	if s.own || slices.ContainsFunc(plan.Where, search.Clause.Negative) {
		if seen.Index, err = entriesOf(v, s); err != nil {
			return Seen{}, err
		}
		untimed := plan
		untimed.Where = slices.DeleteFunc(slices.Clone(plan.Where), onUpdated)
		if !untimed.Match(v.Ref, v.Updated, seen.Index) {
			return Seen{}, nil
		}
	}
	if !slices.ContainsFunc(plan.Where, onUpdated) && !slices.ContainsFunc(plan.Order, func(k search.Key) bool { return k.Param == "_lastUpdated" }) {
		return seen, nil
	}
	shown, ok, err := j.present(v)
	if err != nil || !ok {
		return Seen{}, err
	}
	seen.Updated = shown.version.Updated
	return seen, nil
}

// onUpdated reports whether a clause goes by the time that the caller sees, which the store compares.
func onUpdated(c search.Clause) bool { return c.Param == "_lastUpdated" }

// entriesOf are the index entries of what a caller sees of a version.
func entriesOf(v *Version, s sight) ([]search.Entry, error) {
	body, err := render(v, s)
	if err != nil {
		return nil, err
	}
	root, err := fhir.Walk(body)
	if err != nil {
		return nil, fmt.Errorf("read a cut resource: %w", err)
	}
	entries := search.ExtractTree(v.Ref.Type, root)
	if entries == nil {
		entries = []search.Entry{} // none, which is not the same as those that are stored
	}
	return entries, nil
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
	plan.Where = slices.DeleteFunc(slices.Clone(plan.Where), func(c search.Clause) bool { return c.Negative() && !onUpdated(c) })
	return plan
}

// searchset lays the page out (FHIR R4, search.html#return).
func (r Reading) searchset(plan search.Plan, warnings []fhir.Issue, f found) (bundle, error) {
	b := bundle{Type: "searchset", Links: []link{{"self", selfLink(r.c.Base, plan)}}}
	if plan.Total == search.TotalAccurate || plan.Summary == search.SummaryCount {
		b.Total = &f.total
	}
	if f.more && len(f.rows) > 0 {
		b.Links = append(b.Links, link{"next", nextLink(r.c.Base, plan, r.cursor(selfLink("", plan), f.marks[len(f.rows)-1]))})
	}
	if err := r.entries(&b, plan, f.rows, "match"); err != nil {
		return bundle{}, err
	}
	if err := r.entries(&b, plan, f.included, "include"); err != nil {
		return bundle{}, err
	}
	return b.warn(warnings), nil
}

// entries adds rows to a Bundle, as much of each as the query wants (FHIR R4, search.html#summary).
func (r Reading) entries(b *bundle, plan search.Plan, rows []shown, mode string) error {
	for _, row := range rows {
		body := row.body
		if plan.Summary != "" || len(plan.Elements) > 0 {
			root, err := fhir.Walk(body)
			if err != nil {
				return fmt.Errorf("read a row: %w", err)
			}
			body = plan.Summarise(root)
		}
		b.Entries = append(b.Entries, entry{FullURL: r.c.Base + "/" + row.version.Ref.String(), Resource: body, Mode: mode})
	}
	return nil
}

// selfLink is the address of the query as it was used.
func selfLink(base string, plan search.Plan) string {
	self := base
	if plan.Within != (fhir.Ref{}) {
		self += "/" + plan.Within.String()
	}
	if plan.Type != "" {
		self += "/" + string(plan.Type)
	}
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
		e.ID, e.Person, e.Permit, e.Standing = eventID(e.At), p, true, j.epoch(p)
		e.Count, e.Refs = len(f.people[p]), f.people[p]
		events = append(events, e)
	}
	for _, p := range slices.Sorted(maps.Keys(f.withheld)) {
		e := base
		e.ID, e.Person, e.Withheld, e.Refs, e.Standing = eventID(e.At), p, f.count[p], f.withheld[p], j.epoch(p)
		e.Rules, e.Step = f.rules[p], j.hiddenBy(p)
		events = append(events, e)
	}
	if events == nil {
		base.Permit = true
		events = append(events, base)
	}
	return events
}
