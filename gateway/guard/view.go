package guard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
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
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		of, err := j.whom(whom)
		if err != nil {
			return err
		}
		if of.person != "" {
			if v, err = j.view(ctx, whom, of, kind, layOut); err != nil {
				return err
			}
		}
		events = j.viewed(whom, kind, of.asked, v)
		return nil
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	if v == nil {
		return Disclosed{}, errAbsent
	}
	return Disclosed{body: v.Body, etag: v.ETag}, nil
}

func (w Whom) want() Want {
	if w.Patient != (fhir.Ref{}) {
		return Want{Refs: []fhir.Ref{w.Patient}}
	}
	return Want{Keys: []string{consent.IdentityKey(w.Identifier, w.Birth)}}
}

// subject is whose record a view is of.
type subject struct {
	person consent.Person
	own    consent.Person // whom the caller's organisation registered under the same identity, when that is another; else ""
	framed bool           // there is a view even if nothing may be seen
	asked  consent.Person // whose record was asked for, for the trail, whether or not there is a view
}

// whom finds the person that a view is of; "" when the caller may not have one.
func (j *judge) whom(w Whom) (subject, error) {
	if w.Patient != (fhir.Ref{}) {
		p, err := j.person(w.Patient)
		return subject{person: p, asked: p}, err
	}
	key := consent.IdentityKey(w.Identifier, w.Birth)
	p, err := j.identified(key)
	v := j.viewers[0]
	if err != nil || p == "" || v.Class != consent.Staff || v.OrgKind != consent.OrgHealth {
		return subject{asked: p}, err
	}
	r, err := j.ruling(p)
	if err != nil || !r.related() {
		return subject{asked: p}, err
	}
	own, err := j.identified(ownKey(v.Org, key))
	if own == p {
		own = ""
	}
	return subject{person: p, own: own, framed: true, asked: p}, err
}

// view gives the finished view from the cache, or makes it; nil when there is none to give.
func (j *judge) view(ctx context.Context, whom Whom, of subject, kind string, layOut func(Sight) ([]byte, error)) (*kept, error) {
	state, err := j.snap.State(of.person)
	if err != nil {
		return nil, fmt.Errorf("read a person's state: %w", err)
	}
	r, err := j.ruling(of.person)
	if err != nil {
		return nil, err
	}
	if !of.framed && !r.related() && !j.reaches(state.Standing) { // a stranger's answer is no more work than that of nobody
		return nil, nil
	}
	if of.own != "" {
		if _, err := j.ruling(of.own); err != nil { // the view rests on it, whatever it shows
			return nil, err
		}
	}
	key := j.viewKey(whom, of, state, r, kind)
	if !j.glassed() {
		if v, ok, err := j.recall(ctx, key); err != nil || ok {
			return v, err
		}
	}
	v := &kept{}
	s, err := j.sightOf(whom, of, state, v)
	if err != nil {
		return nil, err
	}
	if len(s.Things) == 0 && !of.framed {
		return nil, nil
	}
	body, err := layOut(s)
	if err != nil {
		return nil, fmt.Errorf("lay out a view: %w", err)
	}
	sum := sha256.Sum256(body)
	v.Body, v.ETag = body, `W/"`+hex.EncodeToString(sum[:16])+`"`
	if j.glassed() { // assembled afresh, and kept for nobody (section 14.6)
		return v, nil
	}
	return v, j.keep(ctx, key, v, s.Today)
}

// reaches reports whether the caller may be able to see anything of a person at all, by the names that searches go by.
func (j *judge) reaches(s *consent.Standing) bool {
	if j.operator() || j.g.Base.Unrelated {
		return true
	}
	known := s.Principals()
	return slices.ContainsFunc(j.reach().Principals, func(me string) bool { return slices.Contains(known, me) })
}

// sightOf is everything of a person's record that the caller may see. What the trail must know of it goes into v.
func (j *judge) sightOf(whom Whom, of subject, state *State, v *kept) (Sight, error) {
	now := j.viewers[0].Time
	s := Sight{Class: j.viewers[0].Class, Whom: whom, Base: j.c.Base, Today: now.UTC().Truncate(24 * time.Hour), Looks: j.dir.Name}
	record, err := j.record(of)
	if err != nil {
		return Sight{}, err
	}
	manifest := sha256.New()
	for _, one := range record {
		if !j.letterAllowed(one.Ref.Type) {
			continue
		}
		row, ok, err := j.present(one)
		if err != nil {
			return Sight{}, err
		}
		if !ok {
			v.withhold(j, row.sight)
			continue
		}
		s.Things = append(s.Things, Thing{Ref: one.Ref, Version: row.version.ID, Updated: row.version.Updated, JSON: row.body, Facts: one.Facts})
		fmt.Fprintf(manifest, "%s/_history/%s\n", one.Ref, row.version.ID)
		people, err := j.peopleOf(one.Facts)
		if err != nil {
			return Sight{}, err
		}
		for _, q := range people {
			if q != of.person && !slices.Contains(v.Others, q) {
				v.Others = append(v.Others, q)
			}
		}
	}
	v.Step = j.hiddenBy(of.person)
	v.Count, v.Manifest = len(s.Things), hex.EncodeToString(manifest.Sum(nil))
	if s.Class == consent.Self && j.isSelf(state.Standing) {
		s.Choices = state.Standing.Choices(now, j.dir.Name)
	}
	return s, nil
}

// record is everything about the person, in the order of references.
func (j *judge) record(of subject) ([]*Version, error) {
	record, err := j.snap.Record(of.person)
	if err != nil || of.own == "" {
		return record, err
	}
	own, err := j.snap.Record(of.own)
	if err != nil {
		return nil, err
	}
	for _, v := range own {
		if !slices.ContainsFunc(record, func(o *Version) bool { return o.Ref == v.Ref }) {
			record = append(record, v)
		}
	}
	slices.SortFunc(record, func(a, b *Version) int { return strings.Compare(a.Ref.String(), b.Ref.String()) })
	return record, nil
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

// withhold counts a thing that the caller may not see, and the choice that decided so.
func (v *kept) withhold(j *judge, s sight) {
	v.Withheld++
	for _, rule := range j.decidedBy(s.person, s.verdict.Why) {
		if len(v.Rules) < refsKept && !slices.Contains(v.Rules, rule) {
			v.Rules = append(v.Rules, rule)
		}
	}
}

// viewed makes the events of a view: one of whose record it is, and one for each other person in it.
func (j *judge) viewed(whom Whom, kind string, p consent.Person, v *kept) []Event {
	e := j.event(kind, 'E')
	e.Person, e.Ref, e.Permit, e.Standing = p, whom.Patient, v != nil, j.epoch(p)
	if v == nil {
		return []Event{e}
	}
	e.Digest, e.Count, e.Withheld, e.Rules, e.Step = v.Manifest, v.Count, v.Withheld, v.Rules, v.Step
	events := []Event{e}
	for _, q := range v.Others {
		one := j.event(kind, 'E')
		one.Person, one.Permit, one.Digest, one.Standing = q, true, v.Manifest, j.epoch(q)
		events = append(events, one)
	}
	return events
}
