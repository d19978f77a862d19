package consent_test

import (
	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// viewer is somebody who asks: mostly the hero.
func (d draw) viewer() consent.Viewer {
	v := consent.Viewer{
		Action:  oneOf(d, consent.Access, consent.Access, consent.Access, consent.Access, consent.Access, consent.Collect, consent.Correct, consent.Access|consent.Correct),
		Purpose: oneOf(d, "TREAT", "TREAT", "TREAT", "COC", "ETREAT", "BTG", "HRESCH", "CLINTRCH", "CLINTRL", "HOPERAT", "HMARKT"),
		Time:    drawNow, Scopes: drawScopes[0], Patient: drawPerson,
	}
	if !d.in(4) {
		v.Directory = drawDirectory
	}
	who := d.hero
	if d.in(3) {
		who = oneOf(d, append(drawStaff, drawOrgs[0], drawOrgs[1], drawCarers[0], drawPerson, drawOther, fhir.Ref{})...)
	}
	v.Self = []consent.Party{{Ref: who, Identifier: drawID(who)}}
	switch who.Type {
	case "Practitioner":
		d.clinician(&v)
	case "Organization":
		v.Class, v.Self, v.Role, v.Scopes = consent.System, nil, care.RoleSystem, drawScopes[1]
		d.works(&v)
	case "RelatedPerson":
		v.Class, v.Purpose = consent.Proxy, oneOf(d, "FAMRQT", "FAMRQT", "PWATRNY", "PATRQT", "TREAT")
	case "Patient":
		v.Class, v.Purpose = consent.Self, "PATRQT"
	default:
		v.Class, v.Self, v.Scopes = consent.Operator, nil, drawScopes[1]
	}
	if d.in(12) && v.Class != consent.Operator {
		v.Scopes = oneOf(d, drawScopes...)
		v.Patient = oneOf(d, drawPerson, drawPerson, drawTwin, drawOther)
	}
	return v
}

// clinician is one of the staff, with the role in the directory and one in the base policy.
func (d draw) clinician(v *consent.Viewer) {
	v.Self = append(v.Self, consent.Party{Ref: fhir.Ref{Type: "PractitionerRole", ID: v.Self[0].Ref.ID}})
	d.works(v)
	v.Role = oneOf(d, care.RoleClinician, care.RoleClinician, care.RoleSocialWorker, care.RoleReception, care.RolePrivacy, care.RoleVolunteer, "")
	if d.in(3) {
		v.Purpose, v.Glass, v.Action = "BTG", true, consent.Access
	}
	if d.in(6) {
		v.Groups = []fhir.Ref{drawGroup}
	}
}

func (d draw) works(v *consent.Viewer) {
	v.Org = d.home
	if d.in(3) {
		v.Org = oneOf(d, drawOrgs...)
	}
	v.OrgKind = drawKinds[v.Org]
	v.Orgs = []consent.Party{{Ref: v.Org, Identifier: drawID(v.Org)}}
	if v.Org == drawWard {
		v.Orgs = append(v.Orgs, consent.Party{Ref: drawHospital, Identifier: drawID(drawHospital)})
	}
}
