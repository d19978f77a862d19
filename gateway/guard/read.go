package guard

import (
	"context"
	"errors"
	"fmt"

	"concord/consent"
	"concord/fhir"
)

// errAbsent is the answer for what is not there, and for what the caller may not know of: the same bytes.
var errAbsent = fhir.Errorf(fhir.NotFound, "there is no such resource, or none that this token may see")

// errGone is told to those who could see the last version only.
var errGone = fhir.Errorf(fhir.Deleted, "the resource was deleted")

// Resource is the interaction read (FHIR R4, http.html#read). Errors: NotFound, Deleted.
func (r Reading) Resource(ctx context.Context, ref fhir.Ref) (Disclosed, error) {
	if ref.Type == "AuditEvent" {
		if d, err := r.auditEvent(ctx, ref); !errors.Is(err, errAbsent) {
			return d, err
		}
	}
	return r.one(ctx, "read", ref, func(j *judge, current *Version) (shown, bool, error) {
		if current == nil {
			return shown{}, false, nil
		}
		return j.present(current)
	})
}

// Version is the interaction vread (FHIR R4, http.html#vread): one version, when the caller sees one under that id.
func (r Reading) Version(ctx context.Context, ref fhir.Ref, version string) (Disclosed, error) {
	return r.one(ctx, "vread", ref, func(j *judge, current *Version) (shown, bool, error) {
		if current == nil {
			return shown{}, false, nil
		}
		if now, err := j.look(current); err != nil || now.verdict.Sight == consent.Hidden { // no more work than for what is absent
			return shown{}, false, err
		}
		history, err := j.snap.History(ref)
		if err != nil {
			return shown{}, false, fmt.Errorf("read a history: %w", err)
		}
		rows, err := j.rows(current, history)
		if err != nil {
			return shown{}, false, err
		}
		for _, row := range rows {
			if row.version.ID == version {
				return row, true, nil
			}
		}
		return shown{}, false, nil
	})
}

// one answers a question about one resource: look, record, and only then answer. An absent thing is recorded
// and waited for as a hidden one is (section 10 row 29).
func (r Reading) one(ctx context.Context, interaction string, ref fhir.Ref, find func(*judge, *Version) (shown, bool, error)) (Disclosed, error) {
	var answer shown
	var seen bool
	var events []Event
	err := r.g.Store.View(ctx, Want{Refs: []fhir.Ref{ref}}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		current, err := snap.Current(ref)
		if err != nil {
			return fmt.Errorf("read a resource: %w", err)
		}
		if answer, seen, err = find(j, current); err != nil {
			return err
		}
		events, err = j.told(interaction, ref, current, answer, seen)
		return err
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	switch {
	case !seen:
		return Disclosed{}, errAbsent
	case answer.version.Deleted:
		return Disclosed{}, errGone
	}
	return answer.disclosed(), nil
}

// unrecorded is the answer when the trail cannot be written: nothing is disclosed (section 11).
func unrecorded(err error) error {
	return &fhir.Error{
		Kind:   fhir.Transient,
		Issues: []fhir.Issue{{Code: fhir.Transient, Diagnostics: "the access could not be recorded, so nothing is shown: try again"}},
		Err:    fmt.Errorf("append to the trail: %w", err),
	}
}
