package guard

import (
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
)

// target is what is known of something that is referred to.
type target struct {
	version *Version
	open    bool // being decided now: taken as visible until it turns out otherwise
	leaned  bool // somebody took it so
	hidden  bool // decided
	visible bool // decided
}

// What following references may cost one request: how deep a chain of things each of which cannot do without the
// next, and how many things in all.
const (
	referencesDeep = 16
	referencesMany = 20_000
)

// errTooMuch is the answer to a request that would follow more references than one request may.
var errTooMuch = fhir.Errorf(fhir.TooCostly, "the answer rests on more references than one request may follow: ask for less at once")

// sees reports whether the caller may see what is referred to. An absent thing and a hidden one are the same:
// not seen (section 10 row 23). A thing that is asked for while it is being decided counts as visible: optimism
// can only turn out false, so the answer is the greatest that is consistent. When it does turn out false, what was
// decided on the strength of it is forgotten and asked again; nothing else is ever decided twice.
func (j *judge) sees(ref fhir.Ref, depth int) (bool, error) {
	if PermitsAll {
		return true, nil
	}
	t, known := j.targets[ref]
	switch {
	case known && t.open:
		t.leaned = true
		j.targets[ref] = t
		return true, nil
	case known && t.visible:
		return true, nil
	case known && t.hidden, depth > referencesDeep:
		return false, nil
	}
	if j.followed++; j.followed > referencesMany {
		return false, errTooMuch
	}
	if err := j.ctx.Err(); err != nil {
		return false, err
	}
	if t.version == nil {
		v, err := j.snap.Current(ref)
		if err != nil {
			return false, fmt.Errorf("read what is referred to: %w", err)
		}
		if v == nil || v.Deleted {
			j.absent = append(j.absent, ref)
			j.targets[ref] = target{hidden: true}
			return false, nil
		}
		t.version = v
	}
	j.targets[ref] = target{version: t.version, open: true}
	mark := len(j.decided)
	visible, err := j.stands(t.version, depth)
	if err != nil {
		return false, err
	}
	if nobodys(t.version.Facts) { // no record says when it, or what it is attached to, changes
		if visible {
			j.content = append(j.content, ref)
		} else {
			j.absent = append(j.absent, ref)
		}
	}
	leaned := j.targets[ref].leaned
	j.targets[ref] = target{version: t.version, hidden: !visible, visible: visible}
	if !visible && leaned {
		for _, other := range j.decided[mark:] {
			if o := j.targets[other]; o.visible {
				j.targets[other] = target{version: o.version}
			}
		}
		j.decided = j.decided[:mark]
	}
	j.decided = append(j.decided, ref)
	return visible, nil
}

// stands reports whether a thing that is referred to may be seen at all: the verdict, its parts, and the
// references that it cannot do without.
func (j *judge) stands(v *Version, depth int) (bool, error) {
	s, err := j.decide(v.Facts)
	if err != nil || s.verdict.Sight == consent.Hidden {
		return false, err
	}
	if j.operator() {
		return true, nil
	}
	// A thing that the token has no scope for is not pointed at either, whichever interaction shows the host.
	readable, err := j.readable(v)
	if err != nil || !readable {
		return false, err
	}
	out := make([]bool, len(v.Facts.Cuts))
	for i, part := range v.Facts.Parts {
		if i < 64 && s.verdict.Parts&(1<<i) != 0 {
			if part.Whole {
				return false, nil
			}
			out[part.Cut] = true
		}
	}
	for i := range v.Facts.Cuts {
		cut := &v.Facts.Cuts[i]
		if cut.Kind != fhir.CutReference && cut.Kind != fhir.CutAttachment || cut.Target == v.Ref || isAbout(v.Facts, cut.Target) || consent.AlwaysOpen(cut.Target.Type) || !needed(v, i) {
			continue
		}
		visible, err := j.leads(v, cut, depth+1)
		if err != nil {
			return false, err
		}
		if !visible {
			if v.Ref.Type == "Provenance" && isTarget(cut) {
				return false, nil
			}
			out[i] = true
		}
	}
	return !falls(v.Facts.Cuts, out), nil
}

// needed reports whether leaving out a cut may take the host with it: it or something above it is required.
func needed(v *Version, i int) bool {
	for c := i; c >= 0; c = int(v.Facts.Cuts[c].Up) {
		if v.Facts.Cuts[c].Required {
			return true
		}
	}
	return v.Ref.Type == "Provenance"
}

// falls reports whether the cuts take with them something that the resource cannot do without, by emptying a
// required list as well as directly.
func falls(cuts []fhir.Cut, out []bool) bool {
	gone := make([]int32, len(cuts))
	for i, cut := range slices.Backward(cuts) { // what is inside comes after what holds it
		left := out[i] || (cut.Count > 0 && gone[i] == cut.Count)
		if !left {
			continue
		}
		if cut.Required {
			return true
		}
		if up := cut.Up; up >= 0 {
			gone[up]++
		}
	}
	return false
}

// isAbout reports whether a reference is to one of the people the thing is about. It stays: whoever may see the
// thing knows whose it is, whether or not the Patient resource is here or may be seen.
func isAbout(f *consent.Facts, ref fhir.Ref) bool {
	return slices.Contains(f.About, ref)
}

// isTarget reports whether a cut is one of Provenance.target: a Provenance is seen by those who see all of them.
func isTarget(cut *fhir.Cut) bool {
	return len(cut.Path) > len("Provenance.target") && cut.Path[:len("Provenance.target")] == "Provenance.target"
}

// targetsOf are the things on this server that a Provenance is about.
func targetsOf(f *consent.Facts) []fhir.Ref {
	var refs []fhir.Ref
	for i := range f.Cuts {
		if f.Cuts[i].Kind == fhir.CutReference && isTarget(&f.Cuts[i]) {
			refs = append(refs, f.Cuts[i].Target)
		}
	}
	return refs
}
