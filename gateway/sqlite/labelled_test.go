package sqlite_test

import (
	"testing"

	"concord/consent"
	"concord/gateway/guard"
)

// What is put labelled by the rules in force needs no second look; from the first that is not, all do.
func TestWhatIsPutLabelledIsKnownToBe(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	c.Labels = 7
	s := open(t, c)
	put := func(id string, rules uint64) {
		t.Helper()
		change := goal(id)
		change.Put[0].Version.Facts.Labels = consent.Labels{Rules: rules, Level: consent.LevelN}
		if _, err := s.Commit(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	through := func() guard.Labelled {
		t.Helper()
		done, err := s.Labelled(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	put("a", 7)
	put("b", 7)
	if got := through(); got != (guard.Labelled{Rules: 7, Through: 2}) {
		t.Errorf("after two that are labelled: %v", got)
	}
	put("c", 6)
	put("d", 7)
	if got := through(); got != (guard.Labelled{Rules: 7, Through: 2}) {
		t.Errorf("after one of other rules: %v", got)
	}
	if err := s.Relabel(t.Context(), nil, guard.Labelled{Rules: 7, Through: 4}); err != nil {
		t.Fatal(err)
	}
	put("e", 7)
	if got := through(); got != (guard.Labelled{Rules: 7, Through: 5}) {
		t.Errorf("after all were looked at: %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, c)
	put("f", 7)
	if got := through(); got != (guard.Labelled{Rules: 7, Through: 6}) {
		t.Errorf("after another start: %v", got)
	}
}
