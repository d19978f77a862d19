package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
	"concord/gateway/rest"
)

// secret stands in everything that the practice may not see of the street. No answer to it may say it.
const secret = "SECRET"

// street has two people: p0, whose practice asks and to whom some things are denied, and p9, who has nothing to do with it.
// What the practice may not see is named by refs that begin with "hidden" or "theirs", and has the word in it.
func street(t *testing.T, more ...string) *twin {
	t.Helper()
	me, they := reference("Patient/p0"), reference("Patient/p9")
	said := func(code string) any {
		return map[string]any{"text": secret, "coding": list(map[string]any{"system": snomed, "code": code})}
	}
	condition := func(id string, whose, code any) string {
		return object("Condition", id, "subject", whose, "code", code)
	}
	return village(t, append([]string{
		object("Patient", "p9", "identifier", list(identifier(9)), "birthDate", "1980-01-01", "name", list(map[string]any{"family": secret})),
		condition("theirs", they, said("22298006")), condition("hidden", me, said("195967001")),
		condition("openA", me, concept("73211009")), condition("openB", me, concept("73211009")), condition("openC", me, concept("73211009")),
		condition("hidden1", me, said("195967001")), condition("hidden2", me, said("195967001")),
		object("Goal", "open", "lifecycleStatus", "active", "description", text("walk"), "subject", me, "addresses", list(shownAs("Condition/hidden", secret))),
		object("Goal", "hidden", "lifecycleStatus", "active", "description", text(secret), "subject", me, "meta", label(care.LabelLocked)),
		object("CarePlan", "plan", "status", "active", "intent", "plan", "subject", me, "goal", list(reference("Goal/open"), shownAs("Goal/hidden", secret)),
			"addresses", list(reference("Condition/openA"), shownAs("Condition/hidden", secret)),
			"activity", list(
				map[string]any{"detail": map[string]any{"status": "in-progress", "description": "walk"}},
				map[string]any{"detail": map[string]any{"kind": "MedicationRequest", "status": "in-progress", "code": said("22298006")}}),
			"text", map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">` + secret + `</div>`}),
		observation("points", "44054006", "focus", list(shownAs("Condition/theirs", secret))),
		object("Observation", "theirs", "status", "final", "subject", they, "code", said("44054006"), "focus", list(reference("Condition/openA"))),
		object("Appointment", "theirs", "status", "booked", "comment", secret, "participant", list(
			map[string]any{"actor": me, "status": "accepted"}, map[string]any{"actor": they, "status": "accepted"})),
		object("Provenance", "hidden", "target", list(reference("CarePlan/plan"), reference("Condition/hidden")), "recorded", "2026-01-01T00:00:00Z",
			"agent", list(map[string]any{"who": shownAs("Organization/practice", secret)})),
		object("List", "mixed", "status", "current", "mode", "working", "subject", me, "entry", list(
			map[string]any{"item": reference("Condition/openA")}, map[string]any{"item": shownAs("Condition/hidden", secret)})),
		object("DocumentReference", "hidden", "status", "current", "subject", me, "meta", label(care.LabelLocked), "description", secret,
			"content", list(map[string]any{"attachment": map[string]any{"url": "Binary/hidden", "title": secret}})),
		object("Binary", "hidden", "contentType", "text/plain", "data", "U0VDUkVU"), // the word, in base64
		sharing("hide", "patient-privacy", "deny", "actor", recipient("Organization/practice"), "code", list(concept("195967001")),
			"provision", list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})),
		sharing("hide2", "patient-privacy", "deny", "actor", recipient("Organization/practice"), "class", list(map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": "MedicationRequest"}),
			"provision", list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})),
	}, more...)...)
}

// say asks, and demands that the answer does not have the word.
func (w *twin) say(t *testing.T, who guard.Caller, method, path string, more ...string) string {
	t.Helper()
	q := question{method: method, url: "http://twin/fhir/" + path, headers: map[string]string{}}
	if len(more) > 0 {
		q.body = more[0]
	}
	for i := 1; i+1 < len(more); i += 2 {
		q.headers[more[i]] = more[i+1]
	}
	if path == "" {
		q.url = "http://twin/fhir"
	}
	w.caller = who
	answer := w.ask(t, q)
	if strings.Contains(answer, secret) || strings.Contains(answer, "U0VDUkVU") {
		t.Errorf("%s %s as %s tells:\n%.1500s", method, path, who.Subject, answer)
	}
	return answer
}

// alike asks twice, with {} as the id of what is hidden and as one that nothing has, and demands the same answer.
func (w *twin) alike(t *testing.T, who guard.Caller, hidden, method, path string, more ...string) string {
	t.Helper()
	ask := func(id string) string {
		named := slices.Clone(more)
		for i := range named {
			named[i] = strings.ReplaceAll(named[i], "{}", id)
		}
		return strings.ReplaceAll(w.say(t, who, method, strings.ReplaceAll(path, "{}", id), named...), id, "{}")
	}
	got, want := ask(hidden), ask(strings.Repeat("zq", len(hidden))[:len(hidden)])
	if got != want {
		t.Errorf("%s %s of %s:\n%s", method, path, hidden, difference(want, got))
	}
	return got
}

// formHeader is what a search by form comes with.
var formHeader = []string{"Content-Type", "application/x-www-form-urlencoded"}

// backend is a system without a user, such as one that got its token by client credentials.
func backend(t *testing.T, org, scope string) guard.Caller {
	t.Helper()
	return guard.Caller{
		Subject: "system", Client: "system", Org: fhir.Ref{Type: "Organization", ID: fhir.ID(org)}, Purposes: []string{"TREAT"}, Scopes: must(smart.Parse(scope)),
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // written in these tests
	}
	return v
}

// statusOf is the status of an answer.
func statusOf(answer string) string { return answer[:3] }

// newDoor is a door over a guard, with other tokens.
func newDoor(t *testing.T, g *guard.Guard, auth rest.Auth) http.Handler {
	t.Helper()
	handler, err := rest.New(rest.Config{Guard: g, Auth: auth, Base: "http://twin/fhir", Now: g.Now, NewID: func() string { return "request" }, Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return handler
}
