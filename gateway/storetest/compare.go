package storetest

import (
	"context"
	"errors"
	"hash/fnv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// Compare does the same random history of changes to two stores, both empty, and asks both everything that may be
// asked after each step: the answers are the same. The functions open a store; what they open is closed by t.
func Compare(t *testing.T, a, b func(t *testing.T) Both) {
	t.Helper()
	rapid.Check(t, func(r *rapid.T) {
		p := &pair{t: r, ctx: t.Context(), a: a(t), b: b(t)}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			p.change()
			p.relabel()
			p.seek()
		}
		p.ask()
	})
}

// pair is two stores under comparison.
type pair struct {
	t    *rapid.T
	ctx  context.Context //nolint:containedctx // that of the test, for all of it
	a, b Both
	n    int // makes version ids
}

// The small world in which histories happen, so that things meet.
var (
	worldPeople = []consent.Person{"p0", "p1", "p2", "p3"}
	worldRefs   = []fhir.Ref{
		ref("Goal", "a"), ref("Goal", "b"), ref("Goal", "c"), ref("Goal", "d"), ref("Task", "a"), organisation,
	}
	worldPatients = []fhir.Ref{ref("Patient", "x"), ref("Patient", "y")}
	worldKeys     = []string{"k1", "k2"}
	worldDoctors  = []string{"d0", "d1", "d2"}
	worldCodes    = []string{"1", "2", "3"}
)

func pick[T any](r *rapid.T, from []T, what string) T { return rapid.SampledFrom(from).Draw(r, what) }

func chance(r *rapid.T, of int, what string) bool { return rapid.IntRange(1, of).Draw(r, what) == 1 }

// both asks the two stores the same and compares the answers and the kind of error.
func both[T any](p *pair, what string, ask func(s Both) (T, error)) {
	p.t.Helper()
	left, leftErr := ask(p.a)
	right, rightErr := ask(p.b)
	if (leftErr == nil) != (rightErr == nil) || errors.Is(leftErr, guard.ErrConflict) != errors.Is(rightErr, guard.ErrConflict) {
		p.t.Fatalf("%s: one store says %v, the other %v", what, leftErr, rightErr)
	}
	if diff := cmp.Diff(left, right, same); diff != "" {
		p.t.Fatalf("%s: the stores differ (-one +other):\n%s", what, diff)
	}
}

// asked puts a question to a snapshot.
func asked[T any](p *pair, what string, ask func(v guard.Snapshot) (T, error)) {
	p.t.Helper()
	both(p, what, func(s Both) (T, error) {
		var answer T
		err := s.View(p.ctx, guard.Want{}, func(v guard.Snapshot) error {
			var err error
			answer, err = ask(v)
			return err
		})
		return answer, err
	})
}

// ask compares everything but searches.
func (p *pair) ask() {
	for _, r := range worldRefs {
		asked(p, "current", current(r))
		asked(p, "history", history(r))
	}
	asked(p, "changes", changes(guard.Stretch{}, anywhere, 1000))
	asked(p, "changes of a type", changes(guard.Stretch{Type: "Goal", Since: at(p.n / 2)}, guard.Reach{Principals: []string{"Practitioner/d0"}}, 2))
	for _, r := range worldPatients {
		asked(p, "person", func(v guard.Snapshot) (consent.Person, error) { return v.Person(r) })
	}
	for _, key := range worldKeys {
		asked(p, "find", find(key))
	}
	for _, who := range worldPeople {
		asked(p, "state", state(who))
		asked(p, "record", record(who))
		both(p, "looked", func(s Both) ([]guard.Event, error) { return s.Looked(p.ctx, who, time.Time{}, 50) })
	}
	asked(p, "directory", func(v guard.Snapshot) (string, error) {
		d, err := v.Directory()
		return d.Name(organisation), err
	})
	both(p, "feed", func(s Both) ([]guard.Entry, error) {
		entries, _, err := s.Follow(p.ctx, 0, 1000)
		for i := range entries {
			entries[i].Position = 0 // each store counts in its own way
		}
		return entries, err
	})
}

// seek compares a random search, by eyes that see about three things of four, at a time of their own.
func (p *pair) seek() {
	plan := drawPlan(p.t)
	reach := guard.Reach{All: chance(p.t, 2, "all")}
	for _, d := range worldDoctors {
		if chance(p.t, 2, "doctor") {
			reach.Principals = append(reach.Principals, "Practitioner/"+d)
		}
	}
	salt := rapid.Byte().Draw(p.t, "eyes")
	see := func(v *guard.Version) (guard.Seen, error) { //nolint:unparam // it is a guard.See
		h := fnv.New32a()
		_, _ = h.Write(append([]byte(v.Ref.String()+v.ID), salt))
		n := int(h.Sum32() % 64)
		return guard.Seen{OK: n%4 != 0, Updated: at(n / 16)}, nil
	}
	both(p, "search", func(s Both) (guard.Page, error) {
		var page guard.Page
		err := s.View(p.ctx, guard.Want{}, func(v guard.Snapshot) error {
			var err error
			page, err = v.Search(plan, reach, see)
			return err
		})
		return page, err
	})
}

func drawPlan(r *rapid.T) search.Plan {
	plan := search.Plan{
		Type:  pick(r, []fhir.Type{"Goal", "Goal", "Task", "Organization"}, "type"),
		Sort:  search.Sort(rapid.IntRange(0, 2).Draw(r, "sort")), //nolint:gosec // of three
		Count: rapid.IntRange(1, 4).Draw(r, "count"),
	}
	for range rapid.IntRange(0, 2).Draw(r, "clauses") {
		plan.Where = append(plan.Where, drawClause(r))
	}
	if chance(r, 3, "after") {
		plan.After = mark(pick(r, []string{"a", "b", "bb"}, "mark"), at(rapid.IntRange(0, 3).Draw(r, "mark time")))
	}
	return plan
}

func drawClause(r *rapid.T) search.Clause {
	code := func() string { return pick(r, worldCodes, "code") }
	n := rapid.IntRange(0, 6).Draw(r, "date")
	prefix := pick(r, []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"}, "prefix")
	return pick(r, []search.Clause{
		clause("code", search.Token, "", search.Value{Text: code()}),
		clause("code", search.Token, "", search.Value{HasSystem: true, System: "s", Text: code()}, search.Value{Text: code()}),
		clause("code", search.Token, "not", search.Value{Text: code()}),
		clause("code", search.Token, "missing", search.Value{Missing: n%2 == 0}),
		clause("who", search.Reference, "", search.Value{Text: "Patient/" + code()}),
		clause("who", search.Reference, "", search.Value{Text: code()}),
		clause("note", search.String, "", search.Value{Text: code()}),
		clause("note", search.String, "contains", search.Value{Text: code()}),
		clause("date", search.Date, "", when(prefix, n, n+1)),
		clause("_lastUpdated", search.Date, "", when(prefix, n/2, n/2)),
		clause("_id", search.Token, "", search.Value{Text: "a"}, search.Value{Text: "c"}),
	}, "clause")
}
