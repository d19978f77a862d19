package sqlite_test

import (
	"fmt"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/sqlite"
)

// older are the forms of rows that a release before this wrote besides, and that nothing asks for now.
func older() []int64 {
	return []int64{
		search.KeyOf("Goal", "status", "c", "", "active"), search.KeyOf("Goal", "category", "s", "s"),
		search.KeyOf("Goal", "subject", "v", "Patient/p"), search.KeyOf("Goal", "note", "x", "Walk"), search.KeyOf("Goal", "note:text", search.Present),
	}
}

// aGoal puts a version of one goal that is found by what is given.
func aGoal(t *testing.T, s *sqlite.Store, id, before, status, subject, note string) {
	t.Helper()
	ref := fhir.Ref{Type: "Goal", ID: "g"}
	_, err := s.Commit(t.Context(), guard.Change{
		If: []guard.Expect{{Ref: ref, Version: before}},
		Put: []guard.Put{{
			Version: &guard.Version{Ref: ref, ID: id, Updated: goal("g").Put[0].Version.Updated, JSON: []byte(`{"resourceType":"Goal","id":"g"}`), Facts: &consent.Facts{Ref: ref}},
			Index: []search.Entry{
				{Param: "category", Kind: search.Token, System: "s", Value: "c"},
				{Param: "note", Kind: search.String, Value: search.Fold(note), Exact: note},
				{Param: "status", Kind: search.Token, Value: status},
				{Param: "subject", Kind: search.Reference, Value: subject},
			},
			People: []consent.Person{"p"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// found is how many goals a clause finds.
func found(t *testing.T, s *sqlite.Store, c search.Clause) int {
	t.Helper()
	n := 0
	err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
		page, err := v.Search(search.Plan{Type: "Goal", Where: []search.Clause{c}, Count: 9}, guard.Reach{All: true}, func(v *guard.Version) (guard.Seen, error) {
			return guard.Seen{OK: true, Updated: v.Updated}, nil
		})
		n = len(page.Versions)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func findings(t *testing.T, look func(func(guard.Finding)) error) int {
	t.Helper()
	n := 0
	if err := look(func(guard.Finding) { n++ }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRowsOfAnOlderReleaseDoNoHarm answers the same with them, also when the thing is written again; Restore takes them away.
func TestRowsOfAnOlderReleaseDoNoHarm(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := open(t, c)
	aGoal(t, s, "v1", "", "active", "Patient/p", "Walk")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, hash := range older() {
		tamper(t, c, fmt.Sprintf(`insert into find_value (hash, person, thing) select %d, person, thing from about`, hash))
	}
	s = open(t, c)
	asked := func(status, subject, note string) []search.Clause {
		return []search.Clause{
			{Param: "status", Kind: search.Token, Any: []search.Value{{HasSystem: true, Text: status}}},
			{Param: "subject", Kind: search.Reference, Any: []search.Value{{Text: subject}}},
			{Param: "note", Kind: search.String, Modifier: "exact", Any: []search.Value{{Exact: note}}},
		}
	}
	now, then := asked("active", "Patient/p", "Walk"), asked("completed", "Patient/q", "Swim")
	for i := range now {
		if a, b := found(t, s, now[i]), found(t, s, then[i]); a != 1 || b != 0 {
			t.Errorf("%s finds %d of what is, and %d of what is not", now[i].Param, a, b)
		}
	}
	aGoal(t, s, "v2", "v1", "completed", "Patient/q", "Swim")
	aGoal(t, s, "v3", "v2", "active", "Patient/p", "Walk")
	aGoal(t, s, "v4", "v3", "completed", "Patient/q", "Swim")
	for i := range now {
		if a, b := found(t, s, now[i]), found(t, s, then[i]); a != 0 || b != 1 {
			t.Errorf("written again, %s finds %d of what was, and %d of what is", now[i].Param, a, b)
		}
	}
	if n := findings(t, func(tell func(guard.Finding)) error { return s.Inspect(t.Context(), tell) }); n != 1 {
		t.Errorf("%d findings, want the one goal", n)
	}
	findings(t, func(tell func(guard.Finding)) error { return s.Restore(t.Context(), tell) })
	if n := findings(t, func(tell func(guard.Finding)) error { return s.Inspect(t.Context(), tell) }); n != 0 {
		t.Errorf("%d findings after they were taken away", n)
	}
}
