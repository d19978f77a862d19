package rest_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"concord/fhir/care"
)

// raw asks as somebody, whatever the status is.
func (w *twin) raw(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://twin/fhir/"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer x")
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

// What cannot be recorded is not shown and not done, by any way to read or write; and a hidden thing, an absent one
// and one that might be seen answer alike (CONSENT rules section 11, and section 10 row 29).
func TestNothingIsShownThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"), observation("sealed", "38341003", "meta", label(care.LabelLocked)), somePlan)
	w.status(t, gp(t), "200", "GET", "Patient/p0/$whole-person") // the cache is warm
	w.store.full = true
	w.caller = gp(t)
	reads := []string{
		"Observation/o1", "Observation/sealed", "Observation/absent", "Observation/o1/_history", "Observation/_history", "_history",
		"Observation?patient=Patient/p0", "Observation?patient=Patient/nobody", "?_type=Observation", "Patient/p0/Observation",
		"Patient/p0/$whole-person", "Patient/nobody/$whole-person", "Patient/p0/$everything", "Patient/nobody/$everything",
		"Observation/$lastn?patient=Patient/p0", "Observation/o1/$meta",
	}
	first := ""
	for _, path := range reads {
		status, body := w.raw(t, "GET", path, "")
		if status != 503 || strings.Contains(body, "44054006") || strings.Contains(body, "Person0") || strings.Contains(body, "disk") {
			t.Errorf("GET %s with the trail full: %d\n%.300s", path, status, body)
		}
		if first == "" {
			first = body
		}
		if body != first {
			t.Errorf("GET %s answers otherwise than the others:\n%s\n%s", path, body, first)
		}
	}
	for _, q := range []question{
		{method: "POST", url: "Observation", body: observation("", "73211009")},
		{method: "PUT", url: "Observation/o1", body: observation("o1", "73211009")},
		{method: "PUT", url: "Observation/absent", body: observation("absent", "73211009")},
		{method: "DELETE", url: "Observation/o1"},
		{method: "POST", url: "Patient/$start-care", body: startCare(1).body},
		{method: "POST", url: "Patient/$whole-person", body: frame(0).body},
	} {
		if status, body := w.raw(t, q.method, q.url, q.body); status < 500 || strings.Contains(body, "Person0") {
			t.Errorf("%s %s with the trail full: %d\n%.300s", q.method, q.url, status, body)
		}
	}
	w.store.full = false
	if body := w.status(t, gp(t), "200", "GET", "Observation?code=73211009"); strings.Contains(body, "73211009\"") && strings.Contains(body, `"resourceType":"Observation"`) {
		t.Error("a write that could not be recorded was done")
	}
	w.status(t, gp(t), "200", "GET", "Observation/o1")
}

// A kept view rests on everybody in it: what another person chooses, and what becomes of what it points at in
// another's record, is in the very next answer (section 10 row 20).
func TestAKeptViewRestsOnEverybodyInIt(t *testing.T) {
	t.Parallel()
	w := village(t,
		object("Patient", "p1", "birthDate", "1980-01-01", "generalPractitioner", list(reference("Organization/practice"))),
		object("Condition", "theirs", "subject", reference("Patient/p1"), "code", concept("73211009")),
		observation("points", "44054006", "focus", list(reference("Condition/theirs"))),
		object("Patient", "p2", "birthDate", "1990-01-01", "generalPractitioner", list(reference("Organization/practice"))),
		observation("waits", "44054006", "focus", list(reference("Condition/later"))), // of somebody who is not in this view yet
		object("Appointment", "both", "status", "booked", "participant", list(
			map[string]any{"actor": reference("Patient/p0"), "status": "accepted"}, map[string]any{"actor": reference("Patient/p1"), "status": "accepted"})))
	shows := func(want bool, what string) {
		t.Helper()
		for range 2 { // the second is from the cache
			if got := strings.Contains(w.status(t, gp(t), "200", "GET", "Patient/p0/$whole-person"), what); got != want {
				t.Errorf("the view shows %s: %t, want %t", what, got, want)
			}
		}
	}
	shows(true, "Condition/theirs")
	shows(true, "Appointment/both")
	shows(false, "Condition/later")
	w.fill(t, world{resources: [][]byte{[]byte(object("Condition", "later", "subject", reference("Patient/p2"), "code", concept("73211009")))}})
	shows(true, "Condition/later")
	w.status(t, operator(t), "204", "DELETE", "Condition/theirs")
	shows(false, "Condition/theirs")
	w.fill(t, world{resources: [][]byte{[]byte(object("Condition", "theirs", "subject", reference("Patient/p1"), "code", concept("73211009")))}})
	shows(true, "Condition/theirs")
	w.fill(t, world{resources: [][]byte{[]byte(strings.ReplaceAll(sharing("no", "patient-privacy", "deny", "provision",
		list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})), "Patient/p0", "Patient/p1"))}})
	shows(false, "Appointment/both")
	shows(false, "Condition/theirs")
}
