package storetest

import (
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// person asks for the person behind Patient/id.
func person(id string) func(v guard.Snapshot) (consent.Person, error) {
	return func(v guard.Snapshot) (consent.Person, error) { return v.Person(ref("Patient", id)) }
}

func find(key string) func(v guard.Snapshot) (consent.Person, error) {
	return func(v guard.Snapshot) (consent.Person, error) { return v.Find(key) }
}

func state(p consent.Person) func(v guard.Snapshot) (*guard.State, error) {
	return func(v guard.Snapshot) (*guard.State, error) { return v.State(p) }
}

// meet makes a person with a patient of the same name, a key, a standing and one goal.
func meet(t *testing.T, s Both, p consent.Person, doctor string) {
	t.Helper()
	commit(t, s, guard.Change{
		Patients:  map[fhir.Ref]consent.Person{ref("Patient", string(p)): p},
		Keys:      map[string]consent.Person{"id|" + string(p): p},
		Standings: map[consent.Person]*consent.Standing{p: stand(p, 1, doctor)},
		Put:       []guard.Put{put(ref("Goal", string(p)), "a", 1, p)},
		Events:    []guard.Event{{ID: "met " + string(p), At: at(1), Person: p}},
	})
}

// merge says that gone is into from now on.
func merge(t *testing.T, s Both, gone, into consent.Person, doctors ...string) {
	t.Helper()
	commit(t, s, guard.Change{
		Merges:    map[consent.Person]consent.Person{gone: into},
		Standings: map[consent.Person]*consent.Standing{into: stand(into, 2, doctors...)},
	})
}

var peopleTests = []test{
	{"nobody is behind a reference or a key that was never used", func(t *testing.T, s Both) {
		equal(t, "person", "", get(t, s, person("x")))
		equal(t, "found", "", get(t, s, find("x")))
		equal(t, "state", &guard.State{Standing: &consent.Standing{Person: "x"}}, get(t, s, state("x")))
	}},
	{"a person is found by patient and by key", func(t *testing.T, s Both) {
		meet(t, s, "p", "dr")
		equal(t, "person", "p", get(t, s, person("p")))
		equal(t, "found", "p", get(t, s, find("id|p")))
	}},
	{"a patient stays whose it is, and a key is given away only by who knows its holder", func(t *testing.T, s Both) {
		meet(t, s, "p", "dr")
		conflict(t, s, guard.Change{Patients: map[fhir.Ref]consent.Person{ref("Patient", "p"): "q"}})
		conflict(t, s, guard.Change{Keys: map[string]consent.Person{"id|p": "q"}, If: []guard.Expect{{Key: "id|p"}}})
		conflict(t, s, guard.Change{Keys: map[string]consent.Person{"id|p": "q"}, If: []guard.Expect{{Key: "id|p", Holder: "q"}}})
		conflict(t, s, guard.Change{If: []guard.Expect{{Key: "id|none", Holder: "p"}}})
		commit(t, s, guard.Change{Keys: map[string]consent.Person{"id|p": "q"}, If: []guard.Expect{{Key: "id|p", Holder: "p"}, {Key: "id|none"}}})
		commit(t, s, guard.Change{Keys: map[string]consent.Person{"id|p": "p"}})
	}},
	{"after a merge everything leads to the survivor", func(t *testing.T, s Both) {
		meet(t, s, "a", "dra")
		meet(t, s, "b", "drb")
		merge(t, s, "b", "a", "dra", "drb")
		equal(t, "person", "a", get(t, s, person("b")))
		equal(t, "found", "a", get(t, s, find("id|b")))
		equal(t, "standing", stand("a", 2, "dra", "drb"), get(t, s, state("b")).Standing)
		equal(t, "record", []string{"Goal/a", "Goal/b"}, names(get(t, s, record("a"))))
		equal(t, "record by the old name", []string{"Goal/a", "Goal/b"}, names(get(t, s, record("b"))))
		equal(t, "trail", 2, len(looked(t, s, "a")))
		equal(t, "trail by the old name", 2, len(looked(t, s, "b")))
	}},
	{"merges go on along a chain", func(t *testing.T, s Both) {
		meet(t, s, "a", "dr")
		meet(t, s, "b", "dr")
		meet(t, s, "c", "dr")
		merge(t, s, "c", "b", "dr")
		merge(t, s, "b", "a", "dr")
		equal(t, "person", "a", get(t, s, person("c")))
		equal(t, "record", []string{"Goal/a", "Goal/b", "Goal/c"}, names(get(t, s, record("c"))))
		merge(t, s, "a", "c", "dr")
		equal(t, "after a merge in a ring", "a", get(t, s, person("c")))
	}},
	{"nothing that rested on a person who was merged holds", func(t *testing.T, s Both) {
		meet(t, s, "a", "dr")
		meet(t, s, "b", "dr")
		merge(t, s, "b", "a", "dr")
		conflict(t, s, guard.Change{If: []guard.Expect{{Person: "b", Standing: 1}}})
		conflict(t, s, guard.Change{If: []guard.Expect{{Person: "b", Standing: 2}}})
		commit(t, s, guard.Change{If: []guard.Expect{{Person: "a", Standing: 2}}})
	}},
	{"a key of the merged person may be given to the survivor", func(t *testing.T, s Both) {
		meet(t, s, "a", "dr")
		meet(t, s, "b", "dr")
		merge(t, s, "b", "a", "dr")
		commit(t, s, guard.Change{Keys: map[string]consent.Person{"id|b": "a"}})
		equal(t, "found", "a", get(t, s, find("id|b")))
	}},
}
