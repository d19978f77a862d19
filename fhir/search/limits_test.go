package search_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir/search"
)

func TestEachLimitIsNamedInItsRefusal(t *testing.T) {
	t.Parallel()
	small := search.Limits{
		Parameters: 3, Clauses: 1, Alternatives: 1, Value: 10, Chain: 1, Hops: 1, Includes: 1, Keys: 1, Count: 2, MaxCount: 3,
	}
	for query, want := range map[string]string{
		"a=1&b=1&c=1&d=1":                        "(limit parameters)",
		"code=1&code=2":                          "(limit clauses)",
		"code=1,2":                               "(limit alternatives)",
		"code=12345678901":                       "(limit value)",
		"patient.link.name=x":                    "(limit chain)",
		"_has:Task:focus:_has:Task:focus:code=x": "(limit chain)",
		"subject.identifier=x":                   "(limit hops)",
		"_include=Observation:patient&_include=Observation:focus": "(limit includes)",
		"_sort=code,date": "(limit sort-keys)",
	} {
		_, _, err := small.Parse("Observation", values(t, query), base, false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", query, err)
		}
	}
	for query, want := range map[string]int{"": 2, "_count=1": 1, "_count=9": 3} {
		if p, _, err := small.Parse("Observation", values(t, query), base, true); err != nil || p.Count != want {
			t.Errorf("%s gives %d: %v", query, p.Count, err)
		}
	}
}

func TestAboveNamesEveryAddressThatIsFound(t *testing.T) {
	t.Parallel()
	got := search.Value{Text: "http://a.example/b/c/"}.Above()
	want := []string{"http://a.example/b/c/", "http://a.example/b/c", "http://a.example/b/", "http://a.example/b", "http://a.example/", "http://a.example"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
