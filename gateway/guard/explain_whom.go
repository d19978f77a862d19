package guard

import (
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// may reports whether the caller may have anything explained of this person.
func (x *explainer) may() (bool, error) {
	v := x.j.viewers[0]
	switch v.Class {
	case consent.Operator:
		x.all = true
		return true, nil
	case consent.Self:
		return x.j.isSelf(x.state.Standing), nil
	case consent.Proxy:
		s, err := x.j.decide(x.sharingChoice())
		return s.verdict.Sight != consent.Hidden, err
	case consent.Staff:
		r, err := x.j.ruling(x.person)
		x.all = v.Role == care.RolePrivacy && v.Org != (fhir.Ref{}) && err == nil &&
			(r.related() || slices.Contains(x.state.Standing.Senders, v.Org))
		return x.all, err
	default:
		return false, nil
	}
}

// sharingChoice is any sharing choice of the person: who may read those may have them explained (section 10 row 26).
func (x *explainer) sharingChoice() *consent.Facts {
	return &consent.Facts{
		Ref: fhir.Ref{Type: "Consent"}, About: []fhir.Ref{x.q.Patient}, Sections: care.In(care.Sharing), Private: true,
		Class:  []consent.Code{{System: systemTypes, Code: "Consent"}},
		Labels: consent.Labels{Rules: x.j.g.Base.Labels, Level: consent.LevelN},
	}
}

// people are those who are asked about, as they may come. A carer whom the caller may not know of is nobody.
func (x *explainer) people() ([]Onlooker, error) {
	if x.q.User.Type == "RelatedPerson" && !x.all {
		if seen, err := x.j.sees(x.q.User, 0); err != nil || !seen {
			return nil, err
		}
	}
	var around []fhir.Ref
	if x.q.Organization != (fhir.Ref{}) {
		around = []fhir.Ref{x.q.Organization}
	}
	people := x.j.onlookers(consent.Party{Ref: x.q.User}, around)
	if x.q.User.Type == "Practitioner" && around != nil { // said, so that the directory is not asked
		people = []Onlooker{x.j.staff(x.q.User, x.q.Organization)}
	}
	for i := range people {
		people[i].Kind = OnlookerAsked
		if x.q.Purpose != "" {
			people[i].Purpose = x.q.Purpose
		}
		if role := consent.RoleOf([]string{x.q.Role}); role != "" && people[i].Class == consent.Staff {
			people[i].Role = role
		}
	}
	return people, nil
}
