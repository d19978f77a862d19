package rest_test

import (
	"strings"
	"testing"
)

// TestAnAppSeesTheWholeOfItsPerson launches apps for a person whose record is kept under two Patients: a scope patient/
// reaches both, and nobody else's.
func TestAnAppSeesTheWholeOfItsPerson(t *testing.T) {
	t.Parallel()
	other := reference("Patient/p8")
	w := village(t,
		object("Patient", "p8", "name", list(map[string]any{"family": "Other"}), "link", list(map[string]any{"type": "seealso", "other": reference("Patient/p0")})),
		object("Condition", "here", "subject", reference("Patient/p0"), "code", concept("73211009")),
		object("Condition", "there", "subject", other, "code", concept("73211009")),
		object("DocumentReference", "there", "status", "current", "subject", other, "content", list(map[string]any{"attachment": map[string]any{"url": "Binary/there"}})),
		object("Binary", "there", "contentType", "text/plain", "data", "aGVsbG8="),
		object("Patient", "p9", "name", list(map[string]any{"family": "Stranger"})),
		object("Condition", "stranger", "subject", reference("Patient/p9"), "code", concept("73211009")),
	)
	for _, patient := range []string{"p0", "p8"} {
		app := person(t, patient)
		for _, path := range []string{"Condition/here", "Condition/there", "Patient/p0", "Patient/p8", "DocumentReference/there", "Binary/there"} {
			w.status(t, app, "200", "GET", path)
		}
		if found := w.status(t, app, "200", "GET", "Condition?_summary=count"); !strings.Contains(found, `"total":2`) {
			t.Errorf("%s finds %s", patient, found)
		}
		w.status(t, app, "404", "GET", "Condition/stranger")
		w.status(t, app, "404", "GET", "Patient/p9")
	}
	clinician := gp(t) // a patient app in the hands of staff is bound to whom it was launched for
	clinician.Scopes, clinician.Patient = scopes(t, "patient/*.cruds"), person(t, "p9").Patient
	for _, path := range []string{"Condition/here", "Condition/there"} {
		w.status(t, clinician, "404", "GET", path)
	}
}
