package guard

import (
	"context"
	"fmt"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// Probe is a kind of thing that may be recorded one day: a type, in a section.
type Probe struct {
	Type    fhir.Type
	Section care.Section
}

// facts are those of such a thing about a Patient, with nothing in it that is sensitive.
func (p Probe) facts(patient fhir.Ref, labels uint64) *consent.Facts {
	return &consent.Facts{
		Ref: fhir.Ref{Type: p.Type}, About: []fhir.Ref{patient}, Sections: care.In(p.Section),
		Class:  []consent.Code{{System: systemTypes, Code: string(p.Type)}, {System: care.SystemSection, Code: p.Section.String()}},
		Labels: consent.Labels{Rules: labels, Level: consent.LevelN},
	}
}

// systemTypes is the code system of resource types.
const systemTypes = "http://hl7.org/fhir/resource-types"

// seenThing is one of the record that the caller sees, and how.
type seenThing struct {
	version *Version
	mine    sight
	shared  bool
}

// things are what of the record the caller may see, but for the draft itself.
func (p *previewer) things(s *consent.Standing) ([]seenThing, error) {
	record, err := p.d.j.snap.Record(p.person)
	if err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	mine := supposed{patients: patientsOf(s)}
	var things []seenThing
	for _, v := range record {
		if v.Ref == p.ref {
			continue
		}
		seen, err := p.d.j.look(v)
		if err != nil {
			return nil, err
		}
		if seen.verdict.Sight == consent.Hidden {
			continue
		}
		alone := mine.alone(v)
		one := seenThing{version: alone, mine: seen, shared: alone != v}
		if !p.wholly() {
			if one.version, err = p.known(v, seen); err != nil {
				return nil, err
			}
			one.version, one.mine.out = mine.alone(one.version), nil
		}
		things = append(things, one)
	}
	return things, nil
}

// compare looks at each thing, and each that may come, with an onlooker's eyes, now and as it would be.
func (p *previewer) compare(ctx context.Context, f *Foreseen, before, after *consent.Standing, things []seenThing) error {
	o := f.Onlooker
	if o.Kind == OnlookerEmergency || o.Kind == OnlookerElsewhere { // they come to be related first
		before, after = p.joined(before, o), p.joined(after, o)
	}
	patients := patientsOf(before)
	known := map[fhir.Ref]*Version{}
	for i := range things {
		known[things[i].version.Ref] = things[i].version
	}
	now := &supposed{Snapshot: p.d.j.snap, person: p.person, patients: patients, standing: before, known: known}
	then := &supposed{Snapshot: p.d.j.snap, person: p.person, patients: patients, standing: unstored(after), known: known, draft: p.d.latest[p.ref]}
	first, err := o.judge(ctx, p.d.j.g, now, p.patient)
	if err != nil {
		return err
	}
	second, err := o.judge(ctx, p.d.j.g, then, p.patient)
	if err != nil {
		return err
	}
	for i := range things {
		one := &things[i]
		a, err := first.look(one.version)
		if err != nil {
			return err
		}
		b, err := second.look(one.version)
		if err != nil {
			return err
		}
		effect := effectOf(one.mine, a, b)
		if effect == EffectNone {
			continue
		}
		change := ForeseenChange{Ref: one.version.Ref, Effect: effect, Shared: one.shared}
		change.Sections = one.version.Facts.Sections
		change.Section = firstSection(change.Sections)
		if p.wholly() {
			change.Labels = one.version.Facts.Labels
		}
		f.Changes = append(f.Changes, change)
	}
	for _, probe := range p.probes {
		facts := probe.facts(p.patient, p.d.j.g.Base.Labels)
		a, err := first.decide(facts)
		if err != nil {
			return err
		}
		b, err := second.decide(facts)
		if err != nil {
			return err
		}
		f.Coming = append(f.Coming, effectOf(sight{}, a, b))
	}
	return nil
}

// joined is a standing in which an onlooker's organisation has started care.
func (p *previewer) joined(s *consent.Standing, o Onlooker) *consent.Standing {
	now := p.d.j.viewers[0].Time
	return unstored(s.Started(consent.Tie{
		Who: consent.Party{Ref: o.Org}, From: fhir.Ref{Type: "Encounter", ID: nowhere.ID},
		Period: consent.Span{From: now, To: now.Add(careStarted)},
	}))
}

// wholly reports whether the caller may know of everybody around the person, and of all labels: the person, and the operator.
func (p *previewer) wholly() bool {
	if p.d.j.operator() {
		return true
	}
	return p.d.j.viewers[0].Class == consent.Self && p.d.j.isSelf(p.d.before[p.person])
}

// effectOf is what becomes of a thing for somebody, as far as the one who asks may know: what is left out for them
// stays out of it.
func effectOf(mine, before, after sight) Effect {
	was, will := before.verdict.Sight != consent.Hidden, after.verdict.Sight != consent.Hidden
	switch {
	case !was && !will:
		return EffectNone
	case !was:
		return EffectShown
	case !will:
		return EffectHidden
	}
	lost, gained := false, false
	for i := range max(len(before.out), len(after.out)) {
		if left(mine.out, i) {
			continue
		}
		lost = lost || (left(after.out, i) && !left(before.out, i))
		gained = gained || (left(before.out, i) && !left(after.out, i))
	}
	switch {
	case lost && gained:
		return EffectOtherwise
	case lost:
		return EffectLess
	case gained:
		return EffectMore
	default:
		return EffectNone
	}
}
