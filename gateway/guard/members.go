package guard

import (
	"fmt"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
)

// membersAt says which references of a type name what the thing gathers or is about: its labels are at least theirs
// (CONSENT rules section 5). A care plan that addresses a condition tells of it as much as the condition does.
var membersAt = map[fhir.Type][]string{
	"CarePlan":         {".addresses[", ".goal[", ".activity[", ".supportingInfo["},
	"Goal":             {".addresses["},
	"Composition":      {".entry["},
	"List":             {".entry["},
	"DiagnosticReport": {".result["},
}

// membersDeep is how far gathering is followed: a document with a plan with a goal that addresses a condition.
const membersDeep = 3

// members are the facts whose labels count with those of a thing: of what it gathers, whether or not the caller may see
// that, and of the newest version of an older one (section 2.5). What is not there has no labels.
func (j *judge) members(f *consent.Facts) ([]*consent.Facts, error) {
	if found, ok := j.gathered[f]; ok {
		return found, nil
	}
	var members []*consent.Facts
	seen := map[fhir.Ref]bool{f.Ref: true}
	next := []*consent.Facts{f}
	if over, ok := j.newest[f]; ok {
		members, next = append(members, over), append(next, over)
	}
	for depth := 0; depth < membersDeep && len(next) > 0; depth++ {
		var found []*consent.Facts
		for _, one := range next {
			for _, ref := range gathers(one) {
				if seen[ref] || slices.Contains(one.Labels.Blind, ref) {
					continue
				}
				seen[ref] = true
				member, err := j.member(ref)
				if err != nil {
					return nil, err
				}
				if member != nil {
					found = append(found, member)
				}
			}
		}
		members, next = append(members, found...), found
	}
	if j.gathered == nil {
		j.gathered = map[*consent.Facts][]*consent.Facts{}
	}
	if len(j.gathered) < looksKept {
		j.gathered[f] = members
	}
	return members, nil
}

// gathers are the references by which a thing gathers others.
func gathers(f *consent.Facts) []fhir.Ref {
	elements := membersAt[f.Ref.Type]
	if elements == nil {
		return nil
	}
	var refs []fhir.Ref
	for i := range f.Cuts {
		cut := &f.Cuts[i]
		if cut.Kind != fhir.CutReference || cut.Target == (fhir.Ref{}) || consent.AlwaysOpen(cut.Target.Type) {
			continue
		}
		for _, element := range elements {
			if strings.Contains(cut.Path, element) {
				refs = append(refs, cut.Target)
				break
			}
		}
	}
	return refs
}

// member is the facts of something that is gathered; nil when it is not there. A view that is kept rests on whose it is.
func (j *judge) member(ref fhir.Ref) (*consent.Facts, error) {
	if j.followed++; j.followed > referencesMany {
		return nil, errTooMuch
	}
	if err := j.ctx.Err(); err != nil {
		return nil, err
	}
	v, err := j.snap.Current(ref)
	if err != nil {
		return nil, fmt.Errorf("read what is gathered: %w", err)
	}
	if v == nil || v.Deleted {
		j.absent = append(j.absent, ref)
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	for _, patient := range v.Facts.About {
		p, err := j.person(patient)
		if err != nil {
			return nil, err
		}
		if _, err := j.ruling(p); err != nil {
			return nil, err
		}
	}
	return v.Facts, nil
}

// under makes an older version wear the labels of the newest.
func (j *judge) under(old, newest *Version) {
	if old == newest || old.Facts == nil {
		return
	}
	if j.newest == nil {
		j.newest = map[*consent.Facts]*consent.Facts{}
	}
	j.newest[old.Facts] = newest.Facts
}

// see is the verdict of one residual, with the labels of what the thing gathers where any answer may rest on labels.
func (j *judge) see(residual consent.Residual, f *consent.Facts) (consent.Verdict, error) {
	if _, older := j.newest[f]; !older && !residual.AsksLabels() {
		return residual.See(f), nil
	}
	members, err := j.members(f)
	if err != nil {
		return consent.Verdict{}, err
	}
	return residual.SeeAmong(f, members), nil
}

// blind notes which of the things that a version gathers or refers to its writer could not see. What the version before
// referred to, what comes in the same commit, and what the writer's own organisation sent is known to them.
func (d *draft) blind(f *consent.Facts, prior *Version) error {
	if d.j.operator() {
		return nil
	}
	settled := map[fhir.Ref]bool{}
	if prior != nil {
		for _, ref := range pointed(prior.Facts) {
			settled[ref] = true
		}
		for _, ref := range prior.Facts.Labels.Blind {
			settled[ref] = false
		}
	}
	for _, ref := range pointed(f) {
		if _, ours := d.latest[ref]; ours || d.coming[ref] || settled[ref] {
			continue
		}
		settled[ref] = true
		seen, err := d.sawMember(ref)
		if err != nil {
			return err
		}
		if !seen {
			f.Labels.Blind = append(f.Labels.Blind, ref)
		}
	}
	return nil
}

// pointed are the references that labels or choices may follow.
func pointed(f *consent.Facts) []fhir.Ref {
	refs := gathers(f)
	for _, link := range f.Links {
		refs = append(refs, link.To)
	}
	return refs
}

func (d *draft) sawMember(ref fhir.Ref) (bool, error) {
	v, err := d.j.snap.Current(ref)
	if err != nil {
		return false, fmt.Errorf("read what is gathered: %w", err)
	}
	if v != nil && !v.Deleted && v.Facts.Sender != (fhir.Ref{}) && v.Facts.Sender == d.sender() {
		return true, nil
	}
	return d.j.sees(ref, 0)
}
