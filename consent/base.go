package consent

import (
	"slices"

	"concord/fhir"
	"concord/fhir/care"
)

// Base is what holds when no choice speaks: kind of organisation x role x section, for which purposes, and
// whether a relationship is asked for (CONSENT rules section 7 and 14.4). It is data; ID goes into the trail.
type Base struct {
	ID        string
	Purposes  []string // exact codes: what stands under them is not meant; empty with AnyUse false: none
	AnyUse    bool     // every purpose
	Unrelated bool     // no relationship is asked for. Searches by name, which look only among those a caller is tied to, find nobody by it
	Addressed bool     // a Task or referral may be seen by those it is addressed to
	Children  bool     // a recorded holder of parental responsibility may see a child's record (section 8)
	Rows      []Row
	Widens    []OrgKind // kinds whose staff a permit that names no recipient speaks to
	// Labels is the rule set by which things are labelled (Labeller.Epoch). What was labelled by another meets every deny
	// by label and no permit. Zero: labels are taken as they stand, which is for tests.
	Labels uint64
	// OpensRefused lets break-glass open what a choice refuses by the name of BTG or ETREAT, where the law does not let
	// people refuse (section 7). By default such a refusal holds.
	OpensRefused bool
}

// Row gives some roles at some kinds of organisation some sections. An empty list is any.
type Row struct {
	Kinds    []OrgKind
	Roles    []string
	Sections care.Set
	Types    []fhir.Type // besides the sections
}

// Policy URIs of IHE PCF (section 7), of which one is in force in a deployment.
const (
	pcf           = "https://profiles.ihe.net/ITI/PCF/Policy-"
	pcfBasic      = pcf + "basic-normal"
	pcfAll        = pcf + "all-normal"
	pcfBreakGlass = pcf + "break-glass-only"
	pcfDeny       = pcf + "deny"
)

var (
	treating = []string{
		care.RoleClinician, care.RoleNurse, care.RoleMidwife, care.RoleTherapist, care.RolePharmacist, care.RoleAmbulance,
		care.RoleKeyWorker, care.RoleSystem,
	}
	supporting = []string{care.RoleSocialWorker, care.RoleCareWorker}
	// clinical is all that is not sealed, but for the person's budget, which only they share.
	clinical = care.All.Without(care.Budget)
	// social is plan, people, contingency, adjustments, and of the clinical record what care at home needs to be safe.
	social      = care.In(care.Plan, care.People, care.Contingency, care.Communication, care.Identity, care.Appointments)
	socialTypes = []fhir.Type{"AllergyIntolerance", "MedicationRequest", "MedicationStatement", "Medication"}
	desk        = care.In(care.Identity, care.Communication, care.Appointments)
)

// Default is implied consent for individual care (section 7, last part): staff of a regulated health or social
// care organisation with a relationship, each role its sections; others what is addressed to them.
func Default() Base {
	return Base{
		ID:        care.Base + "/policy/implied-consent-1",
		Purposes:  []string{"TREAT", "COC", "ETREAT", "ERTREAT"},
		Addressed: true,
		Children:  true,
		Rows: []Row{
			{[]OrgKind{OrgHealth}, treating, clinical, nil},
			{[]OrgKind{OrgHealth}, append(slices.Clone(supporting), care.RoleLinkWorker), social, socialTypes},
			{[]OrgKind{OrgHealth}, []string{care.RoleReception}, desk, nil},
			{[]OrgKind{OrgSocial}, append(slices.Clone(supporting), treating...), social, socialTypes},
			{[]OrgKind{OrgSocial}, []string{care.RoleReception}, desk, nil},
		},
		Widens: []OrgKind{OrgHealth, OrgSocial},
	}
}

// Named is the base policy with this name: "default", "none", or one of the four of IHE PCF by its URI.
func Named(uri string) (Base, bool) {
	widens := []OrgKind{OrgHealth, OrgSocial}
	switch uri {
	case "default", Default().ID:
		return Default(), true
	case "none", pcfDeny:
		return Base{ID: uri, Widens: widens}, true
	case pcfBasic:
		return Base{ID: uri, Purposes: Default().Purposes, Rows: []Row{{[]OrgKind{OrgHealth}, treating, care.All, nil}}, Widens: widens}, true
	case pcfAll:
		return Base{ID: uri, AnyUse: true, Rows: []Row{{nil, nil, care.All, nil}}, Widens: widens}, true
	case pcfBreakGlass:
		return Base{ID: uri, Purposes: []string{"BTG"}, Unrelated: true, Rows: []Row{{[]OrgKind{OrgHealth}, treating, care.All, nil}}, Widens: widens}, true
	default:
		return Base{}, false
	}
}

// serves reports whether the base policy knows the purpose.
func (b *Base) serves(purpose string) bool { return b.AnyUse || slices.Contains(b.Purposes, purpose) }

// row is what the base policy gives a role at a kind of organisation; false when it gives nothing.
func (b *Base) row(kind OrgKind, role string) (Row, bool) {
	for _, row := range b.Rows {
		if (len(row.Kinds) == 0 || slices.Contains(row.Kinds, kind)) && (len(row.Roles) == 0 || slices.Contains(row.Roles, role)) {
			return row, true
		}
	}
	return Row{}, false
}

// lets reports whether a class of viewer may do this with what is about nobody (section 12, step 4): all may
// read it; the directory gives standing, and definitions are for all, so operators alone write those.
func (s Shelf) lets(class ViewerClass, action Action) bool {
	if action&(Collect|Correct) == 0 {
		return true
	}
	return s == Product && (class == Staff || class == System)
}
