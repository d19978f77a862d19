package storetest

import (
	"testing"

	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// labelled are facts that a rule set has labelled.
func labelled(r fhir.Ref, rules uint64) *consent.Facts {
	return &consent.Facts{Ref: r, Labels: consent.Labels{Rules: rules, Level: consent.LevelR, Topics: consent.TopicHIV}}
}

// relabel labels anew what must not fail.
func relabel(t *testing.T, s Both, done guard.Labelled, versions ...guard.Relabelled) {
	t.Helper()
	if err := s.Relabel(t.Context(), versions, done); err != nil {
		t.Fatalf("label anew: %v", err)
	}
	got, err := s.Labelled(t.Context())
	equal(t, "how far", done, got)
	equal(t, "error", nil, err)
}

var labelTests = []test{
	{"nothing was ever labelled anew in an empty store", func(t *testing.T, s Both) {
		got, err := s.Labelled(t.Context())
		equal(t, "how far", guard.Labelled{}, got)
		equal(t, "error", nil, err)
		relabel(t, s, guard.Labelled{Rules: 1<<63 + 7, Through: 3})
	}},
	{"current and old versions and deletions get other facts, and nothing else of them changes", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1, "p"))
		puts(t, s, put(goal, "b", 2, "p"))
		puts(t, s, gone(goal, "c", 3, "p"))
		want := get(t, s, history(goal))
		var anew []guard.Relabelled
		for i, v := range want {
			next := *v
			next.Facts = labelled(goal, uint64(i+1))
			want[i] = &next
			anew = append(anew, guard.Relabelled{Ref: goal, Version: v.ID, Facts: next.Facts})
		}
		relabel(t, s, guard.Labelled{Rules: 1, Through: 9}, anew...)
		equal(t, "history", want, get(t, s, history(goal)))
		equal(t, "current", want[0], get(t, s, current(goal)))
	}},
	{"what is found by its index is still found", func(t *testing.T, s Both) {
		p := put(goal, "a", 1, "p")
		puts(t, s, p)
		puts(t, s, put(goal, "b", 2, "p"))
		relabel(t, s, guard.Labelled{Rules: 1}, guard.Relabelled{Ref: goal, Version: "b", Facts: labelled(goal, 1)})
		equal(t, "record", []string{goal.String()}, names(get(t, s, record("p"))))
		puts(t, s, put(goal, "c", 3, "q"))
		equal(t, "record of whom it was about", nil, names(get(t, s, record("p"))))
	}},
	{"the records of whom it is about are raised, after merges, and nobody else's", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1, "p"), put(ref("Task", "t"), "a", 1, "q"), put(ref("Location", "l"), "a", 1))
		commit(t, s, guard.Change{Merges: map[consent.Person]consent.Person{"p": "r"}})
		before := [2]int64{get(t, s, state("p")).Record, get(t, s, state("q")).Record}
		relabel(t, s, guard.Labelled{Rules: 1},
			guard.Relabelled{Ref: goal, Version: "a", Facts: labelled(goal, 1)},
			guard.Relabelled{Ref: ref("Location", "l"), Version: "a", Facts: labelled(ref("Location", "l"), 1)})
		equal(t, "records", [2]int64{before[0] + 1, before[1]}, [2]int64{get(t, s, state("r")).Record, get(t, s, state("q")).Record})
		equal(t, "about nobody", uint64(1), get(t, s, current(ref("Location", "l"))).Facts.Labels.Rules)
	}},
	{"a version that is not there is passed over", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1, "p"))
		relabel(t, s, guard.Labelled{Rules: 1, Through: 1},
			guard.Relabelled{Ref: goal, Version: "x", Facts: labelled(goal, 1)},
			guard.Relabelled{Ref: ref("Goal", "none"), Version: "a", Facts: labelled(goal, 1)})
		equal(t, "facts", put(goal, "a", 1).Version.Facts, get(t, s, current(goal)).Facts)
	}},
	{"it is no step of the feed", func(t *testing.T, s Both) {
		receipt := puts(t, s, put(goal, "a", 1, "p"))
		relabel(t, s, guard.Labelled{Rules: 1}, guard.Relabelled{Ref: goal, Version: "a", Facts: labelled(goal, 1)})
		entries, _, err := s.Follow(t.Context(), receipt.Position, 10)
		equal(t, "entries", nil, entries)
		equal(t, "error", nil, err)
	}},
}

// relabel labels some random versions of a thing anew, in both stores.
func (p *pair) relabel() {
	if !chance(p.t, 3, "label anew") {
		return
	}
	var anew []guard.Relabelled
	err := p.a.View(p.ctx, guard.Want{}, func(v guard.Snapshot) error {
		anew = nil
		all, err := v.History(pick(p.t, worldRefs, "what to label"))
		for _, one := range all {
			if chance(p.t, 2, "this version") {
				facts := *one.Facts
				facts.Labels = consent.Labels{Rules: rapid.Uint64().Draw(p.t, "rules")}
				anew = append(anew, guard.Relabelled{Ref: one.Ref, Version: one.ID, Facts: &facts})
			}
		}
		return err
	})
	if err != nil {
		p.t.Fatalf("look at a history: %v", err)
	}
	done := guard.Labelled{Rules: rapid.Uint64().Draw(p.t, "rules"), Through: guard.Position(len(anew))}
	both(p, "label anew", func(s Both) (guard.Labelled, error) {
		if err := s.Relabel(p.ctx, anew, done); err != nil {
			return guard.Labelled{}, err
		}
		return s.Labelled(p.ctx)
	})
}
