package guard

import (
	"fmt"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/search"
)

// within reports whether a thing is about the launch patient; a Provenance is about whom its targets are about.
func (j *judge) within(f *consent.Facts) (bool, error) {
	if nobodys(f) {
		return j.contentWithin(f)
	}
	if f.Ref.Type != "Provenance" {
		return j.launchedFor(f)
	}
	for _, ref := range targetsOf(f) {
		v, err := j.snap.Current(ref)
		if err != nil {
			return false, fmt.Errorf("read the target of a Provenance: %w", err)
		}
		if v == nil {
			continue
		}
		if within, err := j.launchedFor(v.Facts); err != nil || within {
			return within, err
		}
	}
	return false, nil
}

// launchedFor reports whether a thing is about the person of the launch patient, under whichever of their Patients it is
// kept: an app that was launched before two records turned out to be one person's goes on to see the whole.
func (j *judge) launchedFor(f *consent.Facts) (bool, error) {
	if isAbout(f, j.c.Patient) {
		return true, nil
	}
	launched, err := j.person(j.c.Patient)
	if err != nil || launched == "" {
		return false, err
	}
	for _, patient := range f.About {
		if p, err := j.person(patient); err != nil || p == launched {
			return p == launched, err
		}
	}
	return false, nil
}

// scoped reports whether a scope of the token covers this very thing: its context, and the parameters of a
// granular scope, which are asked of the whole resource (section 9).
func (j *judge) scoped(v *Version, letter smart.Letter) (bool, error) {
	var entries []search.Entry
	for grant := range j.c.Scopes.Matching(v.Ref.Type, letter) {
		if grant.Context == smart.Patient && !v.Facts.Open {
			within, err := j.within(v.Facts)
			if err != nil {
				return false, err
			}
			if !within {
				continue
			}
		}
		if len(grant.Where) == 0 {
			return true, nil
		}
		if entries == nil {
			root, err := fhir.Walk(v.JSON)
			if err != nil {
				return false, fmt.Errorf("read a stored resource: %w", err)
			}
			entries = search.ExtractTree(v.Ref.Type, root)
		}
		plan := search.Plan{Type: v.Ref.Type, Where: grant.Where}
		if plan.Match(v.Ref, v.Updated, entries) {
			return true, nil
		}
	}
	return false, nil
}
