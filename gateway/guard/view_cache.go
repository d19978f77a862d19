package guard

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// kept is a finished view as the cache holds it. Beside the bytes stands what they rest on and the key cannot
// name before the view is made: other people that things in it are about or point to, and references that led
// nowhere. Both are compared with the snapshot of the moment before the bytes are used, so nothing has to be
// invalidated, and a change on any node is in force at the next request.
type kept struct {
	Until    time.Time // zero: never
	People   []restedOn
	Absent   []fhir.Ref
	Content  []fhir.Ref // Binaries of nobody that were there
	Body     []byte     `json:"-"`
	ETag     string     // a hash of the bytes
	Manifest string     // SHA-256 of the list of versions shown, in hex
	Count    int
	Withheld int
	Rules    []string         // the choices by which things were withheld
	Step     string           // the steps that hid something
	Others   []consent.Person // who else is in it
}

// restedOn is the state of a person that a view was made under, and what the viewer's residuals for that person
// were: viewers with equal rights share a view, so their rights to everybody in it must be equal.
type restedOn struct {
	Person   consent.Person
	Standing int64
	Record   int64
	Keys     [][16]byte
}

// absentKept bounds the references to nothing that a kept view may rest on: each costs a lookup on every hit.
const absentKept = 8

// contentKept bounds the attachments that one may rest on, which cost the same.
const contentKept = 32

// viewKey names all that a view depends on and that is known before it is made.
func (j *judge) viewKey(whom Whom, of subject, state *State, r ruling, kind string) [32]byte {
	h := sha256.New()
	for _, s := range []string{
		j.g.Build, j.g.Base.ID, kind, j.c.Base, string(of.person), string(of.own),
		whom.Patient.String(), whom.Identifier.System, whom.Identifier.Code, whom.Birth,
		j.viewers[0].Time.UTC().Format(time.DateOnly), j.viewers[0].Org.String(),
		// Residuals know the types of a scope; its letters, parameters and launch patient are asked beside them.
		j.c.Scopes.Canonical(), j.c.Patient.String(),
	} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(s)))
		h.Write([]byte(s))
	}
	for _, n := range []int64{state.Record, state.Standing.Version, j.dir.Epoch, int64(j.viewers[0].Class)} {
		_ = binary.Write(h, binary.BigEndian, n)
	}
	for _, key := range r.keys() {
		h.Write(key[:])
	}
	if j.isSelf(state.Standing) {
		h.Write([]byte("self"))
	}
	return [32]byte(h.Sum(nil))
}

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
		if !slices.Equal(r.keys(), on.Keys) {
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
		v.People = append(v.People, restedOn{p, state.Standing.Version, state.Record, j.rulings[p].keys()})
		v.Until = earlier(v.Until, j.rulings[p].until)
	}
	data, err := v.bytes()
	if err != nil {
		return err
	}
	j.g.Cache.Put(ctx, key, data, v.Until)
	return nil
}

// bytes is a kept view as a cache holds it: the length of what it rests on in four bytes, that as JSON, and the
// body as it is.
func (v *kept) bytes() ([]byte, error) {
	head, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode a view: %w", err)
	}
	out := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(head)+len(v.Body)), uint32(len(head))) //nolint:gosec // a few kilobytes
	return append(append(out, head...), v.Body...), nil
}

// keptFrom reads a kept view. A cache that lies is a cache that forgot.
func keptFrom(data []byte) (*kept, bool) {
	if len(data) < 4 {
		return nil, false
	}
	n := int(binary.BigEndian.Uint32(data))
	if n > len(data)-4 {
		return nil, false
	}
	var v kept
	if err := json.Unmarshal(data[4:4+n], &v); err != nil {
		return nil, false
	}
	v.Body = data[4+n:]
	return &v, true
}

// keys are the residuals' keys, one for each purpose.
func (r ruling) keys() [][16]byte {
	keys := make([][16]byte, 0, len(r.residuals))
	for _, residual := range r.residuals {
		keys = append(keys, residual.Key())
	}
	return keys
}
