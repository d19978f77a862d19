package gateway

import (
	"context"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// WholePerson is one person's record as one document (FHIR R4, documents.html), laid out in the sections of care and cut to
// what the caller may see. Whom names a Patient, or an identifier and a birth date, for which a caller who may
// have it gets the frame of the consent rules, section 14.1, whether or not anything is held. An unknown person
// and a hidden one are both fhir.NotFound.
func WholePerson(ctx context.Context, r guard.Reading, whom guard.Whom) (guard.Disclosed, error) {
	if err := named(whom); err != nil {
		return guard.Disclosed{}, err
	}
	return r.View(ctx, whom, "whole-person", layOutWholePerson)
}

// named asks that whom says who it is, in one of the two ways. It looks at the question only, never at what is held.
func named(whom guard.Whom) error {
	if whom.Patient != (fhir.Ref{}) {
		if whom.Patient.Type != "Patient" || !whom.Patient.ID.Valid() {
			return fhir.Errorf(fhir.Value, "a whole-person view is of a Patient")
		}
		return nil
	}
	if whom.Identifier.System == "" || whom.Identifier.Code == "" || whom.Birth == "" {
		return fhir.Errorf(fhir.Required, "name the person by identifier (system and value) and birthDate")
	}
	if _, err := time.Parse(time.DateOnly, whom.Birth); err != nil {
		return fhir.Errorf(fhir.Value, "birthDate is a day, written YYYY-MM-DD")
	}
	return nil
}

// layOutWholePerson makes the document of a Sight. It is pure: nothing in the answer depends on anything else, so
// that what is hidden and what was never held give the same bytes.
func layOutWholePerson(s guard.Sight) ([]byte, error) {
	p, err := readPerson(s)
	if err != nil {
		return nil, err
	}
	order := sectionsForStaff
	if plain(s.Class) {
		order = sectionsForPeople
	}
	sections := make([]section, 0, len(order)+1)
	for _, one := range order {
		switch one {
		case care.AtAGlance:
			sections = append(sections, p.atAGlance())
		case care.Sharing:
			sections = append(sections, p.sharing())
		default:
			sections = append(sections, p.section(one))
		}
	}
	sections = append(sections, p.aboutThisView())
	return p.document(sections)
}

// plain reports whether the class reads the plain titles: the person and those who act for them.
func plain(class consent.ViewerClass) bool { return class == consent.Self || class == consent.Proxy }

// The sections in their order, all always present: what is not there cannot tell. Staff see the page at a glance
// first; the person and the carer see what matters first.
var (
	sectionsForStaff = append([]care.Section{care.AtAGlance, care.WhatMatters}, sectionsAfter...)

	sectionsForPeople = append([]care.Section{care.WhatMatters, care.AtAGlance}, sectionsAfter...)

	sectionsAfter = []care.Section{
		care.Communication, care.People, care.Goals, care.Plan, care.Decisions, care.Contingency, care.Ahead,
		care.Community, care.Managing, care.Budget, care.Clinical, care.Caring, care.Sharing, care.Appointments,
	}
)

// nothingToShow is all that an empty section or line ever says (consent rules 14.5).
const nothingToShow = "Nothing that this view can show. That is not the same as none."

// banner is constant for the class of caller and always there, so that it tells nothing of this person
// (consent rules, section 10 row 33).
func banner(class consent.ViewerClass) string {
	switch class {
	case consent.Self:
		return "This is your record as it can be shown here. It may not be everything that is held about you."
	case consent.Proxy:
		return "This view shows what you may see as somebody who helps. It may not be everything that is held."
	default:
		return "This view shows what you may see. It may not be everything that is held, and what is not shown is not the same as none."
	}
}
