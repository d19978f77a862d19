package search_test

import (
	"testing"

	"pgregory.net/rapid"

	"concord/fhir/search"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  Zoë\tÅngström ": "zoe angstrom",
		"O'Brien":          "obrien",
		"Smith--Jones,Jr.": "smith jones jr",
		"ÉCOLE":            "ecole",
		"İstanbul":         "istanbul",
		"...":              "",
		"李 小龙":             "李 小龙",
	} {
		if got := search.Fold(in); got != want {
			t.Errorf("Fold(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestFoldingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := search.Fold(rapid.String().Draw(t, "text"))
		if twice := search.Fold(once); twice != once {
			t.Fatalf("%q folds to %q", once, twice)
		}
	})
}
