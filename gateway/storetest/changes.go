package storetest

import (
	"errors"
	"testing"

	"concord/consent"
	"concord/gateway/guard"
)

var anywhere = guard.Reach{All: true}

// changes lists the versions of a stretch, at most so many, as "Type/id version".
func changes(of guard.Stretch, reach guard.Reach, most int) func(v guard.Snapshot) ([]string, error) {
	return func(v guard.Snapshot) ([]string, error) {
		var all []string
		err := v.Changes(of, reach, func(one *guard.Version) (bool, error) {
			all = append(all, one.Ref.String()+" "+one.ID)
			return len(all) < most, nil
		})
		return all, err
	}
}

// told commits three versions of a Goal, the last of them a deletion, and one of a Task and of a Location.
func told(t *testing.T, s Both) {
	t.Helper()
	puts(t, s, put(goal, "a", 1, "p"), put(ref("Task", "t"), "a", 1, "q"))
	puts(t, s, put(goal, "b", 2, "p"))
	puts(t, s, put(ref("Location", "l"), "a", 3))
	puts(t, s, gone(goal, "c", 4, "p"))
}

var changesTests = []test{
	{"an empty store has none", func(t *testing.T, s Both) {
		equal(t, "changes", nil, get(t, s, changes(guard.Stretch{}, anywhere, 9)))
	}},
	{"they come newest first, by commits, with those that are old and those that delete", func(t *testing.T, s Both) {
		told(t, s)
		equal(t, "changes", []string{"Goal/g1 c", "Location/l a", "Goal/g1 b", "Task/t a", "Goal/g1 a"}, get(t, s, changes(guard.Stretch{}, anywhere, 9)))
		equal(t, "of Goals", []string{"Goal/g1 c", "Goal/g1 b", "Goal/g1 a"}, get(t, s, changes(guard.Stretch{Type: "Goal"}, anywhere, 9)))
		equal(t, "the first two", []string{"Goal/g1 c", "Location/l a"}, get(t, s, changes(guard.Stretch{}, anywhere, 2)))
	}},
	{"order is that of the commits, not of the times", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 5, "p"))
		puts(t, s, put(goal, "b", 1, "p"))
		equal(t, "changes", []string{"Goal/g1 b", "Goal/g1 a"}, get(t, s, changes(guard.Stretch{}, anywhere, 9)))
	}},
	{"they go on after a version that is named, and after none that is not", func(t *testing.T, s Both) {
		told(t, s)
		after := func(id string) guard.Stretch { return guard.Stretch{After: goal, AfterID: id} }
		equal(t, "after b", []string{"Task/t a", "Goal/g1 a"}, get(t, s, changes(after("b"), anywhere, 9)))
		equal(t, "after the oldest", nil, get(t, s, changes(after("a"), anywhere, 9)))
		equal(t, "after one that never was", nil, get(t, s, changes(after("x"), anywhere, 9)))
	}},
	{"those updated before a time are left out", func(t *testing.T, s Both) {
		told(t, s)
		equal(t, "since", []string{"Goal/g1 c", "Location/l a"}, get(t, s, changes(guard.Stretch{Since: at(3)}, anywhere, 9)))
	}},
	{"they are bounded by reach, as searches are", func(t *testing.T, s Both) {
		told(t, s)
		commit(t, s, guard.Change{Standings: map[consent.Person]*consent.Standing{"p": stand("p", 1, "d"), "q": stand("q", 1, "e")}})
		of := func(names ...string) guard.Reach { return guard.Reach{Principals: names} }
		equal(t, "of d", []string{"Goal/g1 c", "Location/l a", "Goal/g1 b", "Goal/g1 a"}, get(t, s, changes(guard.Stretch{}, of("Practitioner/d"), 9)))
		equal(t, "of e", []string{"Location/l a", "Task/t a"}, get(t, s, changes(guard.Stretch{}, of("Practitioner/e"), 9)))
		equal(t, "of nobody", []string{"Location/l a"}, get(t, s, changes(guard.Stretch{}, of(), 9)))
	}},
	{"an error of see ends it", func(t *testing.T, s Both) {
		told(t, s)
		want := errors.New("mine")
		err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
			return v.Changes(guard.Stretch{}, anywhere, func(*guard.Version) (bool, error) { return true, want })
		})
		if !errors.Is(err, want) {
			t.Errorf("got %v", err)
		}
	}},
}
