package guard

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
)

// Onlooker is somebody who is not asking now, as the decision would know them if they did: whom a preview or an
// explanation is about. It is made of the directory, of a purpose, and of what has to be assumed where no token says
// it; what was assumed goes into the answer.
type Onlooker struct {
	Kind    OnlookerKind
	Who     fhir.Ref // a person at work, a RelatedPerson or a Patient; zero: anybody who acts for Org
	Org     fhir.Ref // whom they act for; zero for those around the person, and for kinds of people
	Class   consent.ViewerClass
	OrgKind consent.OrgKind
	Role    string // a row of the base policy
	Purpose string // one code of v3-PurposeOfUse
}

// OnlookerKind says why somebody is looked at.
type OnlookerKind string

// The kinds of onlooker.
const (
	OnlookerTied      OnlookerKind = "relationship" // related to the person now
	OnlookerNamed     OnlookerKind = "named"        // named by a sharing choice
	OnlookerEmergency OnlookerKind = "emergency"    // an emergency doctor who has never met the person, and starts care
	OnlookerElsewhere OnlookerKind = "elsewhere"    // staff of another organisation that comes to care for the person
	OnlookerAsked     OnlookerKind = "asked"        // whom the caller asks about
)

// nowhere is the organisation of those who are of none that is known here. It is no id that a resource can have.
var nowhere = fhir.Ref{Type: "Organization", ID: "?"}

// everyScope is what an onlooker's token is taken to allow: a narrower one shows less, whatever anybody chose.
var everyScope = func() smart.Scopes {
	scopes, err := smart.Parse("user/*.rs")
	if err != nil {
		panic(err) // it is written here
	}
	return scopes
}()

// usualRole is the role that somebody at a kind of organisation is taken to have.
var usualRole = map[consent.OrgKind]string{
	consent.OrgHealth: care.RoleClinician, consent.OrgSocial: care.RoleSocialWorker, consent.OrgVoluntary: care.RoleLinkWorker,
	consent.OrgHousing: care.RoleHousing,
}

// onlookers are those whom a party stands for: a member of staff once for each organisation they work for, an
// organisation's staff, a carer, a Patient, the members of a Group. A party named by identifier is looked up. around
// are the organisations to take for staff of whom the directory knows none.
func (j *judge) onlookers(party consent.Party, around []fhir.Ref) []Onlooker {
	refs := []fhir.Ref{party.Ref}
	if party.Ref == (fhir.Ref{}) {
		refs = j.dir.Find(party.Identifier)
	}
	var all []Onlooker
	for _, ref := range refs {
		switch ref.Type {
		case "Organization":
			all = append(all, j.staff(fhir.Ref{}, ref))
		case "PractitionerRole":
			role, _ := j.dir.Entry(ref)
			all = append(all, j.staff(ref, role.Organization))
		case "Practitioner":
			orgs := j.worksFor(ref)
			if len(orgs) == 0 {
				orgs = around
			}
			for _, org := range orgs {
				all = append(all, j.staff(ref, org))
			}
			if len(orgs) == 0 {
				all = append(all, j.staff(ref, fhir.Ref{}))
			}
		case "RelatedPerson":
			all = append(all, Onlooker{Who: ref, Class: consent.Proxy, Purpose: "FAMRQT"})
		case "Patient":
			all = append(all, Onlooker{Who: ref, Class: consent.Self, Purpose: "PATRQT"})
		case "Group":
			group, _ := j.dir.Entry(ref)
			for _, member := range group.Members {
				if member.Type != "Group" { // groups of groups are not followed by the decision either
					all = append(all, j.onlookers(consent.Party{Ref: member}, around)...)
				}
			}
		}
	}
	return all
}

// staff is somebody at work, or anybody who is where nobody is named.
func (j *judge) staff(who, org fhir.Ref) Onlooker {
	entry, _ := j.dir.Org(org)
	return Onlooker{Who: who, Org: org, Class: consent.Staff, OrgKind: entry.Kind, Role: usualRole[entry.Kind], Purpose: "TREAT"}
}

// worksFor are the organisations for which the directory has an active role of the practitioner.
func (j *judge) worksFor(practitioner fhir.Ref) []fhir.Ref {
	var orgs []fhir.Ref
	for _, role := range j.dir.Roles(practitioner) {
		if role.Active && role.Organization != (fhir.Ref{}) && !slices.Contains(orgs, role.Organization) {
			orgs = append(orgs, role.Organization)
		}
	}
	return orgs
}

// judge is how a snapshot looks to an onlooker who reads one person's record.
func (o Onlooker) judge(ctx context.Context, g *Guard, snap Snapshot, patient fhir.Ref) (*judge, error) {
	c := Caller{User: o.Who, Org: o.Org, Roles: []string{o.Role}, Purposes: []string{o.Purpose}, Scopes: everyScope, Patient: patient}
	j, err := g.judge(ctx, c, snap, consent.Access, 'r')
	if err != nil {
		return nil, fmt.Errorf("suppose a viewer: %w", err)
	}
	for i := range j.viewers {
		j.viewers[i].Class, j.viewers[i].OrgKind = o.Class, o.OrgKind
	}
	// What is remembered of rulings goes by this hash: nobody's token has it.
	h := sha256.New()
	fmt.Fprintf(h, "onlooker %d %d %x", o.Class, o.OrgKind, c.hash())
	j.hash = [32]byte(h.Sum(nil))
	return j, nil
}
