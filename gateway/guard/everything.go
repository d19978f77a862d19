package guard

import (
	"context"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// Extent is what of a record is asked for (FHIR R4, patient-operation-everything.html). The zero Extent is all of it.
type Extent struct {
	Types  []fhir.Type // _type
	Since  time.Time   // _since: what was updated at this time or later
	Care   Instants    // start and end: what happened within it, or at no known time
	Count  int         // resources of one page; 0: all
	Cursor string      // _cursor, as the link of the page before has it
	Query  string      // the parameters as they were used, encoded, for the links; without _cursor
}

// takes reports whether a thing is asked for, by what the caller sees of it and by its dates.
func (e Extent) takes(v *Version, updated time.Time) bool {
	if len(e.Types) > 0 && !slices.Contains(e.Types, v.Ref.Type) || updated.Before(e.Since) {
		return false
	}
	if e.Care == (Instants{}) || len(v.Facts.Events) == 0 {
		return true
	}
	return slices.ContainsFunc(v.Facts.Events, func(s consent.Span) bool {
		return (s.From.IsZero() || e.Care.To.IsZero() || !s.From.After(e.Care.To)) && (s.To.IsZero() || !s.To.Before(e.Care.From))
	})
}

// Everything is the operation $everything of one Patient (FHIR R4, patient-operation-everything.html): all of the
// record that the caller may see, the Patient first, then what it refers to in the directory, as a searchset, page by
// page. Errors: NotFound when the Patient is not there or may not be seen, Value for the cursor.
func (r Reading) Everything(ctx context.Context, patient fhir.Ref, of Extent) (Disclosed, error) {
	self := r.c.Base + "/" + patient.String() + "/$everything"
	if of.Query != "" {
		self += "?" + of.Query
	}
	var after []string
	if of.Cursor != "" {
		var err error
		if after, err = r.placeOf(self, of.Cursor, 2); err != nil {
			return Disclosed{}, err
		}
	}
	var g gathering
	var events []Event
	err := r.g.Store.View(ctx, Want{Refs: []fhir.Ref{patient}}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		g = gathering{j: j, of: of, people: map[consent.Person][]fhir.Ref{}, withheld: map[consent.Person][]fhir.Ref{}}
		if err := g.gather(patient); err != nil {
			return err
		}
		events, err = g.events(patient)
		return err
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	if !g.found {
		return Disclosed{}, errAbsent
	}
	return r.everythingPage(self, of, g.rest(after)), nil
}

func (r Reading) everythingPage(self string, of Extent, rows []gathered) Disclosed {
	b := bundle{Type: "searchset", Links: []link{{"self", self}}}
	if of.Count > 0 && len(rows) > of.Count {
		rows = rows[:of.Count]
		last := rows[of.Count-1]
		b.Links = append(b.Links, link{"next", paged(self, r.placeAfter(self, last.rank, last.version.Ref.String()))})
	}
	for _, row := range rows {
		b.Entries = append(b.Entries, entry{FullURL: r.c.Base + "/" + row.version.Ref.String(), Resource: row.body, Mode: row.mode})
	}
	return Disclosed{body: b.json()}
}
