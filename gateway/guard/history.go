package guard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// Past is what of a history is asked for (FHIR R4, http.html#history). The zero Past is all of it at once.
type Past struct {
	Since  time.Time // _since: versions made at this time or later
	At     Instants  // _at: versions that were current at some time within it
	Count  int       // entries of one page; 0: all
	Cursor string    // _cursor, as the link of the page before has it
	Query  string    // the parameters as they were used, encoded, for the links; without _cursor
}

// Instants is a stretch of time with both ends. The zero Instants is no restriction.
type Instants struct{ From, To time.Time }

// holds reports whether a version that was current from one time until another (zero: still) is asked for.
func (p Past) holds(from, until time.Time) bool {
	if from.Before(p.Since) {
		return false
	}
	return p.At == Instants{} || !from.After(p.At.To) && (until.IsZero() || until.After(p.At.From))
}

// History is the interaction history-instance (FHIR R4, http.html#history): the versions that the caller sees, newest
// first, as a Bundle. Errors: NotFound when there is none that the caller may know of, Value for the cursor.
func (r Reading) History(ctx context.Context, ref fhir.Ref, past Past) (Disclosed, error) {
	self := r.historyAddress("/"+ref.String(), past)
	after := ""
	if past.Cursor != "" {
		words, err := r.placeOf(self, past.Cursor, 2)
		if err != nil {
			return Disclosed{}, err
		}
		after = words[1]
	}
	var rows []shown
	var events []Event
	err := r.g.Store.View(ctx, Want{Refs: []fhir.Ref{ref}}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		var current *Version
		if rows, current, err = j.past(ref); err != nil {
			return err
		}
		var first shown
		if len(rows) > 0 {
			first = rows[0]
		}
		events, err = j.told("history-instance", ref, current, first, len(rows) > 0)
		return err
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	if len(rows) == 0 {
		return Disclosed{}, errAbsent
	}
	return r.historyPage(self, past, pastOf(rows, past, after), rows[0].version.Updated), nil
}

// pastRow is one row of a history with what its entry says of how it came to be.
type pastRow struct {
	shown
	first bool // the oldest that the caller sees: it was created
}

// pastOf are the rows that are asked for, of those of one resource, after the version that the page before ended with.
func pastOf(rows []shown, past Past, after string) []pastRow {
	from := 0
	if after != "" {
		from = slices.IndexFunc(rows, func(s shown) bool { return s.version.ID == after }) + 1
		if from == 0 {
			return nil
		}
	}
	var page []pastRow
	for i := from; i < len(rows); i++ {
		if past.holds(rows[i].version.Updated, endOf(rows, i)) {
			page = append(page, pastRow{rows[i], i == len(rows)-1})
		}
	}
	return page
}

// endOf is when a row stopped being current; zero for the newest.
func endOf(rows []shown, i int) time.Time {
	if i == 0 {
		return time.Time{}
	}
	return rows[i-1].version.Updated
}

// past are the rows of one resource as the caller sees them, newest first, and its current version. That something
// was deleted is told only to a token with a scope for what was there.
func (j *judge) past(ref fhir.Ref) ([]shown, *Version, error) {
	history, err := j.snap.History(ref)
	if err != nil {
		return nil, nil, fmt.Errorf("read a history: %w", err)
	}
	if len(history) == 0 {
		return nil, nil, nil
	}
	rows, err := j.rows(history[0], history)
	if err != nil || j.operator() {
		return rows, history[0], err
	}
	kept := rows[:0:0]
	for _, row := range rows {
		if row.version.Deleted {
			last := slices.IndexFunc(history, func(v *Version) bool { return v.ID == row.version.ID })
			for last < len(history) && history[last].Deleted {
				last++
			}
			if last == len(history) {
				continue
			}
			ok, err := j.scoped(history[last], j.letter)
			if err != nil {
				return nil, nil, err
			}
			if !ok {
				continue
			}
		}
		kept = append(kept, row)
	}
	return kept, history[0], nil
}
