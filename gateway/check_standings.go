package gateway

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// peopleTogether is how many persons' standings are made anew in one walk over all versions. A standing takes a few
// kilobytes.
const peopleTogether = 50_000

// standings makes each person's standing anew from the facts of all versions about them, in the order of the commits.
func (c *checkup) standings(ctx context.Context, amend func([]guard.Derived, []*consent.Standing) error) error {
	for after := consent.Person(""); ; {
		people, err := c.store.Persons(ctx, after, peopleTogether)
		if err != nil || len(people) == 0 {
			return err
		}
		after = people[len(people)-1].Person
		folded := map[consent.Person]*consent.Becoming{}
		some := map[consent.Person]bool{}
		for _, p := range people {
			some[p.Person] = true
			folded[p.Person] = consent.Become(&consent.Standing{Person: p.Person})
		}
		err = c.store.Each(ctx, guard.Part{People: some}, func(h guard.Held) error {
			if h.Fault != nil || h.Version.Facts == nil {
				return nil //nolint:nilerr // told already
			}
			for _, p := range h.People {
				if b, ok := folded[p]; ok {
					b.Take(h.Version.Facts)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		made := make(map[consent.Person]*consent.Standing, len(folded))
		for p, b := range folded {
			made[p] = b.Standing()
		}
		if err := c.edges(ctx, made); err != nil {
			return err
		}
		if err := c.compare(people, made, amend); err != nil {
			return err
		}
	}
}

// edges gives those standings the references of the record whose choices follow them: few, so that they are worth a walk
// of their own.
func (c *checkup) edges(ctx context.Context, made map[consent.Person]*consent.Standing) error {
	some := map[consent.Person]bool{}
	records := map[consent.Person]map[fhir.Ref]*consent.Facts{}
	for p, s := range made {
		if s.NeedsEdges() {
			some[p], records[p] = true, map[fhir.Ref]*consent.Facts{}
		}
	}
	if len(some) == 0 {
		return nil
	}
	err := c.store.Each(ctx, guard.Part{People: some}, func(h guard.Held) error {
		if h.Fault != nil || h.Version.Facts == nil {
			return nil //nolint:nilerr // told already
		}
		for _, p := range h.People {
			if record, ok := records[p]; ok {
				record[h.Version.Ref] = h.Version.Facts // in the order of the commits: the newest stays
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for p, record := range records {
		made[p] = made[p].WithEdges(slices.Collect(maps.Values(record)))
	}
	return nil
}

func (c *checkup) compare(people []guard.HeldPerson, made map[consent.Person]*consent.Standing, amend func([]guard.Derived, []*consent.Standing) error) error {
	var wrong []*consent.Standing
	for _, p := range people {
		c.tally.People++
		next := standingOf(p, made[p.Person])
		if p.Standing != nil && sameStanding(p.Standing, next) || p.Standing == nil && p.Fault == nil && sameStanding(&consent.Standing{}, next) {
			continue
		}
		problem := "the standing of the person is not what their resources give"
		if p.Fault != nil {
			problem = "the standing of the person cannot be read"
		}
		c.find(guard.Finding{Ref: refOf(next), Problem: problem})
		next.Person, next.Version = p.Person, p.Version+1
		if wrong = append(wrong, next); len(wrong) == together {
			if err := amend(nil, wrong); err != nil {
				return err
			}
			wrong = nil
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return amend(nil, wrong)
}

// standingOf is the standing that a person should have: what their resources give, and the care that was started,
// which no resource says. Where others were merged into the person, the order of their choices and the ties that they
// did not bring along were decided then, and stay.
func standingOf(p guard.HeldPerson, folded *consent.Standing) *consent.Standing {
	next := *folded
	if p.Standing != nil {
		next.Glass = p.Standing.Glass // no resource says who broke the glass
	}
	if p.Standing == nil {
		if p.Merged {
			next.Ties = nil // it is not known which were brought along
		}
		return &next
	}
	if p.Merged {
		next.Ties = nil
		for _, t := range folded.Ties {
			same := func(o consent.Tie) bool {
				return o.From == t.From && o.Kind == t.Kind && o.Who == t.Who && o.Role == t.Role
			}
			if i := slices.IndexFunc(p.Standing.Ties, same); i >= 0 {
				next.Ties = append(next.Ties, p.Standing.Ties[i])
			}
		}
		next.Rules = inOrderOf(p.Standing.Rules, folded.Rules)
	}
	for _, t := range p.Standing.Ties {
		if t.Kind == consent.TieStarted {
			next = *next.Started(t)
		}
	}
	return &next
}

// inOrderOf gives the rules in the order in which they were kept, those that were not kept after them, each superseded
// as it was.
func inOrderOf(kept, rules []consent.Rule) []consent.Rule {
	var out []consent.Rule
	at := func(all []consent.Rule, ref fhir.Ref) int {
		return slices.IndexFunc(all, func(r consent.Rule) bool { return r.Ref == ref })
	}
	for _, k := range kept {
		if i := at(rules, k.Ref); i >= 0 {
			r := rules[i]
			r.Superseded = k.Superseded
			out = append(out, r)
		}
	}
	for _, r := range rules {
		if at(kept, r.Ref) < 0 {
			out = append(out, r)
		}
	}
	return out
}

// sameStanding compares what standings say, but for whose they are and their versions.
func sameStanding(a, b *consent.Standing) bool {
	x, y := *a, *b
	x.Person, y.Person, x.Version, y.Version = "", "", 0, 0
	x.Patients, x.Ties, x.Rules, x.Senders = orNone(x.Patients), orNone(x.Ties), orNone(x.Rules), orNone(x.Senders)
	x.Edges, x.Glass, y.Edges, y.Glass = orNone(x.Edges), orNone(x.Glass), orNone(y.Edges), orNone(y.Glass)
	y.Patients, y.Ties, y.Rules, y.Senders = orNone(y.Patients), orNone(y.Ties), orNone(y.Rules), orNone(y.Senders)
	return bytes.Equal(x.Binary(), y.Binary())
}

// orNone makes an empty list no list.
func orNone[T any](all []T) []T {
	if len(all) == 0 {
		return nil
	}
	return all
}
