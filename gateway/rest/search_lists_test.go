package rest_test

import (
	"slices"
	"strings"
	"testing"
)

func TestSearchByListAndByValueSet(t *testing.T) { //nolint:tparallel // its parts ask one store, in order
	t.Parallel()
	entry := func(ref string, more ...any) any {
		e := map[string]any{"item": reference(ref)}
		for i := 0; i < len(more); i += 2 {
			e[more[i].(string)] = more[i+1]
		}
		return e
	}
	valueSet := func(id, url string, compose any) string {
		return object("ValueSet", id, "status", "active", "url", url, "compose", compose)
	}
	include := func(parts ...any) any { return map[string]any{"include": list(parts...)} }
	codes := func(codes ...string) any {
		var all []any
		for _, code := range codes {
			all = append(all, map[string]any{"code": code})
		}
		return map[string]any{"system": snomed, "concept": all}
	}
	w := village(t,
		observation("o1", "44054006"), observation("o2", "38341003"), observation("o3", "73211009"),
		object("Patient", "p1", "birthDate", "1990-01-01"),
		object("List", "mine", "status", "current", "mode", "changes", "subject", reference("Patient/p0"), "entry", list(
			entry("Observation/o1"), entry("Observation/o2", "deleted", true), entry("Observation/gone"), entry("Patient/p0"))),
		object("List", "theirs", "status", "current", "mode", "working", "subject", reference("Patient/p1"), "entry", list(entry("Observation/o3"))),
		valueSet("listed", "http://a.example/listed", include(codes("44054006", "73211009"))),
		valueSet("system", "http://a.example/system", include(map[string]any{"system": snomed})),
		valueSet("filtered", "http://a.example/filtered", include(map[string]any{"system": snomed, "filter": list(map[string]any{"property": "concept", "op": "is-a", "value": "1"})})),
		object("ValueSet", "expanded", "status", "active", "url", "http://a.example/expanded", "expansion", map[string]any{"timestamp": "2026-01-01", "contains": list(
			map[string]any{"system": snomed, "code": "0", "abstract": true, "contains": list(map[string]any{"system": snomed, "code": "38341003"})})}),
	)
	tests := []struct{ name, query, want string }{
		{"what is in a list, but for what was taken from it", "_list=mine", "o1"},
		{"a list by its address", "_list=http://twin/fhir/List/mine", "o1"},
		{"a list and a parameter", "_list=List/mine&code=38341003", ""},
		{"a list of somebody who is hidden", "_list=theirs", ""},
		{"a list that is not there", "_list=none", ""},
		{"two lists", "_list=mine,theirs", "o1"},
		{"codes of a value set", "code:in=http://a.example/listed", "o1 o3"},
		{"codes of a value set by reference", "code:in=ValueSet/listed", "o1 o3"},
		{"codes of another", "code:not-in=http://a.example/listed", "o2"},
		{"a whole system", "code:in=http://a.example/system", "o1 o2 o3"},
		{"an expansion", "code:in=ValueSet/expanded", "o2"},
		{"either of two", "code:in=ValueSet/expanded,ValueSet/listed", "o1 o2 o3"},
		{"through a chain", "subject._list=mine&code:in=ValueSet/expanded", "o2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, ref := range readPage(t, w.status(t, gp(t), "200", "GET", "Observation?"+test.query)).refs() {
				got = append(got, strings.TrimPrefix(ref, "Observation/"))
			}
			slices.Sort(got)
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
	for _, query := range []string{"code:in=ValueSet/filtered", "code:in=ValueSet/none", "code:in=http://elsewhere.example/vs", "_list=$current-problems", "code:below=44054006"} {
		w.status(t, gp(t), "400", "GET", "Observation?"+query)
	}
	narrow := gp(t)
	narrow.Scopes = scopes(t, "user/Observation.rs")
	w.status(t, narrow, "403", "GET", "Observation?_list=mine")
	w.status(t, narrow, "403", "GET", "Observation?code:in=ValueSet/listed")
}

func TestCanonicalsAboveAndBelow(t *testing.T) {
	t.Parallel()
	plan := func(id, canonical string) string {
		return object("CarePlan", id, "status", "active", "intent", "plan", "subject", reference("Patient/p0"), "instantiatesCanonical", list(canonical))
	}
	w := village(t, plan("a", "http://a.example/plans/heart|2"), plan("b", "http://a.example/plans/heart/failure"), plan("c", "http://a.example/plans/hearts"))
	for query, want := range map[string]string{
		"instantiates-canonical:below=http://a.example/plans/heart":         "CarePlan/a CarePlan/b",
		"instantiates-canonical:above=http://a.example/plans/heart/failure": "CarePlan/a CarePlan/b",
		"instantiates-canonical=http://a.example/plans/heart":               "CarePlan/a",
	} {
		if got := strings.Join(readPage(t, w.status(t, gp(t), "200", "GET", "CarePlan?"+query)).refs(), " "); got != want {
			t.Errorf("%s finds %s, want %s", query, got, want)
		}
	}
}
