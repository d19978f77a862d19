package guard

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
)

// viewers are the caller as the decision knows them, one for each purpose that the token carries: with several
// purposes, all must be permitted (CONSENT rules section 4). It fails when the token fixes no purpose and none
// may be assumed.
func (c Caller) viewers(dir *consent.Directory, action consent.Action, now time.Time) ([]consent.Viewer, error) {
	v := consent.Viewer{
		Class:     c.class(),
		Action:    action,
		Scopes:    c.Scopes,
		Patient:   c.Patient,
		Role:      consent.RoleOf(c.Roles),
		Time:      now,
		Org:       c.org(dir),
		Directory: dir,
	}
	v.Self = c.selves(dir, v.Org)
	if v.Org != (fhir.Ref{}) {
		v.Orgs = dir.Orgs(v.Org)
		if entry, ok := dir.Org(v.Org); ok {
			v.OrgKind = entry.Kind
		}
	} else if c.OrgID != (consent.Code{}) {
		v.Orgs = []consent.Party{{Identifier: c.OrgID}}
	}
	v.Groups = dir.Groups(slices.Concat(v.Self, v.Orgs))
	purposes, err := c.purposes()
	if err != nil {
		return nil, err
	}
	all := make([]consent.Viewer, 0, len(purposes))
	for _, p := range purposes {
		v.Purpose = p
		all = append(all, v)
	}
	return all, nil
}

// purposes are the purposes of use of the token, or the only one that this kind of caller can have.
func (c Caller) purposes() ([]string, error) {
	if len(c.Purposes) > 0 {
		for _, p := range c.Purposes {
			if !consent.KnownPurpose(p) {
				return nil, fhir.Errorf(fhir.Forbidden, "the token names a purpose of use that is not in v3-PurposeOfUse: ask for a token with one that is")
			}
		}
		return c.Purposes, nil
	}
	switch c.class() {
	case consent.Operator:
		return []string{"HOPERAT"}, nil
	case consent.Self:
		return []string{"PATRQT"}, nil
	case consent.Proxy:
		return []string{"FAMRQT"}, nil
	default:
		return nil, fhir.Errorf(fhir.Forbidden, "the token says no purpose of use: ask for one with extensions.ihe_iua.purpose_of_use")
	}
}

// class is the kind of caller that the token makes.
func (c Caller) class() consent.ViewerClass {
	switch {
	case c.Operator && c.Scopes.Operator():
		return consent.Operator
	case c.User.Type == "Patient":
		return consent.Self
	case c.User.Type == "RelatedPerson":
		return consent.Proxy
	case c.User.Type == "Practitioner" || c.User.Type == "PractitionerRole":
		return consent.Staff
	default:
		return consent.System
	}
}

// org is the organisation the caller acts for: as the token names it, or of the role that the token names.
func (c Caller) org(dir *consent.Directory) fhir.Ref {
	if c.Org != (fhir.Ref{}) {
		return c.Org
	}
	if c.OrgID != (consent.Code{}) {
		for _, ref := range dir.Find(c.OrgID) {
			if ref.Type == "Organization" {
				return ref
			}
		}
	}
	if c.User.Type == "PractitionerRole" {
		if role, ok := dir.Entry(c.User); ok && role.Active {
			return role.Organization
		}
	}
	return fhir.Ref{}
}

// selves is the caller and everything that is the same caller: the practitioner of a role, and the
// practitioner's roles in the organisation acted for (not those elsewhere), each with its identifiers.
func (c Caller) selves(dir *consent.Directory, org fhir.Ref) []consent.Party {
	if c.User == (fhir.Ref{}) {
		return nil
	}
	refs := []fhir.Ref{c.User}
	practitioner := c.User
	if role, ok := dir.Entry(c.User); ok && role.Active && c.User.Type == "PractitionerRole" && role.Practitioner != (fhir.Ref{}) {
		practitioner = role.Practitioner
		refs = append(refs, practitioner)
	}
	if practitioner.Type == "Practitioner" {
		for _, role := range dir.Roles(practitioner) {
			if role.Active && role.Organization == org && !slices.Contains(refs, role.Ref) {
				refs = append(refs, role.Ref)
			}
		}
	}
	var parties []consent.Party
	for _, ref := range refs {
		parties = append(parties, consent.Party{Ref: ref})
		if entry, ok := dir.Entry(ref); ok {
			for _, id := range entry.Identifiers {
				parties = append(parties, consent.Party{Ref: ref, Identifier: id})
			}
		}
	}
	return parties
}

// hash names all that a decision may take from the caller, for the caches of residuals.
func (c Caller) hash() [32]byte {
	h := sha256.New()
	put := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	for _, s := range []string{
		c.User.String(), c.Org.String(), c.OrgID.System, c.OrgID.Code, c.Patient.String(),
		c.ACR, c.Scopes.Canonical(), strings.Join(c.Roles, "\x00"), strings.Join(c.Purposes, "\x00"),
	} {
		put(s)
	}
	if c.Operator {
		put("operator")
	}
	return [32]byte(h.Sum(nil))
}
