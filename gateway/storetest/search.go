package storetest

import (
	"errors"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// everybody sees everything, at the time at which it was stored.
func everybody(v *guard.Version) (guard.Seen, error) {
	return guard.Seen{OK: true, Updated: v.Updated}, nil
}

// seek searches once.
func seek(t *testing.T, s Both, plan search.Plan, reach guard.Reach, see guard.See) guard.Page {
	t.Helper()
	var page guard.Page
	err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
		var err error
		page, err = v.Search(plan, reach, see)
		return err
	})
	if err != nil {
		t.Fatalf("search: %v", err)
	}
	return page
}

func token(param, system, code string) search.Entry {
	return search.Entry{Param: param, Kind: search.Token, System: system, Value: code}
}

func date(from, to int) search.Entry {
	return search.Entry{Param: "date", Kind: search.Date, Low: at(from).UnixMicro(), High: at(to).UnixMicro()}
}

func text(folded, exact string) search.Entry {
	return search.Entry{Param: "note", Kind: search.String, Value: folded, Exact: exact}
}

// clause makes a clause of the alternatives.
func clause(param string, kind search.Kind, modifier string, values ...search.Value) search.Clause {
	return search.Clause{Param: param, Kind: kind, Modifier: modifier, Any: values}
}

func when(prefix string, from, to int) search.Value {
	return search.Value{Prefix: prefix, Low: at(from).UnixMicro(), High: at(to).UnixMicro()}
}

// shelf stores four observations and something of another type with the same entries.
func shelf(t *testing.T, s Both) {
	t.Helper()
	subject := func(id string) search.Entry {
		return search.Entry{Param: "subject", Kind: search.Reference, Value: "Patient/" + id}
	}
	puts(
		t, s,
		indexed(put(ref("Observation", "o1"), "a", 1, "p"), token("code", "loinc", "1"), subject("p"), date(0, 10)),
		indexed(put(ref("Observation", "o2"), "a", 2, "p"), token("code", "local", "1"), subject("p"), date(20, 30),
			text("well rested and cheerful in the morning of every day", "Well rested")),
		indexed(put(ref("Observation", "o3"), "a", 3, "q"), token("code", "loinc", "2"), subject("q"), date(40, 50),
			text("tired", "Tired"), token("subject:identifier", "nhs", "9"),
			search.Entry{Param: "value", Kind: search.Quantity, NumLow: 1, NumHigh: 1}, search.Entry{Param: "from", Kind: search.URI, Value: "urn:x"},
			search.Entry{Param: "code-value#0", Kind: search.Token, Value: "2", Group: 1},
			search.Entry{Param: "code-value#1", Kind: search.Token, System: "loinc", Value: "7", Group: 1}),
		indexed(put(ref("Observation", "o4"), "a", 4), token("code", "", "3"),
			search.Entry{Param: "subject", Kind: search.Reference, System: "https://x.example", Value: "https://x.example/Patient/p"}),
		indexed(put(ref("Task", "o1"), "a", 5, "p"), token("code", "loinc", "1"), subject("p")),
	)
}

