package memory

import (
	"context"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// View shows the store as of one moment. Everything is at hand, so Want is not needed.
func (s *Store) View(ctx context.Context, _ guard.Want, use func(guard.Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return use(snapshot{s})
}

// snapshot reads a Store under its lock.
type snapshot struct{ s *Store }

func (v snapshot) Current(ref fhir.Ref) (*guard.Version, error) {
	t, ok := v.s.things[ref]
	if !ok {
		return nil, nil //nolint:nilnil // there never was one, which is no error
	}
	return t.current(), nil
}

func (v snapshot) History(ref fhir.Ref) ([]*guard.Version, error) {
	t, ok := v.s.things[ref]
	if !ok {
		return nil, nil
	}
	versions := slices.Clone(t.versions)
	slices.Reverse(versions)
	return versions, nil
}

func (v snapshot) Person(patient fhir.Ref) (consent.Person, error) {
	return v.s.survivor(v.s.patients[patient]), nil
}

func (v snapshot) Find(key string) (consent.Person, error) {
	return v.s.survivor(v.s.keys[key]), nil
}

func (v snapshot) State(p consent.Person) (*guard.State, error) {
	return v.s.state(p), nil
}

func (v snapshot) Record(p consent.Person) ([]*guard.Version, error) {
	p = v.s.survivor(p)
	var record []*guard.Version
	for ref, t := range v.s.things {
		if t.current().Deleted || !slices.ContainsFunc(t.people, func(q consent.Person) bool { return v.s.survivor(q) == p }) {
			continue
		}
		record = append(record, v.s.things[ref].current())
	}
	slices.SortFunc(record, func(a, b *guard.Version) int { return byName(a.Ref, b.Ref) })
	return record, nil
}

func (v snapshot) Directory() (*consent.Directory, error) { return v.s.directory, nil }

// state is that of the person that p is now; an empty one when nothing is known.
func (s *Store) state(p consent.Person) *guard.State {
	p = s.survivor(p)
	standing, ok := s.standings[p]
	if !ok {
		standing = &consent.Standing{Person: p}
	}
	return &guard.State{Standing: standing, Record: s.records[p]}
}

func byName(a, b fhir.Ref) int { return strings.Compare(a.String(), b.String()) }
