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
		"a=1&b=1&c=1&d=1":                        "more than 3 search parameters",
		"code=1&code=2":                          "more than 1 search parameters",
		"code=1,2":                               "more than 1 alternatives",
		"code=12345678901":                       "longer than 10 bytes",
		"patient.link.name=x":                    "more than 1 references",
		"_has:Task:focus:_has:Task:focus:code=x": "more than 1 references",
		"subject.identifier=x":                   "more than 1 types",
		"_include=Observation:patient&_include=Observation:focus": "more than 1 includes",
		"_sort=code,date": "more than 1 keys",
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
