package main

import (
	"slices"

	"concord/consent"
	"concord/fhir"
)

// same is everybody who is the same caller: by reference, by identifier, and by the roles that somebody has.
func (w *caseWorld) same(actor []consent.Party) []consent.Party {
	all := slices.Clone(actor)
	for _, p := range actor {
		for _, ref := range w.directory.Find(p.Identifier) {
			all = append(all, consent.Party{Ref: ref})
		}
	}
	for _, p := range slices.Clone(all) {
		if entry, ok := w.directory.Entry(p.Ref); ok {
			for _, id := range entry.Identifiers {
				all = append(all, consent.Party{Ref: p.Ref, Identifier: id})
			}
			if entry.Practitioner != (fhir.Ref{}) {
				all = append(all, consent.Party{Ref: entry.Practitioner})
			}
		}
		for _, role := range w.directory.Roles(p.Ref) {
			all = append(all, consent.Party{Ref: role.Ref})
		}
	}
	return all
}

// orgs are the organisations that the caller acts for, with all that they are part of: those that the case names, else
// the caller itself where it is one, else those of the caller's roles.
func (w *caseWorld) orgs(named, self []consent.Party) []consent.Party {
	all := slices.Clone(named)
	for _, p := range named {
		for _, ref := range w.directory.Find(p.Identifier) {
			all = append(all, consent.Party{Ref: ref})
		}
	}
	if len(named) == 0 {
		for _, me := range self {
			switch entry, _ := w.directory.Entry(me.Ref); {
			case me.Ref.Type == "Organization":
				all = append(all, me)
			case me.Ref.Type == "PractitionerRole" && entry.Organization != (fhir.Ref{}):
				all = append(all, consent.Party{Ref: entry.Organization})
			}
		}
	}
	for _, p := range slices.Clone(all) {
		all = append(all, w.directory.Orgs(p.Ref)...)
	}
	return all
}

// groupsOf are the groups and teams that the caller, or the organisation, is in.
func (w *caseWorld) groupsOf(self, orgs []consent.Party) []fhir.Ref {
	var in []fhir.Ref
	for group, members := range w.groups {
		for _, member := range members {
			same := func(p consent.Party) bool {
				return (p.Ref != fhir.Ref{} && p.Ref == member.Ref) || (p.Identifier != consent.Code{} && p.Identifier == member.Identifier)
			}
			if slices.ContainsFunc(self, same) || slices.ContainsFunc(orgs, same) {
				in = append(in, group)
				break
			}
		}
	}
	return in
}
