package storetest

import (
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

var commitTests = []test{
	{"a version that the change rested on must be current", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1, "p"))
		rested := []guard.Expect{{Ref: goal, Version: "a"}}
		commit(t, s, guard.Change{If: rested, Put: []guard.Put{put(goal, "b", 2, "p")}})
		conflict(t, s, guard.Change{If: rested, Put: []guard.Put{put(goal, "c", 3, "p")}})
		equal(t, "current", "b", get(t, s, current(goal)).ID)
	}},
	{"an empty version means that there must be none, and a deleted one is one", func(t *testing.T, s Both) {
		absent := []guard.Expect{{Ref: goal}}
		commit(t, s, guard.Change{If: absent, Put: []guard.Put{put(goal, "a", 1, "p")}})
		conflict(t, s, guard.Change{If: absent, Put: []guard.Put{put(goal, "b", 2, "p")}})
		puts(t, s, gone(goal, "c", 3, "p"))
		conflict(t, s, guard.Change{If: absent})
		commit(t, s, guard.Change{If: []guard.Expect{{Ref: goal, Version: "c"}}, Put: []guard.Put{put(goal, "d", 4, "p")}})
	}},
	{"a standing that the change rested on must have its version", func(t *testing.T, s Both) {
		commit(t, s, guard.Change{
			If:        []guard.Expect{{Person: "p", Standing: 0}},
			Standings: map[consent.Person]*consent.Standing{"p": stand("p", 1)},
		})
		conflict(t, s, guard.Change{If: []guard.Expect{{Person: "p", Standing: 0}}})
		commit(t, s, guard.Change{If: []guard.Expect{{Person: "p", Standing: 1}}})
	}},
	{"a conflict changes nothing", func(t *testing.T, s Both) {
		conflict(t, s, guard.Change{
			Key: "k", If: []guard.Expect{{Ref: ref("Goal", "none"), Version: "x"}},
			Put:       []guard.Put{put(goal, "a", 1, "p")},
			Standings: map[consent.Person]*consent.Standing{"p": stand("p", 1)},
			Patients:  map[fhir.Ref]consent.Person{ref("Patient", "p"): "p"},
			Keys:      map[string]consent.Person{"key": "p"},
			Events:    []guard.Event{{ID: "e", At: at(1), Person: "p"}},
		})
		equal(t, "current", nil, get(t, s, current(goal)))
		equal(t, "record", nil, names(get(t, s, record("p"))))
		equal(t, "person", "", get(t, s, person("p")))
		equal(t, "found", "", get(t, s, find("key")))
		equal(t, "standing", int64(0), get(t, s, state("p")).Standing.Version)
		entries, _, err := s.Follow(t.Context(), 0, 10)
		equal(t, "feed", nil, entries)
		equal(t, "feed error", nil, err)
		equal(t, "trail", nil, looked(t, s, "p"))
		receipt := commit(t, s, guard.Change{Key: "k"})
		equal(t, "replayed", false, receipt.Replayed)
	}},
	{"the receipt names the versions and the last position", func(t *testing.T, s Both) {
		one, two := put(goal, "a", 1, "p"), put(ref("Task", "t"), "a", 1, "p")
		receipt := puts(t, s, one, two)
		entries, last, err := s.Follow(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "position", last, receipt.Position)
		equal(t, "entries", 2, len(entries))
		equal(t, "put", []*guard.Version{one.Version, two.Version}, receipt.Put)
		equal(t, "nothing put", guard.Receipt{}, commit(t, s, guard.Change{}))
	}},
	{"a change cannot put a thing twice", func(t *testing.T, s Both) {
		_, err := s.Commit(t.Context(), guard.Change{Put: []guard.Put{put(goal, "a", 1), put(goal, "b", 2)}})
		if err == nil {
			t.Error("no error")
		}
		equal(t, "current", nil, get(t, s, current(goal)))
	}},
	{"a standing is kept as it was given", func(t *testing.T, s Both) {
		for version := range int64(3) {
			want := stand("p", version+1, "dr")
			commit(t, s, guard.Change{Standings: map[consent.Person]*consent.Standing{"p": want}})
			equal(t, "standing", want, get(t, s, state("p")).Standing)
		}
	}},
	{"the counter of a record is raised by one whenever something about the person changes", func(t *testing.T, s Both) {
		counts := func() [2]int64 { return [2]int64{get(t, s, state("p")).Record, get(t, s, state("q")).Record} }
		equal(t, "at first", [2]int64{0, 0}, counts())
		puts(t, s, put(goal, "a", 1, "p"), put(ref("Task", "t"), "a", 1, "p"))
		equal(t, "two things put", [2]int64{1, 0}, counts())
		puts(t, s, put(goal, "b", 2, "q"))
		equal(t, "a thing that goes to somebody else", [2]int64{2, 1}, counts())
		commit(t, s, guard.Change{Standings: map[consent.Person]*consent.Standing{"q": stand("q", 1)}})
		equal(t, "a standing", [2]int64{2, 2}, counts())
		puts(t, s, gone(goal, "c", 3, "q"))
		equal(t, "a deletion", [2]int64{2, 3}, counts())
		puts(t, s, put(ref("Location", "l"), "a", 4))
		equal(t, "what is about nobody", [2]int64{2, 3}, counts())
		conflict(t, s, guard.Change{If: []guard.Expect{{Ref: goal}}, Put: []guard.Put{put(ref("Flag", "f"), "a", 5, "p")}})
		equal(t, "a conflict", [2]int64{2, 3}, counts())
		commit(t, s, guard.Change{Merges: map[consent.Person]consent.Person{"q": "p"}})
		equal(t, "a merge goes on from the higher", [2]int64{4, 4}, counts())
	}},
}

var repeatTests = []test{
	{"a repeated key answers as the first commit did, and does nothing", func(t *testing.T, s Both) {
		change := guard.Change{
			Key: "k", If: []guard.Expect{{Ref: goal}}, Put: []guard.Put{put(goal, "a", 1, "p"), put(ref("Task", "t"), "a", 1, "p")},
			Events: []guard.Event{{ID: "e", At: at(1), Person: "p"}},
		}
		first := commit(t, s, change)
		puts(t, s, put(goal, "b", 2, "p"))
		change.Put = []guard.Put{put(goal, "c", 3, "p")}
		again := commit(t, s, change)
		first.Replayed = true
		equal(t, "receipt", first, again)
		equal(t, "current", "b", get(t, s, current(goal)).ID)
		equal(t, "events", 1, len(looked(t, s, "p")))
	}},
	{"a repeated key that put nothing is known too", func(t *testing.T, s Both) {
		commit(t, s, guard.Change{Key: "k"})
		equal(t, "receipt", guard.Receipt{Replayed: true}, commit(t, s, guard.Change{Key: "k"}))
	}},
	{"an empty key is never a repeat", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1, "p"))
		equal(t, "replayed", false, puts(t, s, put(goal, "b", 2, "p")).Replayed)
	}},
}
