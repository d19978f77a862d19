package storetest

import (
	"fmt"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// pageTest is one page of the shelf: what is sought, with which eyes, and what is shown.
var pageCases = []struct {
	name string
	plan search.Plan
	see  guard.See
	want []string
	more bool
}{
	{
		"what may not be seen takes no place on a page",
		search.Plan{Count: 2},
		only(map[fhir.ID]int{"o2": 1, "o4": 1}),
		[]string{"o2", "o4"},
		false,
	},
	{
		"there is more only when there is more to see",
		search.Plan{Count: 1},
		only(map[fhir.ID]int{"o2": 1, "o4": 1}),
		[]string{"o2"},
		true,
	},
	{
		"a page goes on after the mark",
		search.Plan{Count: 2, After: mark("o2", start)},
		everybody,
		[]string{"o3", "o4"},
		false,
	},
	{
		"the mark itself need not be there any more",
		search.Plan{Count: 2, After: mark("o22", start)},
		everybody,
		[]string{"o3", "o4"},
		false,
	},
	{
		"the order goes by the time that the caller sees",
		search.Plan{Count: 4, Sort: search.ByUpdated},
		only(map[fhir.ID]int{"o1": 3, "o2": 2, "o3": 1, "o4": 0}),
		[]string{"o4", "o3", "o2", "o1"},
		false,
	},
	{
		"newest first, and equal times by id",
		search.Plan{Count: 3, Sort: search.ByUpdatedDesc},
		only(map[fhir.ID]int{"o1": 3, "o2": 3, "o3": 5, "o4": 0}),
		[]string{"o3", "o1", "o2"},
		true,
	},
	{
		"a page by time goes on after the mark, within equal times too",
		search.Plan{Count: 3, Sort: search.ByUpdatedDesc, After: mark("o1", at(3))},
		only(map[fhir.ID]int{"o1": 3, "o2": 3, "o3": 5, "o4": 0}),
		[]string{"o2", "o4"},
		false,
	},
	{
		"_lastUpdated asks for the time that the caller sees",
		search.Plan{Count: 4, Where: one("_lastUpdated", search.Date, "", when("lt", 2, 2))},
		only(map[fhir.ID]int{"o1": 1, "o2": 1, "o3": 1, "o4": 3}),
		[]string{"o1", "o2", "o3"},
		false,
	},
	{
		"nothing to see is an empty page",
		search.Plan{Count: 4},
		only(nil), nil, false,
	},
}

var pageTests = []test{
	{"a page holds what may be seen, in order", func(t *testing.T, s Both) {
		shelf(t, s)
		for _, tt := range pageCases {
			plan := tt.plan
			plan.Type = "Observation"
			page := seek(t, s, plan, guard.Reach{All: true}, tt.see)
			equal(t, tt.name, tt.want, ids(page.Versions))
			equal(t, tt.name+": more", tt.more, page.More)
		}
	}},
	{"pages together are everything, once", func(t *testing.T, s Both) {
		many(t, s, 1300)
		for _, by := range []search.Sort{search.ByID, search.ByUpdated} {
			seen := map[string]int{}
			plan := search.Plan{Type: "Goal", Count: 400, Sort: by}
			for pages := 0; ; pages++ {
				page := seek(t, s, plan, guard.Reach{All: true}, everybody)
				for _, v := range page.Versions {
					seen[v.ID]++
				}
				if !page.More || pages > 5 {
					break
				}
				last := page.Versions[len(page.Versions)-1]
				plan.After = mark(string(last.Ref.ID), last.Updated)
			}
			equal(t, "things found", 1300, len(seen))
			for id, n := range seen {
				if n != 1 {
					t.Errorf("%s is on %d pages", id, n)
				}
			}
		}
	}},
	{"a clause that most things meet finds them all", func(t *testing.T, s Both) {
		many(t, s, 2600)
		plan := search.Plan{Type: "Goal", Count: 3000, Where: one("tag", search.Token, "", search.Value{Text: "even"})}
		for _, reach := range []guard.Reach{{All: true}, {Principals: []string{"Practitioner/dr"}}} {
			page := seek(t, s, plan, reach, everybody)
			equal(t, "found", 1300, len(page.Versions))
			plan.Count = 1
			equal(t, "more", true, seek(t, s, plan, reach, everybody).More)
			plan.Count = 3000
		}
	}},
}

// many stores goals of one person whose doctor is dr; every second one has the tag even.
func many(t *testing.T, s Both, n int) {
	t.Helper()
	change := guard.Change{Standings: map[consent.Person]*consent.Standing{"p": stand("p", 1, "dr")}}
	for i := range n {
		p := put(ref("Goal", fmt.Sprintf("g%05d", i*7919%n)), fmt.Sprintf("v%d", i), i/3, "p")
		if i%2 == 0 {
			p = indexed(p, token("tag", "", "even"))
		}
		change.Put = append(change.Put, p)
	}
	commit(t, s, change)
}

var reachTests = []test{
	{"a search finds what is about the persons within reach, and what is about nobody", func(t *testing.T, s Both) {
		shelf(t, s)
		commit(t, s, guard.Change{Standings: map[consent.Person]*consent.Standing{"p": stand("p", 1, "dr"), "q": stand("q", 1, "other")}})
		equal(t, "of dr", []string{"o1", "o2", "o4"}, ids(seek(t, s, observations(), reaching("dr"), everybody).Versions))
		equal(t, "of both", []string{"o1", "o2", "o3", "o4"}, ids(seek(t, s, observations(), reaching("dr", "other"), everybody).Versions))
		equal(t, "of nobody", []string{"o4"}, ids(seek(t, s, observations(), guard.Reach{}, everybody).Versions))
	}},
	{"reach follows the standing", func(t *testing.T, s Both) {
		shelf(t, s)
		commit(t, s, guard.Change{Standings: map[consent.Person]*consent.Standing{"p": stand("p", 1, "dr")}})
		commit(t, s, guard.Change{Standings: map[consent.Person]*consent.Standing{"p": stand("p", 2, "next")}})
		equal(t, "of dr", []string{"o4"}, ids(seek(t, s, observations(), reaching("dr"), everybody).Versions))
		equal(t, "of the next", []string{"o1", "o2", "o4"}, ids(seek(t, s, observations(), reaching("next"), everybody).Versions))
	}},
	{"reach follows merges", func(t *testing.T, s Both) {
		shelf(t, s)
		commit(t, s, guard.Change{Standings: map[consent.Person]*consent.Standing{"p": stand("p", 1, "dr"), "q": stand("q", 1, "other")}})
		merge(t, s, "q", "p", "dr")
		equal(t, "of dr", []string{"o1", "o2", "o3", "o4"}, ids(seek(t, s, observations(), reaching("dr"), everybody).Versions))
		equal(t, "of who knew the merged person", []string{"o4"}, ids(seek(t, s, observations(), reaching("other"), everybody).Versions))
	}},
	{"a thing about two persons is within reach by either", func(t *testing.T, s Both) {
		puts(t, s, put(ref("Observation", "both"), "a", 1, "p", "q"))
		commit(t, s, guard.Change{Standings: map[consent.Person]*consent.Standing{"q": stand("q", 1, "dr")}})
		equal(t, "found", []string{"both"}, ids(seek(t, s, observations(), reaching("dr"), everybody).Versions))
	}},
	{"reach over very many persons is a bound too", func(t *testing.T, s Both) {
		change := guard.Change{Standings: map[consent.Person]*consent.Standing{}}
		for i := range 1500 {
			p := consent.Person(fmt.Sprintf("p%d", i))
			doctor := "dr"
			if i%10 == 0 {
				doctor = "other"
			}
			change.Standings[p] = stand(p, 1, doctor)
			change.Put = append(change.Put, indexed(put(ref("Goal", string(p)), "v", i, p), token("tag", "", "x")))
		}
		commit(t, s, change)
		plan := search.Plan{Type: "Goal", Count: 2000}
		equal(t, "found", 1350, len(seek(t, s, plan, reaching("dr"), everybody).Versions))
		plan.Where = one("tag", search.Token, "", search.Value{Text: "x"})
		equal(t, "found by tag", 1350, len(seek(t, s, plan, reaching("dr"), everybody).Versions))
		equal(t, "found by the few", 150, len(seek(t, s, plan, reaching("other"), everybody).Versions))
	}},
}

// reaching is the reach of practitioners.
func reaching(practitioners ...string) guard.Reach {
	var r guard.Reach
	for _, id := range practitioners {
		r.Principals = append(r.Principals, "Practitioner/"+id)
	}
	return r
}
