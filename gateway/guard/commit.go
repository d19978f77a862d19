package guard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// Commit makes the writes durable, all or none, with their entries in the trail. Each is decided on what is
// stored at that moment; when that changes before the commit, it is decided again. The answer shows each
// resource as the caller may now see it.
//
// Errors: NotSupported for an Update of what is not there or may not be seen (405, section 10 row 13), Conflict
// when IfMatch names another version, BusinessRule and Forbidden with the reason.
func (r Reading) Commit(ctx context.Context, writes ...Write) ([]Written, error) {
	for range commitTries {
		d, err := r.draft(ctx, writes)
		if err != nil {
			return nil, r.denied(ctx, d, err)
		}
		if err := r.commit(ctx, d); err == ErrConflict { //nolint:errorlint // stores return ErrConflict itself
			continue
		} else if err != nil {
			return nil, err
		}
		if d.answer != nil {
			return nil, d.failed(d.answer, len(writes))
		}
		return r.written(ctx, d)
	}
	return nil, errBusy
}

// draft is a commit as it was decided in one snapshot.
type draft struct {
	j      *judge
	change Change
	done   []Written
	people map[consent.Person]*consent.Becoming // as they will be
	before map[consent.Person]*consent.Standing // as they were: a commit rests on them
	latest map[fhir.Ref]*Version                // what earlier writes of this commit put
	coming map[fhir.Ref]bool                    // what any of its writes will create
	record map[consent.Person]int64             // people whose whole record this rests on, as State.Record

	answer  error   // a write met what is not there or may not be seen: only the events are kept
	denials []Event // a write was refused by a rule: for the trail
	at      int     // which write is being decided
}

// newDraft is a draft of nothing yet.
func newDraft() *draft {
	return &draft{
		people: map[consent.Person]*consent.Becoming{}, before: map[consent.Person]*consent.Standing{},
		latest: map[fhir.Ref]*Version{}, record: map[consent.Person]int64{},
	}
}

// FailedError is the refusal of one of several writes of a Commit, which refuses all of them.
type FailedError struct {
	Write int // its place among those that were given
	Err   error
}

func (f *FailedError) Error() string { return f.Err.Error() }

// Unwrap gives the refusal.
func (f *FailedError) Unwrap() error { return f.Err }

// failed says which of the writes an error is of, where there are several.
func (d *draft) failed(err error, writes int) error {
	if writes < 2 {
		return err
	}
	return &FailedError{d.at, err}
}

func (r Reading) draft(ctx context.Context, writes []Write) (*draft, error) {
	var d *draft
	if err := r.c.readsOnly(); err != nil {
		return nil, err
	}
	want := Want{}
	for _, w := range writes {
		if w.Ref != (fhir.Ref{}) {
			want.Refs = append(want.Refs, w.Ref)
		}
	}
	err := r.g.Store.View(ctx, want, func(snap Snapshot) error {
		d = newDraft()
		d.coming = reserved(writes)
		var err error
		if d.j, err = r.g.judge(ctx, r.c, snap, consent.Access, 'r'); err != nil {
			return err
		}
		for i, w := range writes {
			d.at = i
			if err := d.write(w); err != nil {
				return d.failed(d.deny(w, err), len(writes))
			}
			if d.answer != nil {
				break
			}
		}
		d.finish()
		return nil //nolint:nilerr // an answer is no fault: its events are kept
	})
	return d, err
}

// write decides one write and adds it to the draft.
func (d *draft) write(w Write) error {
	if w.Match != nil {
		var done bool
		var err error
		if w, done, err = d.match(w); err != nil || done {
			return err
		}
	}
	switch w.Do {
	case Create:
		return d.create(w)
	case Update, Patch:
		return d.update(w)
	case Delete:
		return d.delete(w)
	default:
		return d.importOne(w)
	}
}

// current is the newest version as this commit will leave it.
func (d *draft) current(ref fhir.Ref) (*Version, error) {
	if v, ok := d.latest[ref]; ok {
		return v, nil
	}
	v, err := d.j.snap.Current(ref)
	if err != nil {
		return nil, fmt.Errorf("read the current version: %w", err)
	}
	return v, nil
}

