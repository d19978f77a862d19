package rest_test

import (
	"testing"

	"concord/fhir/care"
)

// A choice about a visit reaches what happened in it, whichever was written first, for as long as it does refer to it
// (CONSENT rules section 6).
func TestAChoiceAboutAVisitFollowsWhatHappenedInIt(t *testing.T) {
	t.Parallel()
	seen := func(id, visit string) string {
		return object("Observation", id, "status", "final", "code", text("weight"), "subject", reference("Patient/p0"), "encounter", reference("Encounter/"+visit))
	}
	visit := func(id string) string {
		return object("Encounter", id, "status", "finished", "class", map[string]any{"code": "AMB"}, "subject", reference("Patient/p0"))
	}
	w := village(t, visit("clinic"), visit("home"), seen("before", "clinic"), seen("elsewhere", "home"))
	w.status(t, gp(t), "200", "GET", "Observation/before")
	choice := object(
		"Consent", "", "status", "active", "scope", map[string]any{"coding": list(map[string]any{"system": care.SystemConsentScope, "code": "patient-privacy"})},
		"category", list(map[string]any{"coding": list(map[string]any{"system": "http://loinc.org", "code": "59284-0"})}),
		"patient", reference("Patient/p0"), "dateTime", "2026-01-01", "performer", list(reference("Patient/p0")),
		"policyRule", map[string]any{"coding": list(map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"})},
		"provision", map[string]any{
			"type": "deny", "data": list(map[string]any{"meaning": "related", "reference": reference("Encounter/clinic")}),
			"provision": list(map[string]any{"type": "deny", "purpose": list(map[string]any{"system": care.SystemPurpose, "code": "ETREAT"})}),
		},
	)
	w.status(t, person(t, "p0"), "201", "POST", "Consent", choice)
	w.status(t, gp(t), "404", "GET", "Encounter/clinic")
	w.status(t, gp(t), "404", "GET", "Observation/before")
	w.status(t, gp(t), "200", "GET", "Observation/elsewhere")
	w.fill(t, world{resources: [][]byte{[]byte(seen("after", "clinic")), []byte(seen("moved", "clinic"))}})
	w.status(t, gp(t), "404", "GET", "Observation/after")
	w.status(t, gp(t), "404", "GET", "Observation/moved")
	w.fill(t, world{resources: [][]byte{[]byte(seen("moved", "home"))}})
	w.status(t, gp(t), "200", "GET", "Observation/moved")
	w.status(t, person(t, "p0"), "200", "GET", "Observation/after")
}
