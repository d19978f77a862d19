package storetest

import (
	"fmt"

	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// change does one random change to both stores. What it rests on is right most of the time.
func (p *pair) change() {
	r := p.t
	var change guard.Change
	if chance(r, 4, "key") {
		change.Key = pick(r, []string{"m1", "m2"}, "message")
	}
	people := rapid.SliceOfNDistinct(rapid.SampledFrom(worldPeople), 0, 2, rapid.ID[consent.Person]).Draw(r, "people")
	for _, thing := range rapid.SliceOfNDistinct(rapid.SampledFrom(worldRefs), 0, 3, rapid.ID[fhir.Ref]).Draw(r, "things") {
		if thing.Type == "Organization" {
			p.n++
			change.Put = append(change.Put, listed(fmt.Sprint(p.n), fmt.Sprint("name ", p.n)))
			continue
		}
		change.Put = append(change.Put, p.put(thing, people))
		if chance(r, 3, "rests") {
			change.If = append(change.If, p.expect(thing))
		}
	}
	for _, who := range people {
		p.state(&change, who)
	}
	if chance(r, 3, "names") {
		change.Patients = map[fhir.Ref]consent.Person{pick(r, worldPatients, "patient"): pick(r, worldPeople, "whose")}
		change.Keys = map[string]consent.Person{pick(r, worldKeys, "identity"): pick(r, worldPeople, "whose")}
	}
	if chance(r, 8, "merge") {
		change.Standings = nil // they were read of persons as they were before
		change.Merges = map[consent.Person]consent.Person{pick(r, worldPeople, "gone"): pick(r, worldPeople, "into")}
	}
	both(p, "commit", func(s Both) (guard.Receipt, error) {
		receipt, err := s.Commit(p.ctx, change)
		receipt.Position = 0
		return receipt, err
	})
}

// put makes a new version, or a deletion.
func (p *pair) put(thing fhir.Ref, people []consent.Person) guard.Put {
	r := p.t
	p.n++
	if chance(r, 5, "delete") {
		return gone(thing, fmt.Sprint(p.n), p.n, people...)
	}
	one := put(thing, fmt.Sprint(p.n), p.n, people...)
	for range rapid.IntRange(0, 3).Draw(r, "entries") {
		code := pick(r, worldCodes, "entry")
		from := rapid.IntRange(0, 6).Draw(r, "from")
		one.Index = append(one.Index, pick(r, []search.Entry{
			token("code", pick(r, []string{"", "s"}, "system"), code),
			{Param: "who", Kind: search.Reference, Value: "Patient/" + code},
			text(code+code, code),
			date(from, from+rapid.IntRange(0, 2).Draw(r, "long")),
		}, "kind"))
	}
	return one
}

// expect is what one store says is current, or something else.
func (p *pair) expect(thing fhir.Ref) guard.Expect {
	e := guard.Expect{Ref: thing}
	if chance(p.t, 4, "stale") {
		e.Version = pick(p.t, []string{"", "1", "2"}, "version")
		return e
	}
	err := p.a.View(p.ctx, guard.Want{}, func(v guard.Snapshot) error {
		now, err := v.Current(thing)
		if now != nil {
			e.Version = now.ID
		}
		return err
	})
	if err != nil {
		p.t.Fatalf("current: %v", err)
	}
	return e
}

// state raises a person's standing at times, and says what happened in the trail.
func (p *pair) state(change *guard.Change, who consent.Person) {
	var now *guard.State
	err := p.a.View(p.ctx, guard.Want{}, func(v guard.Snapshot) error {
		var err error
		now, err = v.State(who)
		return err
	})
	if err != nil {
		p.t.Fatalf("state: %v", err)
	}
	if change.Standings == nil {
		change.Standings = map[consent.Person]*consent.Standing{}
	}
	// The guard writes the state of the person whom it found, never that of one who was merged away.
	whose := now.Standing.Person
	if chance(p.t, 2, "standing") {
		doctors := rapid.SliceOfNDistinct(rapid.SampledFrom(worldDoctors), 0, 2, rapid.ID[string]).Draw(p.t, "doctors")
		change.Standings[whose] = stand(whose, now.Standing.Version+1, doctors...)
		change.If = append(change.If, guard.Expect{Person: whose, Standing: now.Standing.Version})
	}
	p.n++
	change.Events = append(change.Events, event(fmt.Sprint(p.n), p.n, who))
}
