package guard

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// Changes is the interactions history-type and history-system (FHIR R4, http.html#history): the versions of every
// resource of the type, or of any type when it is empty, that the caller sees, newest commit first, page by page.
//
// Each version is judged by its own content and by that of the current one, look-alikes stand as one, and deletions
// are told to those who could see what was there (CONSENT rules section 10 row 11). Error: Value for the cursor.
func (r Reading) Changes(ctx context.Context, t fhir.Type, past Past) (Disclosed, error) {
	at, interaction := "", "history-system"
	if t != "" {
		at, interaction = "/"+string(t), "history-type"
	}
	self := r.historyAddress(at, past)
	of := Stretch{Type: t, Since: past.Since}
	if past.Cursor != "" {
		words, err := r.placeOf(self, past.Cursor, 2)
		if err != nil {
			return Disclosed{}, err
		}
		of.After, _ = fhir.ParseRef(words[0])
		of.AfterID = words[1]
	}
	var w walk
	var events []Event
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 's')
		if err != nil {
			return err
		}
		w = walk{j: j, past: past, rows: map[fhir.Ref][]shown{}, withheld: map[consent.Person][]fhir.Ref{}, people: map[consent.Person][]fhir.Ref{}}
		if err := snap.Changes(of, j.reach(), w.see); err != nil {
			return fmt.Errorf("read changes: %w", err)
		}
		events, err = w.events(interaction, fhir.Ref{Type: t}, past.Query)
		return err
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	return r.historyPage(self, past, w.page, time.Time{}), nil
}

// walk is a history of many resources under way.
type walk struct {
	j        *judge
	past     Past
	rows     map[fhir.Ref][]shown // of each resource that was met; nil: the caller sees nothing of it
	page     []pastRow            // with one more than the page holds, when there is more
	people   map[consent.Person][]fhir.Ref
	withheld map[consent.Person][]fhir.Ref
}

// see takes a version onto the page when the caller sees it under its own id. It wants more until the page is full.
func (w *walk) see(v *Version) (bool, error) {
	rows, met := w.rows[v.Ref]
	if !met && w.j.letterAllowed(v.Ref.Type) {
		var err error
		var current *Version
		if rows, current, err = w.j.past(v.Ref); err != nil {
			return false, err
		}
		if len(rows) == 0 {
			w.hide(current)
		}
	}
	w.rows[v.Ref] = rows
	i := slices.IndexFunc(rows, func(s shown) bool { return s.version.ID == v.ID })
	if i < 0 || !w.past.holds(v.Updated, endOf(rows, i)) {
		return true, nil
	}
	w.page = append(w.page, pastRow{rows[i], i == len(rows)-1})
	return w.past.Count == 0 || len(w.page) <= w.past.Count, nil
}

// hide notes for the trail what a person's rules kept from the caller.
func (w *walk) hide(current *Version) {
	s, err := w.j.decide(current.Facts)
	if err == nil && s.person != "" && len(w.withheld[s.person]) < refsKept {
		w.withheld[s.person] = append(w.withheld[s.person], current.Ref)
	}
}

// events are one for each person whose things are on the page, one for each from whom things were withheld, and one
// about nobody when neither was the case (section 11).
func (w *walk) events(interaction string, of fhir.Ref, query string) ([]Event, error) {
	base := w.j.event(interaction, 'E')
	base.Ref, base.Query = of, query
	for _, row := range w.page {
		for _, patient := range row.version.Facts.About {
			p, err := w.j.person(patient)
			if err != nil {
				return nil, err
			}
			if refs := w.people[p]; len(refs) < refsKept && !slices.Contains(refs, row.version.Ref) {
				w.people[p] = append(refs, row.version.Ref)
			}
		}
	}
	return w.j.perPeople(base, w.people, w.withheld), nil
}

// perPeople repeats an event for each person of whom things were shown, and each from whom things were withheld.
func (j *judge) perPeople(base Event, people, withheld map[consent.Person][]fhir.Ref) []Event {
	var events []Event
	add := func(e Event, p consent.Person, refs []fhir.Ref) {
		e.ID, e.Person, e.Refs, e.Standing = eventID(e.At), p, refs, j.epoch(p)
		events = append(events, e)
	}
	for _, p := range slices.Sorted(maps.Keys(people)) {
		e := base
		e.Permit, e.Count = true, len(people[p])
		add(e, p, people[p])
	}
	for _, p := range slices.Sorted(maps.Keys(withheld)) {
		e := base
		e.Withheld, e.Step = len(withheld[p]), j.hiddenBy(p)
		add(e, p, withheld[p])
	}
	if events == nil {
		base.Permit = true
		events = append(events, base)
	}
	return events
}

// historyAddress is the address of a history without its cursor.
func (r Reading) historyAddress(of string, past Past) string {
	self := r.c.Base + of + "/_history"
	if past.Query != "" {
		self += "?" + past.Query
	}
	return self
}

// historyPage lays a page out: the rows that it holds, and where the next begins.
func (r Reading) historyPage(self string, past Past, rows []pastRow, modified time.Time) Disclosed {
	b := bundle{Type: "history", Links: []link{{"self", self}}}
	if past.Count > 0 && len(rows) > past.Count {
		rows = rows[:past.Count]
		last := rows[past.Count-1].version
		b.Links = append(b.Links, link{"next", paged(self, r.placeAfter(self, last.Ref.String(), last.ID))})
	}
	for _, row := range rows {
		e := entry{FullURL: r.c.Base + "/" + row.version.Ref.String(), Resource: row.body}
		when := instant(row.version.Updated)
		switch {
		case row.version.Deleted:
			e.Request, e.Response = request{"DELETE", row.version.Ref.String()}, response{"204", when, row.etag()}
		case row.first:
			e.Request, e.Response = request{"POST", string(row.version.Ref.Type)}, response{"201", when, row.etag()}
		default:
			e.Request, e.Response = request{"PUT", row.version.Ref.String()}, response{"200", when, row.etag()}
		}
		b.Entries = append(b.Entries, e)
	}
	return Disclosed{body: b.json(), modified: modified}
}
