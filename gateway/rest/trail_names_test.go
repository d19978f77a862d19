package rest_test

import (
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/gateway/guard"
)

// Every event of a person's trail names the base policy, the rule set of labels and the version of the standing that
// decided; where a choice decided, that version of the Consent, and the step (CONSENT rules section 11).
func TestEveryEventNamesWhatDecided(t *testing.T) {
	t.Parallel()
	no := sharing("no", "patient-privacy", "permit", "provision", list(map[string]any{
		"type": "deny", "actor": recipient("Organization/practice"), "provision": inEmergency("deny"), "code": list(concept("38341003")),
	}))
	w := village(t, observation("o1", "44054006"), observation("o2", "38341003"), hospitalTeam, no)
	setUp := len(w.trail(t))
	for _, ask := range []question{
		{method: "GET", url: "Observation/o1"},
		{method: "GET", url: "Observation/o2"},
		{method: "GET", url: "Observation/o2/_history"},
		{method: "GET", url: "Observation?patient=Patient/p0"},
		{method: "GET", url: "Observation/_history"},
		{method: "GET", url: "Patient/p0/$everything"},
		{method: "GET", url: "Patient/p0/$whole-person"},
		{method: "GET", url: "Patient/p0/$whole-person"},
		{method: "GET", url: "Observation/$lastn?patient=Patient/p0"},
		{method: "POST", url: "Observation", body: observation("", "44054006")},
		{method: "PUT", url: "Observation/o2", body: observation("o2", "44054006")},
		{method: "DELETE", url: "Observation/o2"},
		{method: "POST", url: "Patient/$start-care", body: startCare(0).body},
		{method: "GET", url: "Patient/p0/$explain-access?user=self"},
		{method: "POST", url: "Patient/p0/$preview-consent", body: draftOf(sharing("", "patient-privacy", "deny"))},
	} {
		w.as(t, gp(t), ask.method, ask.url, ask.body)
	}
	w.status(t, person(t, "p0"), "200", "GET", "Patient/p0/$explain-access?user=Organization/practice")
	w.preview(t, sharing("", "patient-privacy", "deny", "provision", inEmergency("deny")))
	denied := map[string]bool{}
	events := w.trail(t)
	if len(events)-setUp < 17 {
		t.Fatalf("%d events", len(events)-setUp)
	}
	for _, e := range events[:len(events)-setUp] { // the newest come first
		if e.Policy != consent.Default().ID || e.Labels != consent.DefaultLabels().Epoch() || e.Standing == 0 {
			t.Errorf("%s: policy %q, labels %d, standing %d", e.Interaction, e.Policy, e.Labels, e.Standing)
		}
		if !e.Permit && e.Withheld > 0 && (e.Interaction == "read" || e.Interaction == "search-type" || e.Interaction == "history-type") {
			denied[e.Interaction] = true
			if e.Step != "consent-deny" {
				t.Errorf("%s: withheld by %q", e.Interaction, e.Step)
			}
			if e.Interaction != "history-type" && (len(e.Rules) != 1 || !strings.HasPrefix(e.Rules[0], "Consent/no/_history/")) {
				t.Errorf("%s: by %v", e.Interaction, e.Rules)
			}
		}
		if e.Interaction == "whole-person" && (len(e.Rules) != 1 || !strings.Contains(e.Step, "consent-deny")) {
			t.Errorf("a view: by %v, %q", e.Rules, e.Step)
		}
	}
	if len(denied) != 3 {
		t.Errorf("withheld by %v alone", denied)
	}
}

// trail is all that it has of the person p0, the newest first.
func (w *twin) trail(t *testing.T) []guard.Event {
	t.Helper()
	events, err := w.store.Looked(t.Context(), w.personOf(t, "p0"), time.Time{}, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return events
}