// stamp gives a resource its id, its version and its time. It comes before the facts, whose cuts are of these bytes.
func (d *draft) stamp(r *fhir.Resource, id fhir.ID) (*fhir.Resource, string) {
	version := d.j.g.NewID()
	return r.Stamp(fhir.Meta{ID: id, Version: version, Updated: d.j.viewers[0].Time}), version
}

// put adds a version to the change: its facts, its index, and what it does to people's standings.
func (d *draft) put(r *fhir.Resource, version string, facts *consent.Facts, prior *Version, interaction string, action byte) error {
	if _, ok := d.latest[facts.Ref]; ok {
		return fhir.Errorf(fhir.BusinessRule, "the same resource is written twice in one commit: write it once")
	}
	now := d.j.viewers[0].Time
	v := &Version{Ref: facts.Ref, ID: version, Updated: now, Deleted: facts.Deleted, Facts: facts}
	expect := ""
	if prior != nil {
		expect = prior.ID
		facts.Face = consent.Face{Version: v.ID, Updated: v.Updated} // there are versions before it to compare with
	}
	if facts.Gives.Patient != nil {
		facts.Gives.Patient.Sender = facts.Sender
	}
	people, err := d.about(facts)
	if err != nil {
		return err
	}
	p := Put{Version: v, People: people}
	if r != nil {
		v.JSON, p.Index = r.JSON(), search.Extract(r)
	}
	d.change.If = append(d.change.If, Expect{Ref: v.Ref, Version: expect})
	d.change.Put = append(d.change.Put, p)
	for _, person := range people {
		if err := d.stand(person, facts); err != nil {
			return err
		}
		e := d.j.event(interaction, action)
		e.Person, e.Ref, e.Version, e.Permit, e.Count, e.Standing = person, v.Ref, v.ID, true, 1, d.before[person].Version
		d.change.Events = append(d.change.Events, e)
	}
	if len(people) == 0 {
		e := d.j.event(interaction, action)
		e.Ref, e.Version, e.Permit, e.Count = v.Ref, v.ID, true, 1
		d.change.Events = append(d.change.Events, e)
	}
	d.latest[v.Ref] = v
	d.done = append(d.done, Written{Ref: v.Ref, Version: v.ID, Updated: now, Created: prior == nil || prior.Deleted})
	return nil
}

// becoming is a person's standing under way.
func (d *draft) becoming(p consent.Person) (*consent.Becoming, error) {
	if b, ok := d.people[p]; ok {
		return b, nil
	}
	state, err := d.j.snap.State(p)
	if err != nil {
		return nil, fmt.Errorf("read a standing: %w", err)
	}
	d.people[p], d.before[p] = consent.Become(state.Standing), state.Standing
	return d.people[p], nil
}

// standing is a person's standing as the draft has it so far. It costs as much as the standing is long: what is asked for
// each write of many rests on Becoming alone.
func (d *draft) standing(p consent.Person) (*consent.Standing, error) {
	b, err := d.becoming(p)
	if err != nil {
		return nil, err
	}
	return b.Standing(), nil
}

// stand replaces in a person's standing what the resource gave before by what it gives now.
func (d *draft) stand(p consent.Person, f *consent.Facts) error {
	b, err := d.becoming(p)
	if err != nil {
		return err
	}
	b.Take(f)
	if b.NeedsEdges() { // a choice follows references for the first time
		record, err := d.recordOf(p)
		if err != nil {
			return err
		}
		d.people[p] = consent.Become(b.Standing().WithEdges(record))
	}
	return nil
}

