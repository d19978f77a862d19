package guard

import (
	"slices"

	"concord/consent"
	"concord/fhir"
)

// supposed is a snapshot with one person's standing as it might be, in which things are about that person alone. What
// others chose about a thing that is about several people is theirs to know: it is left out, and said to count too.
type supposed struct {
	Snapshot
	person   consent.Person
	patients []fhir.Ref
	standing *consent.Standing     // of a version that is stored, or of none
	draft    *Version              // stands for the current version of its resource; nil: nothing does
	known    map[fhir.Ref]*Version // likewise, as the one who asks knows them
}

// State is the person's standing as it is supposed, and everybody else's as it is.
func (s *supposed) State(p consent.Person) (*State, error) {
	state, err := s.Snapshot.State(p)
	if err != nil || p != s.person {
		return state, err
	}
	return &State{Standing: s.standing, Record: state.Record}, nil
}

// Current is the draft, what the one who asks knows, or what is there.
func (s *supposed) Current(ref fhir.Ref) (*Version, error) {
	if s.draft != nil && s.draft.Ref == ref {
		return s.draft, nil
	}
	if v := s.known[ref]; v != nil {
		return v, nil
	}
	v, err := s.Snapshot.Current(ref)
	if err != nil || v == nil {
		return v, err
	}
	return s.alone(v), nil
}

// alone is a version as it is about the person alone, or the version itself when it is about nobody besides, or not
// about the person.
func (s *supposed) alone(v *Version) *Version {
	mine := func(ref fhir.Ref) bool { return slices.Contains(s.patients, ref) }
	others := func(ref fhir.Ref) bool { return !mine(ref) }
	if !slices.ContainsFunc(v.Facts.About, mine) || !slices.ContainsFunc(v.Facts.About, others) {
		return v
	}
	facts := *v.Facts
	facts.About = slices.DeleteFunc(slices.Clone(facts.About), others)
	facts.Cuts = slices.Clone(facts.Cuts)
	for i := range facts.Cuts { // whoever sees the thing sees whom it is about
		if slices.Contains(v.Facts.About, facts.Cuts[i].Target) {
			facts.Cuts[i].Target = v.Ref
		}
	}
	one := *v
	one.Facts = &facts
	return &one
}

// unstored is a standing that no store has: nothing that is remembered of rulings goes by its version.
func unstored(s *consent.Standing) *consent.Standing {
	next := *s
	next.Version = 0
	return &next
}

// patientsOf are the Patient resources of a standing.
func patientsOf(s *consent.Standing) []fhir.Ref {
	refs := make([]fhir.Ref, 0, len(s.Patients))
	for _, p := range s.Patients {
		refs = append(refs, p.Ref)
	}
	return refs
}
