package guard

import (
	"context"
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// EverythingOfAll is the operation $everything of the type Patient (FHIR R4, patient-operation-everything.html): of every
// Patient that the caller may see what Everything gives, in the order of their ids, page by page. No page looks at
// more Patients than it may hold resources, so one may be short and yet have a next. Error: Value for the cursor.
func (r Reading) EverythingOfAll(ctx context.Context, of Extent) (Disclosed, error) {
	self := r.c.Base + "/Patient/$everything"
	if of.Query != "" {
		self += "?" + of.Query
	}
	var after []string
	if of.Cursor != "" {
		var err error
		if after, err = r.placeOf(self, of.Cursor, 3); err != nil {
			return Disclosed{}, err
		}
	}
	var p procession
	var events []Event
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 's')
		if err != nil {
			return err
		}
		p = procession{of: of, known: map[fhir.Ref]bool{}}
		if p.reading, err = j.as(consent.Access, 'r'); err != nil {
			return err
		}
		err = p.pass(j, after)
		events = p.events
		return err
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	b := bundle{Type: "searchset", Links: []link{{"self", self}}}
	for _, row := range p.rows {
		b.Entries = append(b.Entries, entry{FullURL: r.c.Base + "/" + row.version.Ref.String(), Resource: row.body, Mode: row.mode})
	}
	if p.next != nil {
		b.Links = append(b.Links, link{"next", paged(self, r.placeAfter(self, p.next...))})
	}
	return Disclosed{body: b.json()}, nil
}

// procession is one page of many records, one after another.
type procession struct {
	of      Extent
	reading *judge // decides on what is shown
	known   map[fhir.Ref]bool
	rows    []gathered
	next    []string // the Patient, rank and reference after which the next page begins
	events  []Event
}

// afterAll is a rank after all that a record has.
const afterAll = "9"

// pass goes from where the page before ended. j decides which Patients there are.
func (p *procession) pass(j *judge, after []string) error {
	plan := search.Plan{Type: "Patient", Count: p.of.Count}
	if after != nil {
		of := fhir.Ref{Type: "Patient", ID: fhir.ID(after[0])}
		if err := p.take(of, after[1:]); err != nil || p.next != nil {
			return err
		}
		mark := plan.Mark(of, j.viewers[0].Time, nil)
		plan.After = &mark
	}
	f, err := j.find(plan)
	if err != nil {
		return err
	}
	p.events = append(p.events, p.reading.perPeople(p.reading.event("everything", 'E'), nil, f.withheld)...)
	for _, row := range f.rows {
		if err := p.take(row.version.Ref, nil); err != nil || p.next != nil {
			return err
		}
	}
	if f.more && len(f.rows) > 0 {
		p.next = []string{string(f.rows[len(f.rows)-1].version.Ref.ID), afterAll, ""}
	}
	return nil
}

// take adds one record, as far as there is room: each thing once, also when it is about several people.
func (p *procession) take(patient fhir.Ref, after []string) error {
	g := gathering{j: p.reading, of: p.of, people: map[consent.Person][]fhir.Ref{}, withheld: map[consent.Person][]fhir.Ref{}}
	if err := g.gather(patient); err != nil {
		return err
	}
	rows := slices.DeleteFunc(g.rest(after), func(row gathered) bool { return p.known[row.version.Ref] })
	if room := p.of.Count - len(p.rows); len(rows) > room {
		rows = rows[:room]
		p.next = []string{string(patient.ID), "", ""} // none of it fits: from its beginning
		if room > 0 {
			p.next[1], p.next[2] = rows[room-1].rank, rows[room-1].version.Ref.String()
		} else if after != nil {
			p.next[1], p.next[2] = after[0], after[1]
		}
	}
	for _, row := range rows {
		p.known[row.version.Ref] = true
	}
	g.rows = rows // the rest is not shown
	p.rows = append(p.rows, rows...)
	events, err := g.events(patient)
	if err != nil {
		return fmt.Errorf("record what is shown: %w", err)
	}
	p.events = append(p.events, events...)
	return nil
}