// recordOf is the facts of all that is held of a person as this commit will leave it, of those merged into them too.
// The commit rests on nobody writing about them meanwhile, or a reference could be missed.
func (d *draft) recordOf(p consent.Person) ([]*consent.Facts, error) {
	facts := map[fhir.Ref]*consent.Facts{}
	people := []consent.Person{p}
	for i := 0; i < len(people); i++ {
		state, err := d.j.snap.State(people[i])
		if err != nil {
			return nil, fmt.Errorf("read a standing: %w", err)
		}
		d.record[people[i]] = state.Record
		versions, err := d.j.snap.Record(people[i])
		if err != nil {
			return nil, fmt.Errorf("read a record: %w", err)
		}
		for _, v := range versions {
			facts[v.Ref] = v.Facts
		}
		for from, into := range d.change.Merges {
			if into == people[i] {
				people = append(people, from)
			}
		}
	}
	for _, put := range d.change.Put {
		if slices.Contains(put.People, p) {
			facts[put.Version.Ref] = put.Version.Facts
		}
	}
	return slices.Collect(maps.Values(facts)), nil
}

// finish completes the change: standings that changed get the next version, and every standing that was rested
// upon must still be the one it was (a choice made meanwhile is obeyed).
func (d *draft) finish() {
	d.change.Standings = map[consent.Person]*consent.Standing{}
	for _, p := range slices.Sorted(maps.Keys(d.before)) {
		before := d.before[p]
		d.change.If = append(d.change.If, Expect{Person: p, Standing: before.Version, Record: d.record[p]})
		b, ok := d.people[p]
		if !ok { // merged into another
			continue
		}
		after := b.Standing()
		if after == before {
			continue
		}
		next := *after
		next.Person, next.Version = p, before.Version+1
		d.change.Standings[p] = &next
	}
}

func (r Reading) commit(ctx context.Context, d *draft) error {
	if len(d.change.Put) == 0 || d.answer != nil {
		if err := r.g.Trail.Append(ctx, d.change.Events...); err != nil {
			return unrecorded(err)
		}
		return nil
	}
	_, err := r.g.Store.Commit(ctx, d.change)
	return err
}

// deny makes the trail's record of a write that a rule refused, one event for each person it is about.
func (d *draft) deny(w Write, cause error) error {
	var refusal *fhir.Error
	if !errors.As(cause, &refusal) || (refusal.Kind != fhir.Forbidden && refusal.Kind != fhir.BusinessRule) {
		return cause
	}
	e := d.j.event(w.Do.String(), w.Do.action())
	e.Ref, e.Reason = w.Ref, string(refusal.Kind)
	facts := &consent.Facts{}
	prior, err := d.current(w.Ref)
	switch {
	case err != nil:
		return err
	case prior != nil: // whose it is, whatever the body says
		facts = prior.Facts
	case w.Resource != nil:
		facts = consent.FactsOf(w.Resource, fhir.Ref{})
	}
	if e.Ref == (fhir.Ref{}) {
		e.Ref.Type = facts.Ref.Type
	}
	if d.denials, err = d.j.perPerson(e, facts, sight{}); err != nil {
		return err
	}
	return cause
}

// denied puts a refused write on record before it is answered.
func (r Reading) denied(ctx context.Context, d *draft, cause error) error {
	if d == nil || len(d.denials) == 0 {
		return cause
	}
	if err := r.g.Trail.Append(ctx, d.denials...); err != nil {
		return unrecorded(err)
	}
	return cause
}

// written shows what was committed as the caller may now see it. It is not another access: the trail has the write.
func (r Reading) written(ctx context.Context, d *draft) ([]Written, error) {
	if d.j.operator() {
		for i, w := range d.done {
			if v, ok := d.latest[w.Ref]; ok && !v.Deleted {
				d.done[i].Body = shown{version: v, body: v.JSON}.disclosed()
			}
		}
		return d.done, nil
	}
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		for i, w := range d.done {
			v, ok := d.latest[w.Ref]
			if !ok && w.Unchanged && w.Version != "" { // there was nothing to delete: then nothing is looked at, hidden or absent
				if v, err = snap.Current(w.Ref); err != nil {
					return fmt.Errorf("read what was there: %w", err)
				}
			}
			if v == nil || v.Deleted {
				continue
			}
			s, visible, err := j.present(v)
			if err != nil {
				return err
			}
			if visible {
				d.done[i].Body, d.done[i].Version, d.done[i].Updated = s.disclosed(), s.version.ID, s.version.Updated
			}
		}
		return nil
	})
	return d.done, err
}
