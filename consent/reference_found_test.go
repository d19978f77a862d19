package consent_test

import (
	"testing"

	"concord/consent"
	"concord/fhir"
)

// What the comparison with the naive evaluator found in the engine, each as the smallest case of it.
func TestWhatTheReferenceFound(t *testing.T) {
	t.Parallel()
	author := func(p consent.Party) []consent.Actor { return []consent.Actor{{Kind: consent.Author, Party: p}} }
	keeper := []consent.Actor{{Kind: consent.Custodian, Party: consent.Party{Ref: drawHospital}}}
	byRef, byID := consent.Party{Ref: drawStaff[0]}, consent.Party{Identifier: drawID(drawStaff[0])}
	inRole, ward := consent.Party{Ref: drawRoles[0]}, consent.Party{Identifier: drawID(drawWard)}
	anyone := []consent.Provision{{Permit: true}}
	tests := []struct {
		name string
		root consent.Provision
		what consent.Facts
		want consent.Outcome
	}{
		{"a deny of an author finds what names them by identifier", consent.Provision{Actors: author(byRef)}, consent.Facts{Authors: []consent.Party{byID}}, consent.Deny},
		{"a deny of an author by identifier finds what names them by reference", consent.Provision{Actors: author(byID)}, consent.Facts{Authors: []consent.Party{byRef}}, consent.Deny},
		{"a deny of an author finds what they wrote in a role", consent.Provision{Actors: author(byID)}, consent.Facts{Authors: []consent.Party{inRole}}, consent.Deny},
		{"a permit of an author finds it too", consent.Provision{Permit: true, Actors: author(byID)}, consent.Facts{Authors: []consent.Party{inRole}}, consent.Permit},
		{"a deny of a role is not one of the practitioner", consent.Provision{Actors: author(inRole)}, consent.Facts{Authors: []consent.Party{byRef}}, consent.NotApplicable},
		{"a deny of authoredby finds them as well", consent.Provision{Data: true, Writers: []consent.Party{byRef}}, consent.Facts{Authors: []consent.Party{inRole}}, consent.Deny},
		{"a deny of a keeper finds a part of it that is named by identifier", consent.Provision{Actors: keeper}, consent.Facts{Custodian: []consent.Party{ward}}, consent.Deny},
		{"what is inside a permit that nobody can read permits nothing", consent.Provision{Permit: true, Odd: consent.OddData, Provisions: anyone}, consent.Facts{}, consent.WeakDeny},
		{"what is inside a deny that nobody can read permits nothing", consent.Provision{Odd: consent.OddPurpose, Provisions: anyone}, consent.Facts{}, consent.Deny},
		{"what is inside it denies as ever", consent.Provision{Permit: true, Odd: consent.OddData, Provisions: []consent.Provision{{}}}, consent.Facts{}, consent.Deny},
		{"an exception decides where only the data of the root is in doubt", consent.Provision{Odd: consent.OddClass, Provisions: anyone}, consent.Facts{}, consent.Permit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &consent.Standing{
				Patients: []consent.Patient{{Ref: drawPerson}}, Ties: []consent.Tie{{Who: consent.Party{Ref: drawHospital}}},
				Rules: []consent.Rule{{Active: true, Readings: []consent.Provision{tt.root}}},
			}
			v := gp(t)
			v.Org, v.Orgs, v.Directory = drawHospital, []consent.Party{{Ref: drawHospital}}, drawDirectory
			f := tt.what
			f.Ref, f.About = drawThings[0], []fhir.Ref{drawPerson}
			if got := compile(t, s).For(v).Consents(&f); got != tt.want {
				t.Errorf("the choices say %s, want %s", got, tt.want)
			}
		})
	}
}

// Who shares in emergencies all but one thing has refused that thing in emergencies (sections 7 and 14.7).
func TestBreakGlassDoesNotOpenAnExceptionToEmergencies(t *testing.T) {
	t.Parallel()
	but := `"provision":[{"type":"deny",` + class("Observation") + `}]`
	sharing := `{"type":"permit",` + purpose("ETREAT") + `,` + but + `}`
	for name, provision := range map[string]string{
		"of the whole choice":        sharing,
		"inside a deny of treatment": `{"type":"deny",` + purpose("TREAT") + `,"provision":[` + sharing + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(person(t, choice("d", provision)))
			if v := decide(t, s, emergency(t), thing(t, "Observation", "")); v.Why.Step != consent.StepDeny {
				t.Errorf("what was refused in emergencies: %s", v.Why.Step)
			}
			if v := decide(t, s, emergency(t), thing(t, "Condition", "")); v.Sight == consent.Hidden {
				t.Errorf("what was not: %s", v.Why.Step)
			}
		})
	}
}

// A permit to disclose is about what other organisations keep: what the caller's own keeps may be hidden, allergies too.
func TestAPermitOfWhatComesFromElsewhereIsNoneOfEveryAllergy(t *testing.T) {
	t.Parallel()
	none := thing(t, "AllergyIntolerance", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}`)
	elsewhere := choice("d", `{"type":"permit",`+to(practice)+`,"action":[{"coding":[{"code":"disclose"}]}],"provision":[{"type":"permit"}]}`)
	if v := decide(t, person(t, elsewhere), gp(t), none); v.Sight != consent.Hidden {
		t.Errorf("none is said to be known: %s", v.Why.Step)
	}
	everywhere := choice("d", `{"type":"permit",`+to(practice)+`,"provision":[{"type":"permit"}]}`)
	if v := decide(t, person(t, everywhere), gp(t), none); v.Sight == consent.Hidden {
		t.Errorf("where all is shared it may be said: %s", v.Why.Step)
	}
}
