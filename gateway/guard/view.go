package guard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"concord/consent"
	"concord/fhir"
)

// View is a whole person in one answer, laid out by the use case from what the caller may see. The finished
// bytes are kept, under a key and with a list of all that they rest on, so that a choice costs the cache nothing
// and no view outlives one (CONSENT rules section 10 row 20).
//
// A person named by Patient reference of whom the caller may see nothing is NotFound. Named by identifier and
// birth date by staff of a regulated health organisation with a relationship, held or declared, there is always
// a view: the frame of section 14.1.
func (r Reading) View(ctx context.Context, whom Whom, kind string, layOut func(Sight) ([]byte, error)) (Disclosed, error) {
	var v *kept
	var events []Event
	err := r.g.Store.View(ctx, whom.want(), func(snap Snapshot) error {
		v = nil
		j, err := r.g.judge(r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		person, framed, err := j.whom(whom)
		if err != nil {
			return err
		}
		if person != "" {
			if v, err = j.view(ctx, whom, person, framed, kind, layOut); err != nil {
				return err
			}
		}
		events, err = j.viewed(whom, kind, person, v)
		return err
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	if v == nil {
		return Disclosed{}, absent
	}
	return Disclosed{body: v.Body, etag: v.ETag}, nil
}

func (w Whom) want() Want {
	if w.Patient != (fhir.Ref{}) {
		return Want{Refs: []fhir.Ref{w.Patient}}
	}
	return Want{Keys: []string{consent.IdentityKey(w.Identifier, w.Birth)}}
}

// whom finds the person that a view is of; "" when the caller may not have one. framed says that there is a
// view even if nothing may be seen.
func (j *judge) whom(w Whom) (consent.Person, bool, error) {
	if w.Patient != (fhir.Ref{}) {
		p, err := j.person(w.Patient)
		return p, false, err
	}
	v := j.viewers[0]
	if v.Class != consent.Staff || v.OrgKind != consent.OrgHealth {
		return "", false, nil
	}
	p, err := j.snap.Find(consent.IdentityKey(w.Identifier, w.Birth))
	if err != nil || p == "" {
		return "", false, err
	}
	r, err := j.ruling(p)
	if err != nil {
		return "", false, err
	}
	for _, residual := range r.residuals {
		if !residual.Related() {
			return "", false, nil
		}
	}
	return p, true, nil
}

// view gives the finished view from the cache, or makes it; nil when there is none to give.
func (j *judge) view(ctx context.Context, whom Whom, p consent.Person, framed bool, kind string, layOut func(Sight) ([]byte, error)) (*kept, error) {
	state, err := j.snap.State(p)
	if err != nil {
		return nil, fmt.Errorf("read a person's state: %w", err)
	}
	r, err := j.ruling(p)
	if err != nil {
		return nil, err
	}
	key := j.viewKey(whom, p, state, r, kind)
	if v, ok, err := j.recall(ctx, key); err != nil || ok {
		return v, err
	}
	s, manifest, err := j.sightOf(whom, p, state)
	if err != nil {
		return nil, err
	}
	if len(s.Things) == 0 && !framed {
		return nil, nil
	}
	body, err := layOut(s)
	if err != nil {
		return nil, fmt.Errorf("lay out a view: %w", err)
	}
	sum := sha256.Sum256(body)
	v := &kept{Body: body, ETag: `W/"` + hex.EncodeToString(sum[:16]) + `"`, Manifest: manifest, Count: len(s.Things)}
	if err := j.keep(ctx, key, v, s.Today); err != nil {
		return nil, err
	}
	return v, nil
}

// sightOf is everything of a person's record that the caller may see, and the digest of the list of it.
func (j *judge) sightOf(whom Whom, p consent.Person, state *State) (Sight, string, error) {
	now := j.viewers[0].Time
	s := Sight{Class: j.viewers[0].Class, Whom: whom, Base: j.c.Base, Today: now.UTC().Truncate(24 * time.Hour), Looks: j.dir.Name}
	record, err := j.snap.Record(p)
	if err != nil {
		return Sight{}, "", fmt.Errorf("read a record: %w", err)
	}
	manifest := sha256.New()
	for _, v := range record {
		if !j.letterAllowed(v.Ref.Type) {
			continue
		}
		row, ok, err := j.present(v)
		if err != nil {
			return Sight{}, "", err
		}
		if !ok {
			continue
		}
		s.Things = append(s.Things, Thing{Ref: v.Ref, Version: row.version.ID, Updated: row.version.Updated, JSON: row.body, Facts: v.Facts})
		fmt.Fprintf(manifest, "%s/_history/%s\n", v.Ref, row.version.ID)
	}
	if s.Class == consent.Self && j.isSelf(state.Standing) {
		s.Choices = state.Standing.Choices(now, j.dir.Name)
	}
	return s, hex.EncodeToString(manifest.Sum(nil)), nil
}

func (j *judge) letterAllowed(t fhir.Type) bool {
	return j.operator() || j.c.Scopes.Allows(t, j.letter)
}

// isSelf reports whether the caller is the person of a standing.
func (j *judge) isSelf(s *consent.Standing) bool {
	for _, patient := range s.Patients {
		if patient.Ref == j.c.User {
			return true
		}
	}
	return false
}

// viewed makes the events of a view.
func (j *judge) viewed(whom Whom, kind string, p consent.Person, v *kept) ([]Event, error) {
	e := j.event(kind, 'E')
	e.Person, e.Ref, e.Permit = p, whom.Patient, v != nil
	if v != nil {
		e.Digest, e.Count = v.Manifest, v.Count
	}
	return []Event{e}, nil
}