// shelfTests say what each query finds on the shelf.
var shelfTests = []struct {
	name  string
	where []search.Clause
	want  []string
}{
	{"no clause finds all of the type", nil, []string{"o1", "o2", "o3", "o4"}},
	{"a code in any system", one("code", search.Token, "", search.Value{Text: "1"}), []string{"o1", "o2"}},
	{"a code in one system", one("code", search.Token, "", search.Value{HasSystem: true, System: "loinc", Text: "1"}), []string{"o1"}},
	{"a code in no system", one("code", search.Token, "", search.Value{HasSystem: true, Text: "3"}), []string{"o4"}},
	{"any code of a system", one("code", search.Token, "", search.Value{HasSystem: true, System: "loinc"}), []string{"o1", "o3"}},
	{"either of two", one("code", search.Token, "", search.Value{Text: "2"}, search.Value{Text: "3"}), []string{"o3", "o4"}},
	{"a code that is not", one("code", search.Token, "not", search.Value{Text: "1"}), []string{"o3", "o4"}},
	{"a code of which there is none", one("code", search.Token, "", search.Value{Text: "9"}), nil},
	{"a reference", one("subject", search.Reference, "", search.Value{Text: "Patient/q"}), []string{"o3"}},
	{"an id of any type", one("subject", search.Reference, "", search.Value{Text: "p"}), []string{"o1", "o2"}},
	{"an absolute reference", one("subject", search.Reference, "", search.Value{Text: "https://x.example/Patient/p"}), []string{"o4"}},
	{"the start of a string", one("note", search.String, "", search.Value{Text: "well"}), []string{"o2"}},
	{"a long start of a string", one("note", search.String, "", search.Value{Text: "well rested and cheerful in the morning of e"}), []string{"o2"}},
	{"a long start that goes on otherwise", one("note", search.String, "", search.Value{Text: "well rested and cheerful in the morning of x"}), nil},
	{"a part of a string", one("note", search.String, "contains", search.Value{Text: "ire"}), []string{"o3"}},
	{"a string as it stands", one("note", search.String, "exact", search.Value{Exact: "Tired"}), []string{"o3"}},
	{"a string in another case", one("note", search.String, "exact", search.Value{Exact: "tired"}), nil},
	{"no value", one("note", search.String, "missing", search.Value{Missing: true}), []string{"o1", "o4"}},
	{"no quantity", one("value", search.Quantity, "missing", search.Value{Missing: true}), []string{"o1", "o2", "o4"}},
	{"any quantity", one("value", search.Quantity, "missing", search.Value{}), []string{"o3"}},
	{"no address", one("from", search.URI, "missing", search.Value{Missing: true}), []string{"o1", "o2", "o4"}},
	{"any address", one("from", search.URI, "missing", search.Value{}), []string{"o3"}},
	{"no composite value", one("code-value", search.Composite, "missing", search.Value{Missing: true}), []string{"o1", "o2", "o4"}},
	{"any composite value", one("code-value", search.Composite, "missing", search.Value{}), []string{"o3"}},
	{"a composite value", []search.Clause{{
		Param: "code-value", Kind: search.Composite, Parts: []search.Kind{search.Token, search.Token},
		Any: []search.Value{{Parts: []search.Value{{Text: "2"}, {HasSystem: true, System: "loinc", Text: "7"}}}},
	}}, []string{"o3"}},
	{"an identifier of a reference", one("subject:identifier", search.Token, "", search.Value{HasSystem: true, System: "nhs", Text: "9"}), []string{"o3"}},
	{"any identifier of a reference in a system", one("subject:identifier", search.Token, "", search.Value{HasSystem: true, System: "nhs"}), []string{"o3"}},
	{"any value", one("note", search.String, "missing", search.Value{}), []string{"o2", "o3"}},
	{"a date within", one("date", search.Date, "", when("eq", 15, 35)), []string{"o2"}},
	{"a date after", one("date", search.Date, "", when("gt", 25, 25)), []string{"o2", "o3"}},
	{"a date that starts after", one("date", search.Date, "", when("sa", 25, 25)), []string{"o3"}},
	{"a date before", one("date", search.Date, "", when("lt", 25, 25)), []string{"o1", "o2"}},
	{"a date that ends before", one("date", search.Date, "", when("eb", 25, 25)), []string{"o1"}},
	{"a date not before", one("date", search.Date, "", when("ge", 20, 30)), []string{"o2", "o3"}},
	{"a date not after", one("date", search.Date, "", when("le", 20, 30)), []string{"o1", "o2"}},
	{"another date", one("date", search.Date, "", when("ne", 20, 30)), []string{"o1", "o3"}},
	{"about a date", one("date", search.Date, "", when("ap", 25, 45)), []string{"o2", "o3"}},
	{"one of two dates", one("date", search.Date, "", when("eb", 15, 15), when("eq", 40, 50)), []string{"o1", "o3"}},
	{"ids", one("_id", search.Token, "", search.Value{Text: "o1"}, search.Value{Text: "o4"}, search.Value{Text: "x"}), []string{"o1", "o4"}},
	{"two clauses at once", append(
		one("code", search.Token, "", search.Value{Text: "1"}), one("date", search.Date, "", when("gt", 15, 15))...,
	), []string{"o2"}},
	{"when it was updated", one("_lastUpdated", search.Date, "", when("ge", 3, 3)), []string{"o3", "o4"}},
}

