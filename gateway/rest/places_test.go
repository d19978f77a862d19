package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// Section 14.17: of somebody whom nobody may locate, staff who did not write it themselves see no address, no
// telephone, no practice, and no place of an appointment; the operator and the person do.
func TestNothingLocatesWhoMustNotBeFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	me := reference("Patient/amina")
	h.bring(t, object("Location", "clinic", "name", "Clinic in the Mill Lane"))
	h.bring(t, object("Patient", "amina", "generalPractitioner", list(reference("Organization/practice")), "managingOrganization", reference("Organization/practice"),
		"meta", map[string]any{"security": list(map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "LOCIS"})},
		"birthDate", "1983-05-14", "address", list(map[string]any{"line": list("4 Mill Lane")}), "telecom", list(map[string]any{"system": "phone", "value": "01632 960 001"})))
	h.bring(t, object("CareTeam", "team", "status", "active", "subject", me, "participant", list(map[string]any{"member": reference("Organization/practice")})))
	h.bring(t, object("Appointment", "a", "status", "booked", "participant", list(
		map[string]any{"actor": me, "status": "accepted"}, map[string]any{"actor": reference("Location/clinic"), "status": "accepted"})))
	h.bring(t, object("Encounter", "e", "status", "in-progress", "class", map[string]any{"code": "AMB"}, "subject", me,
		"location", list(map[string]any{"location": reference("Location/clinic")})))
	for _, path := range []string{"Patient/amina", "Appointment/a", "Encounter/e"} {
		got := h.ask(t, request{path: path})
		if got.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.Code, got.Body)
		}
		for _, place := range []string{"Mill Lane", "01632", "Organization/practice", "Location/clinic"} {
			if strings.Contains(got.Body.String(), place) {
				t.Errorf("%s tells %q", path, place)
			}
		}
		if whole := h.ask(t, request{path: path, token: "operator"}).Body.String(); !strings.Contains(whole, "Location/clinic") && !strings.Contains(whole, "Mill Lane") {
			t.Errorf("%s has no place at all", path)
		}
	}
}
