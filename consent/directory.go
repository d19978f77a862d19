package consent

import (
	"slices"

	"concord/fhir"
)

// Entry is what the directory knows of an Organization, Practitioner, PractitionerRole or Group.
type Entry struct {
	Ref          fhir.Ref
	Identifiers  []Code
	PartOf       fhir.Ref   // Organization
	Kind         OrgKind    // Organization
	Name         string     // Organization: its name, which is public
	Practitioner fhir.Ref   // PractitionerRole
	Organization fhir.Ref   // PractitionerRole
	Members      []fhir.Ref // Group of practitioners, roles or organisations
	Active       bool
}

// Directory is the organisations, roles and groups as of one moment. It is immutable.
type Directory struct {
	Epoch   int64 // raised by every change of the directory
	entries map[fhir.Ref]Entry
	byID    map[Code][]fhir.Ref
	parts   map[fhir.Ref][]fhir.Ref // organisations that are part of one
	staff   map[fhir.Ref][]fhir.Ref // roles at an organisation
	roles   map[fhir.Ref][]fhir.Ref // roles of a practitioner
	groups  []fhir.Ref
}

// ancestors bounds how far up partOf is followed.
const ancestors = 16

// NewDirectory makes a directory of the entries. epoch must differ whenever they do.
func NewDirectory(epoch int64, entries []Entry) *Directory {
	d := &Directory{
		Epoch: epoch, entries: make(map[fhir.Ref]Entry, len(entries)), byID: map[Code][]fhir.Ref{},
		parts: map[fhir.Ref][]fhir.Ref{}, staff: map[fhir.Ref][]fhir.Ref{}, roles: map[fhir.Ref][]fhir.Ref{},
	}
	for _, e := range entries {
		d.entries[e.Ref] = e
	}
	refs := make([]fhir.Ref, 0, len(d.entries))
	for ref := range d.entries {
		refs = append(refs, ref)
	}
	d.inherit(refs)
	slices.SortFunc(refs, compareRefs)
	for _, ref := range refs {
		e := d.entries[ref]
		for _, id := range e.Identifiers {
			d.byID[id] = append(d.byID[id], ref)
		}
		switch ref.Type {
		case "Organization":
			d.parts[e.PartOf] = append(d.parts[e.PartOf], ref)
		case "PractitionerRole":
			d.staff[e.Organization] = append(d.staff[e.Organization], ref)
			d.roles[e.Practitioner] = append(d.roles[e.Practitioner], ref)
		case "Group":
			d.groups = append(d.groups, ref)
		}
	}
	return d
}

// inherit gives a department or team that says no kind of its own the kind of what it is part of.
func (d *Directory) inherit(refs []fhir.Ref) {
	for _, ref := range refs {
		e := d.entries[ref]
		for up, n := e.PartOf, 0; e.Kind == OrgUnknown && n < ancestors; n++ {
			above, ok := d.entries[up]
			if !ok {
				break
			}
			e.Kind, up = above.Kind, above.PartOf
		}
		d.entries[ref] = e
	}
}

// Entry is what is known of an organisation, practitioner, role or group.
func (d *Directory) Entry(ref fhir.Ref) (Entry, bool) {
	e, ok := d.entries[ref]
	return e, ok
}

// Org is what is known of an organisation.
func (d *Directory) Org(ref fhir.Ref) (Entry, bool) {
	e, ok := d.entries[ref]
	return e, ok && ref.Type == "Organization"
}

// Name is an organisation's public name; empty when it is not known.
func (d *Directory) Name(ref fhir.Ref) string {
	e, _ := d.Org(ref)
	return e.Name
}

// Find is everybody who has the business identifier, in the order of their references.
func (d *Directory) Find(id Code) []fhir.Ref { return d.byID[id] }

// Orgs is the organisation and all that it is part of, nearest first, each by reference and by every identifier.
func (d *Directory) Orgs(org fhir.Ref) []Party {
	var all []Party
	var seen []fhir.Ref
	for org != (fhir.Ref{}) && len(seen) < ancestors && !slices.Contains(seen, org) {
		seen = append(seen, org)
		all = append(all, Party{Ref: org})
		e, ok := d.Org(org)
		if !ok {
			break
		}
		for _, id := range e.Identifiers {
			all = append(all, Party{Ref: org, Identifier: id})
		}
		org = e.PartOf
	}
	return all
}

// Groups are the active Groups that any of the parties is a member of.
func (d *Directory) Groups(parties []Party) []fhir.Ref {
	var in []fhir.Ref
	for _, group := range d.groups {
		e := d.entries[group]
		if e.Active && slices.ContainsFunc(e.Members, func(m fhir.Ref) bool { return anyIs(parties, []Party{{Ref: m}}) }) {
			in = append(in, group)
		}
	}
	return in
}

// Roles are the roles that a practitioner has, active or not.
func (d *Directory) Roles(practitioner fhir.Ref) []Entry {
	var all []Entry
	for _, role := range d.roles[practitioner] {
		all = append(all, d.entries[role])
	}
	return all
}

// within is the organisation and every organisation that is part of it.
func (d *Directory) within(org fhir.Ref) []fhir.Ref {
	all := []fhir.Ref{org}
	for i := 0; i < len(all); i++ {
		for _, part := range d.parts[all[i]] {
			if !slices.Contains(all, part) {
				all = append(all, part)
			}
		}
	}
	return all
}

// names adds everybody by reference and by every business identifier: things name who wrote and keeps them by either.
func (d *Directory) names(list []Party, refs []fhir.Ref) []Party {
	for _, ref := range refs {
		list = append(list, Party{Ref: ref})
		for _, id := range d.entries[ref].Identifiers {
			list = append(list, Party{Ref: ref, Identifier: id})
		}
	}
	return list
}

// acting are those who write for somebody: a practitioner's roles; for an organisation its parts, their roles, and the
// practitioners of those roles who act for nobody else. With doubtful, those too who also act for others.
func (d *Directory) acting(who fhir.Ref, doubtful doubt) []fhir.Ref {
	all := append(d.within(who), d.roles[who]...)
	for _, part := range slices.Clone(all) {
		for _, role := range d.staff[part] {
			all = append(all, role)
			p := d.entries[role].Practitioner
			if p != (fhir.Ref{}) && (doubtful == counted || d.onlyAt(p, part)) {
				all = append(all, p)
			}
		}
	}
	return all
}

// doubt says whether what is not certain counts: it does for a deny and does not for a permit.
type doubt uint8

const (
	discounted doubt = iota
	counted
)

func (d *Directory) onlyAt(practitioner, org fhir.Ref) bool {
	for _, role := range d.roles[practitioner] {
		if d.entries[role].Organization != org {
			return false
		}
	}
	return true
}