func one(param string, kind search.Kind, modifier string, values ...search.Value) []search.Clause {
	return []search.Clause{clause(param, kind, modifier, values...)}
}

func observations(where ...search.Clause) search.Plan {
	return search.Plan{Type: "Observation", Where: where, Count: 10}
}

func ids(versions []*guard.Version) []string {
	var all []string
	for _, v := range versions {
		all = append(all, string(v.Ref.ID))
	}
	return all
}

var searchTests = []test{
	{"each kind of query finds what it should", func(t *testing.T, s Both) {
		shelf(t, s)
		for _, tt := range shelfTests {
			page := seek(t, s, observations(tt.where...), guard.Reach{All: true}, everybody)
			equal(t, tt.name, tt.want, ids(page.Versions))
			page = seek(t, s, observations(tt.where...), guard.Reach{Principals: []string{"nobody"}}, everybody)
			for _, id := range ids(page.Versions) {
				if id != "o4" {
					t.Errorf("%s: %s is found without reach", tt.name, id)
				}
			}
		}
	}},
	{"what is deleted is not found", func(t *testing.T, s Both) {
		shelf(t, s)
		puts(t, s, gone(ref("Observation", "o1"), "b", 9, "p"))
		equal(t, "found", []string{"o2", "o3", "o4"}, ids(seek(t, s, observations(), guard.Reach{All: true}, everybody).Versions))
		equal(t, "found by code", []string{"o2"}, ids(seek(
			t, s, observations(one("code", search.Token, "", search.Value{Text: "1"})...), guard.Reach{All: true}, everybody).Versions))
	}},
	{"a new version is found by its own entries only", func(t *testing.T, s Both) {
		shelf(t, s)
		puts(t, s, indexed(put(ref("Observation", "o1"), "b", 9, "p"), token("code", "loinc", "7"), text("new", "New"), date(60, 61)))
		for code, want := range map[string][]string{"1": {"o2"}, "7": {"o1"}} {
			page := seek(t, s, observations(one("code", search.Token, "", search.Value{Text: code})...), guard.Reach{All: true}, everybody)
			equal(t, "found by "+code, want, ids(page.Versions))
		}
		page := seek(t, s, observations(one("date", search.Date, "", when("eq", 0, 10))...), guard.Reach{All: true}, everybody)
		equal(t, "found by the old date", nil, ids(page.Versions))
		page = seek(t, s, observations(one("note", search.String, "", search.Value{Text: "ne"})...), guard.Reach{All: true}, everybody)
		equal(t, "found by the new note", []string{"o1"}, ids(page.Versions))
	}},
	{"an error of see ends the search", func(t *testing.T, s Both) {
		shelf(t, s)
		want := errors.New("mine")
		err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
			_, err := v.Search(observations(), guard.Reach{All: true}, func(*guard.Version) (guard.Seen, error) { return guard.Seen{}, want })
			return err
		})
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}},
	{"see may ask the snapshot, and search in it", func(t *testing.T, s Both) {
		shelf(t, s)
		var page guard.Page
		err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
			var err error
			page, err = v.Search(observations(), guard.Reach{All: true}, func(one *guard.Version) (guard.Seen, error) {
				other, err := v.Current(ref("Task", string(one.Ref.ID)))
				if err != nil || other == nil {
					return guard.Seen{}, err
				}
				within, err := v.Search(observations(), guard.Reach{All: true}, everybody)
				return guard.Seen{OK: len(within.Versions) > 0, Updated: one.Updated}, err
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "found", []string{"o1"}, ids(page.Versions))
	}},
}

// only sees the ids, each at its own time: minutes after the start.
func only(seen map[fhir.ID]int) guard.See {
	return func(v *guard.Version) (guard.Seen, error) {
		minutes, ok := seen[v.Ref.ID]
		return guard.Seen{OK: ok, Updated: at(minutes)}, nil
	}
}

func mark(id string, updated time.Time) *search.Mark {
	return &search.Mark{ID: fhir.ID(id), Updated: updated}
}
