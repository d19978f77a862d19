package guard

import (
	"context"
	"fmt"

	"concord/consent"
	"concord/fhir"
)

// History is the interaction history-instance (FHIR R4, http.html#history): the versions that the caller sees, newest
// first, as a Bundle. Errors: NotFound when there is none that the caller may know of.
func (r Reading) History(ctx context.Context, ref fhir.Ref) (Disclosed, error) {
	var rows []shown
	var events []Event
	err := r.g.Store.View(ctx, Want{Refs: []fhir.Ref{ref}}, func(snap Snapshot) error {
		j, err := r.g.judge(r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		history, err := snap.History(ref)
		if err != nil {
			return fmt.Errorf("read a history: %w", err)
		}
		var current *Version
		var first shown
		rows = nil
		if len(history) > 0 {
			current = history[0]
			if rows, err = j.rows(current, history); err != nil {
				return err
			}
		}
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
		return Disclosed{}, absent
	}
	self := r.c.Base + "/" + ref.String()
	b := bundle{Type: "history", Links: []link{{"self", self + "/_history"}}}
	for i, row := range rows {
		e := entry{FullURL: self, Resource: row.body}
		switch {
		case row.version.Deleted:
			e.Request, e.Response = request{"DELETE", ref.String()}, response{"204", instant(row.version.Updated), row.etag()}
		case i == len(rows)-1:
			e.Request, e.Response = request{"POST", string(ref.Type)}, response{"201", instant(row.version.Updated), row.etag()}
		default:
			e.Request, e.Response = request{"PUT", ref.String()}, response{"200", instant(row.version.Updated), row.etag()}
		}
		b.Entries = append(b.Entries, e)
	}
	return Disclosed{body: b.json(), modified: rows[0].version.Updated}, nil
}
