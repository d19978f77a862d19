package guard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// things are what is asked about, of what is the person's and the caller may know of.
func (x *explainer) things() ([]seenThing, error) {
	if x.q.Thing == (fhir.Ref{}) {
		record, err := x.j.snap.Record(x.person)
		if err != nil {
			return nil, fmt.Errorf("read a record: %w", err)
		}
		return x.known(record...)
	}
	v, err := x.j.snap.Current(x.q.Thing)
	if err != nil {
		return nil, fmt.Errorf("read what is asked about: %w", err)
	}
	if v == nil || v.Deleted {
		return nil, nil
	}
	return x.known(v)
}

func (x *explainer) known(versions ...*Version) ([]seenThing, error) {
	patients := patientsOf(x.state.Standing)
	mine := supposed{patients: patients}
	var things []seenThing
	for _, v := range versions {
		if !slices.ContainsFunc(v.Facts.About, func(ref fhir.Ref) bool { return slices.Contains(patients, ref) }) {
			continue
		}
		seen, err := x.j.look(v)
		if err != nil {
			return nil, err
		}
		if seen.verdict.Sight == consent.Hidden && !x.all {
			continue
		}
		if part := x.part(v); x.q.Part != "" && (part < 0 || (!x.all && left(seen.out, int(v.Facts.Parts[part].Cut)))) {
			continue
		}
		alone := mine.alone(v)
		things = append(things, seenThing{version: alone, mine: seen, shared: alone != v})
	}
	return things, nil
}

// part is the index of the part that is asked about, or in which it stands; -1 when there is none.
func (x *explainer) part(v *Version) int {
	return slices.IndexFunc(v.Facts.Parts, func(p consent.Part) bool {
		path := v.Facts.Cuts[p.Cut].Path
		return x.q.Part == path || strings.HasPrefix(x.q.Part, path+".")
	})
}

// answer decides on the things with an onlooker's eyes, and puts together what is decided alike.
func (x *explainer) answer(ctx context.Context, o Onlooker, snap Snapshot, things []seenThing) ([]AccessGroup, error) {
	j, err := o.judge(ctx, x.j.g, snap, x.q.Patient)
	if err != nil {
		return nil, err
	}
	r, err := j.ruling(x.person)
	if err != nil {
		return nil, err
	}
	var groups []AccessGroup
	for i := range things {
		v := things[i].version
		s, err := j.look(v)
		if err != nil {
			return nil, err
		}
		alone, err := j.see(r.residuals[0], v.Facts)
		if err != nil {
			return nil, err
		}
		g := AccessGroup{
			Section: firstSection(v.Facts.Sections), Things: []fhir.Ref{v.Ref}, Permit: s.verdict.Sight != consent.Hidden,
			Shared: things[i].shared, Pointing: s.verdict.Sight == consent.Hidden && alone.Sight != consent.Hidden,
			Explained: consent.Explanation{Verdict: alone},
		}
		g.Less = g.Permit && s.own && (x.all || effectOf(things[i].mine, sight{verdict: consent.Verdict{Sight: consent.Whole}}, s) == EffectLess)
		if part := x.part(v); x.q.Part != "" && g.Permit {
			g.Permit, g.Less = !left(s.out, int(v.Facts.Parts[part].Cut)), false
		}
		if at := slices.IndexFunc(groups, g.alike); at >= 0 {
			groups[at].Things = append(groups[at].Things, v.Ref)
			continue
		}
		members, err := j.members(v.Facts)
		if err != nil {
			return nil, err
		}
		if g.Explained, err = x.told(r.policy.Explain(j.viewers[0], v.Facts, members...)); err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	return groups, nil
}

func (g AccessGroup) alike(o AccessGroup) bool {
	return g.Section == o.Section && g.Permit == o.Permit && g.Less == o.Less && g.Pointing == o.Pointing && g.Shared == o.Shared &&
		g.Explained.Verdict.Why == o.Explained.Verdict.Why
}

// told is an explanation without the choices that the caller may not read.
func (x *explainer) told(e consent.Explanation) (consent.Explanation, error) {
	if x.all {
		return e, nil
	}
	var choices []consent.Said
	for _, said := range e.Choices {
		seen, err := x.j.sees(said.Consent, 0)
		if err != nil {
			return e, err
		}
		switch {
		case seen:
			choices = append(choices, said)
		case said.Decided && said.Plain != "":
			e.Plain = strings.Replace(e.Plain, " Your choice: "+said.Plain, "", 1)
		}
	}
	e.Choices, e.Parts = choices, nil
	return e, nil
}

// firstSection is where a thing stands; a thing of no section is counted with the clinical ones.
func firstSection(s care.Set) care.Section {
	for section := range s.Each() {
		return section
	}
	return care.Clinical
}

// left reports whether a cut is left out.
func left(out []bool, i int) bool { return i < len(out) && out[i] }
