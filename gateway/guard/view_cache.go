package guard

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"
)

// absentKept bounds the references to nothing that a kept view may rest on: each costs a lookup on every hit.
const absentKept = 8

// contentKept bounds the attachments that one may rest on, which cost the same.
const contentKept = 32

// viewKey names all that a view depends on and that is known before it is made.
func (j *judge) viewKey(whom Whom, of subject, state *State, r ruling, kind string) [32]byte {
	name := make([]byte, 0, nameRoom)
	for _, text := range [...]string{
		j.g.Build, j.g.Base.ID, kind, j.c.Base, string(of.person), string(of.own),
		whom.Patient.String(), whom.Identifier.System, whom.Identifier.Code, whom.Birth,
		j.viewers[0].Org.String(),
		// Residuals know the types of a scope; its letters, parameters and launch patient are asked beside them.
		j.c.Scopes.Canonical(), j.c.Patient.String(), r.keys,
	} {
		name = append(binary.BigEndian.AppendUint64(name, uint64(len(text))), text...)
	}
	for _, n := range [...]int64{
		state.Record, state.Standing.Version, j.dir.Epoch, int64(j.viewers[0].Class), j.viewers[0].Time.Unix() / secondsADay,
	} {
		name = binary.BigEndian.AppendUint64(name, uint64(n)) //nolint:gosec // as bits
	}
	if j.isSelf(state.Standing) {
		name = append(name, "self"...)
	}
	return sha256.Sum256(name)
}

// nameRoom is more than the parts of a name take, so that they are put together in one place; secondsADay, since what
// is overdue is said by day.
const (
	nameRoom    = 1024
	secondsADay = 24 * 60 * 60
)

// recall gives a kept view when everything that it rests on is as it was.
func (j *judge) recall(ctx context.Context, key [32]byte) (*kept, bool, error) {
	data, ok := j.g.Cache.Get(ctx, key)
	if !ok {
		return nil, false, nil
	}
	v, ok := keptFrom(data)
	if !ok {
		return nil, false, nil
	}
	if !v.Until.IsZero() && !j.viewers[0].Time.Before(v.Until) {
		return nil, false, nil
	}
	for _, on := range v.People {
		state, err := j.snap.State(on.Person)
		if err != nil {
			return nil, false, fmt.Errorf("read a person's state: %w", err)
		}
		if state.Standing.Version != on.Standing || state.Record != on.Record {
			return nil, false, nil
		}
		r, err := j.ruling(on.Person)
		if err != nil {
			return nil, false, err
		}
		if r.keys != on.Keys {
			return nil, false, nil
		}
	}
	for _, ref := range v.Absent {
		current, err := j.snap.Current(ref)
		if err != nil {
			return nil, false, fmt.Errorf("read what is referred to: %w", err)
		}
		if current != nil && !current.Deleted {
			return nil, false, nil
		}
	}
	for _, ref := range v.Content {
		current, err := j.snap.Current(ref)
		if err != nil {
			return nil, false, fmt.Errorf("read an attachment: %w", err)
		}
		if current == nil || current.Deleted {
			return nil, false, nil
		}
	}
	return v, true, nil
}

// keep gives a view to the cache, unless it cannot be told when it is stale.
func (j *judge) keep(ctx context.Context, key [32]byte, v *kept, today time.Time) error {
	if len(j.absent) > absentKept || len(j.content) > contentKept {
		return nil
	}
	v.Absent, v.Content = j.absent, j.content
	v.Until = today.Add(24 * time.Hour)
	for _, p := range slices.Sorted(maps.Keys(j.rulings)) {
		state, err := j.snap.State(p)
		if err != nil {
			return fmt.Errorf("read a person's state: %w", err)
		}
		v.People = append(v.People, restedOn{p, state.Standing.Version, state.Record, j.rulings[p].keys})
		v.Until = earlier(v.Until, j.rulings[p].until)
	}
	j.g.Cache.Put(ctx, key, v.bytes(), v.Until)
	return nil
}
