package rest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/rest"
)

// over puts another store under the twin's guard; what is remembered of the one before is gone, but for what was kept for viewers.
func (w *twin) over(t *testing.T, store guard.Store) {
	t.Helper()
	clock := func() time.Time { return w.now }
	var err error
	w.guard, err = guard.New(guard.Config{
		Store: store, Trail: w.store, Cache: memory.NewCache(1<<20, clock), Base: consent.Default(), Now: clock, NewID: w.guard.NewID,
		Secret: bytes.Repeat([]byte("k"), 32), Build: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	w.handler, err = rest.New(rest.Config{Guard: w.guard, Auth: w, Base: "http://twin/fhir", Now: clock, NewID: func() string { return "request" }, Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
}

func bodyOf(answer string) string {
	_, body, _ := strings.Cut(answer, "\n\n")
	return body
}

// The answer to a write is what a read would give, and a refusal says nothing of what is held.
func responsesOfWrites(t *testing.T, w *twin) {
	plan := object("CarePlan", "plan", "status", "active", "intent", "plan", "subject", reference("Patient/p0"), "title", "changed", "goal", list(reference("Goal/open")),
		"activity", list(map[string]any{"detail": map[string]any{"status": "in-progress", "description": "walk"}}))
	for _, prefer := range []string{"return=representation", "return=OperationOutcome", "return=minimal"} {
		w.say(t, gp(t), "PUT", "CarePlan/plan", plan, "Prefer", prefer)
		w.say(t, gp(t), "PATCH", "CarePlan/plan", `[{"op":"add","path":"/language","value":"en"}]`, "Content-Type", "application/json-patch+json", "Prefer", prefer)
		w.say(t, gp(t), "POST", "", object("Bundle", "", "type", "transaction", "entry", list(map[string]any{
			"resource": map[string]any{"resourceType": "Goal", "lifecycleStatus": "active", "description": text("more"), "subject": reference("Patient/p0"), "addresses": list(reference("Condition/hidden"))},
			"request":  map[string]any{"method": "POST", "url": "Goal"},
		})), "Prefer", prefer)
	}
	if whole := w.status(t, operator(t), "200", "GET", "CarePlan/plan"); !strings.Contains(whole, "Goal/hidden") || !strings.Contains(whole, "Condition/hidden") {
		t.Errorf("what the writer did not see is gone: %s", whole)
	}
	goal := func(id string) string {
		return object("Goal", id, "lifecycleStatus", "active", "description", text("x"), "subject", reference("Patient/p0"))
	}
	for _, hidden := range []string{"hidden", "theirs"} {
		w.alike(t, gp(t), hidden, "PUT", "Goal/{}", goal("{}"))
		w.alike(t, gp(t), hidden, "PUT", "Goal/{}", goal("{}"), "If-Match", `W/"n1"`)
		w.alike(t, gp(t), hidden, "DELETE", "Condition/{}")
		w.alike(t, gp(t), hidden, "DELETE", "Condition?_id={}")
		w.alike(t, gp(t), hidden, "POST", "Condition", object("Condition", "", "subject", reference("Patient/{}"), "code", concept("1")))
		w.alike(t, gp(t), hidden, "POST", "Provenance", object("Provenance", "", "target", list(reference("Condition/{}")), "recorded", "2026-01-01T00:00:00Z", "agent", list(map[string]any{"who": reference("Organization/practice")})))
		w.alike(t, gp(t), hidden, "POST", "DocumentReference", letter("", "Binary/{}"))
	}
	w.alike(t, gp(t), "p9", "POST", "Condition", object("Condition", "", "subject", reference("Patient/{}"), "code", concept("1")))
	for _, q := range []struct{ typ, body, condition string }{
		{"Condition", object("Condition", "", "subject", reference("Patient/p0"), "code", concept("22298006")), "code=22298006"},
		{"Patient", object("Patient", "", "identifier", list(identifier(9)), "birthDate", "1980-01-01"), "identifier=" + number(9)},
	} {
		if got := w.say(t, gp(t), "POST", q.typ, q.body, "If-None-Exist", q.condition); statusOf(got) != "201" {
			t.Errorf("a hidden %s stands in the way of a new one: %.300s", q.typ, got)
		}
	}
}

// A finished view is for those who have the same right to all in it, now.
func cachedViews(t *testing.T, w *twin) {
	const view = "Patient/p0/$whole-person"
	if body := w.status(t, person(t, "p0"), "200", "GET", view); !strings.Contains(body, secret) {
		t.Fatal("the person does not see it: the test shows nothing")
	}
	tag := ""
	for range 2 {
		answer := w.say(t, gp(t), "GET", view)
		_, tag, _ = strings.Cut(answer, "Etag: ")
		tag, _, _ = strings.Cut(tag, "\n")
	}
	if got := w.say(t, gp(t), "GET", view, "", "If-None-Match", tag); statusOf(got) != "304" {
		t.Fatalf("it is not kept: %.100s", got)
	}
	w.alike(t, socialWorker(t), "p0", "GET", "Patient/{}/$whole-person")
	w.alike(t, socialWorker(t), "p0", "GET", "Patient/{}/$whole-person", "", "If-None-Match", tag)
	if got := w.say(t, worker(t, "practice", care.RoleReception, "TREAT", "user/*.cruds"), "GET", view); strings.Contains(got, "73211009") {
		t.Errorf("the reception is shown what was laid out for the doctor: %.300s", got)
	}
	w.fill(t, world{resources: [][]byte{[]byte(sharing("all", "patient-privacy", "deny", "actor", recipient("Organization/practice"), "provision",
		list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})))}})
	w.alike(t, gp(t), "p0", "GET", "Patient/{}/$whole-person", "", "If-None-Match", tag)
}

// What is hidden now has no past, and a label or a choice that came later holds for what was before.
func pastOfHidden(t *testing.T, w *twin) {
	for _, path := range []string{"Condition/_history", "_history", "Goal/_history", "Observation/_history?_since=2020-01-01T00:00:00Z", "Patient/_history", "_history?_at=2026", "Provenance/_history", "Consent/_history"} {
		w.say(t, gp(t), "GET", path)
	}
	for _, hidden := range []string{"hidden", "theirs"} {
		w.alike(t, gp(t), hidden, "GET", "Condition/{}/_history")
		w.alike(t, gp(t), hidden, "GET", "Condition/{}/_history?_count=1")
		for _, version := range []string{"n1", "n30", "n40"} {
			w.alike(t, gp(t), hidden, "GET", "Condition/{}/_history/"+version)
		}
	}
	// A condition that was of no concern becomes what is denied, and one is sealed.
	became := func(more ...any) string {
		return object("Condition", "openB", append([]any{"subject", reference("Patient/p0"), "code", concept("195967001")}, more...)...)
	}
	before := newVersion(w.status(t, gp(t), "200", "GET", "Condition/openB"))
	w.fill(t, world{resources: [][]byte{[]byte(became())}})
	w.alike(t, gp(t), "openB", "GET", "Condition/{}/_history")
	w.alike(t, gp(t), "openB", "GET", "Condition/{}/_history/"+before)
	// What was deleted is told to those who could see it, and to nobody else.
	w.status(t, operator(t), "204", "DELETE", "Condition/openA")
	w.status(t, operator(t), "204", "DELETE", "Condition/hidden")
	if got := w.say(t, gp(t), "GET", "Condition/openA"); statusOf(got) != "410" {
		t.Errorf("what was seen and is deleted: %.100s", got)
	}
	for _, path := range []string{"Condition/{}", "Condition/{}/_history"} {
		w.alike(t, gp(t), "hidden", "GET", path)
	}
	if got := w.say(t, gp(t), "GET", "Condition/_history"); strings.Contains(got, "Condition/hidden") || !strings.Contains(got, "DELETE") {
		t.Errorf("the history of the type: %s", got)
	}
}

func newVersion(body string) string {
	_, rest, _ := strings.Cut(body, `"versionId":"`)
	version, _, _ := strings.Cut(rest, `"`)
	return version
}

// A document is made of what may be seen; one that is held says no more than that; its content goes with it.
func documents(t *testing.T, w *twin) {
	view := w.say(t, gp(t), "GET", "Patient/p0/$whole-person")
	for _, gone := range []string{"Condition/hidden", "Goal/hidden", "Appointment/theirs", "DocumentReference/hidden", "Binary/hidden"} {
		if strings.Contains(view, gone) {
			t.Errorf("the view tells of %s", gone)
		}
	}
	for _, path := range []string{"DocumentReference/{}", "Binary/{}", "DocumentReference/{}/_history", "Binary/{}/_history", "DocumentReference?_id={}", "Binary?_id={}"} {
		w.alike(t, gp(t), "hidden", "GET", path)
	}
	w.alike(t, gp(t), "hidden", "GET", "Binary/{}", "", "Accept", "text/plain", "Range", "bytes=0-2")
	w.alike(t, gp(t), "hidden", "HEAD", "Binary/{}", "", "Accept", "text/plain")
	w.say(t, gp(t), "GET", "CarePlan/plan")
	w.say(t, gp(t), "GET", "CarePlan/plan", "", "Accept", "application/fhir+xml")
	w.say(t, gp(t), "GET", "CarePlan/plan?_pretty=true")
	w.say(t, gp(t), "GET", "List/mixed")
	w.say(t, gp(t), "POST", "Patient/$whole-person", frame(0).body)
}

// A token that does not say for whom, for what or for which organisation it is opens nothing.
func missingContext(t *testing.T, w *twin) {
	launched := gp(t)
	launched.Scopes = scopes(t, "patient/*.cruds")
	noPurpose, noOrg, noUser, nobody := gp(t), gp(t), gp(t), person(t, "p0")
	noPurpose.Purposes, noOrg.Org, noUser.User, nobody.User = nil, fhir.Ref{}, fhir.Ref{}, fhir.Ref{}
	elsewhere := person(t, "p0")
	elsewhere.Patient = fhir.Ref{Type: "Patient", ID: "p9"}
	other := person(t, "p9") // the launch context names one person, the user is another
	other.Patient = fhir.Ref{Type: "Patient", ID: "p0"}
	for name, who := range map[string]guard.Caller{
		"a launch without a patient": launched, "no purpose": noPurpose, "no organisation": noOrg, "user scopes without a user": noUser,
		"a patient scope without a user": nobody, "a launch of somebody else": elsewhere, "a launch by somebody else": other, "no scopes at all": {Subject: "x", User: gp(t).User, Org: gp(t).Org, Purposes: []string{"TREAT"}},
	} {
		for _, path := range []string{"Condition/openA", "Condition?patient=p0", "Condition", "Patient/p0", "Patient/p0/$whole-person", "Patient/p0/$everything", "Condition/_history", "Observation/$lastn?patient=p0", "?_type=Condition", "Patient/p0/Condition"} {
			got := w.whole(t, who, path)
			if strings.Contains(got, "73211009") || strings.Contains(got, "Person0") || statusOf(got) == "200" && strings.Contains(got, `"resource":{"resourceType":"Condition"`) {
				t.Errorf("%s: GET %s tells %.300s", name, path, got)
			}
		}
	}
}

// whole asks, and gives the whole answer.
func (w *twin) whole(t *testing.T, who guard.Caller, path string) string {
	t.Helper()
	w.caller = who
	return w.ask(t, question{method: "GET", url: "http://twin/fhir/" + path})
}

// The way by which a token was got changes nothing: a backend of the practice is told no more than its staff.
func secondGrantType(t *testing.T, w *twin) {
	for _, who := range []guard.Caller{
		backend(t, "practice", "system/*.rs"), backend(t, "practice", "system/*.cruds"), backend(t, "practice", "system/Condition.rs system/Patient.rs system/Goal.rs system/Observation.rs"),
	} {
		for _, path := range []string{"Condition?patient=p0", "Condition", "Condition/hidden", "Condition/theirs", "Patient/p9", "Patient", "Condition?_include=*&_revinclude=*", "Condition/_history", "Goal"} {
			w.say(t, who, "GET", path)
		}
		w.alike(t, who, "hidden", "GET", "Condition/{}")
		w.alike(t, who, "theirs", "GET", "Condition/{}")
	}
	pretender := backend(t, "practice", "system/*.cruds") // all the operator's scopes, and not the operator
	w.alike(t, pretender, "hidden", "GET", "Goal/{}")
	for _, path := range []string{"Condition/openA", "Condition"} { // user scopes are for users
		if got := w.whole(t, backend(t, "practice", "user/*.rs"), path); strings.Contains(got, "73211009") {
			t.Errorf("a backend with the scopes of a user: GET %s gives %.300s", path, got)
		}
	}
	mixed := gp(t)
	mixed.Scopes = scopes(t, "user/*.r")
	if got := w.say(t, mixed, "GET", "Condition?patient=p0"); statusOf(got) != "403" {
		t.Errorf("a search with a scope to read: %.200s", got)
	}
}

// What is forbidden by its shape is 403 whatever there is; all else is the answer of what is absent.
func absentAndForbidden(t *testing.T, w *twin) {
	narrow := worker(t, "practice", care.RoleClinician, "TREAT", "user/Goal.cruds")
	patch := []string{`[{"op":"test","path":"/id","value":"x"}]`, "Content-Type", "application/json-patch+json"}
	condition := object("Condition", "{}", "subject", reference("Patient/p0"))
	for _, hidden := range []string{"hidden", "theirs"} {
		for _, q := range []struct {
			method, path, want string
			more               []string
		}{
			{"GET", "Condition/{}", "404", nil},
			{"HEAD", "Condition/{}", "404", nil},
			{"GET", "Condition/{}/_history", "404", nil},
			{"GET", "Condition/{}/_history/n1", "404", nil},
			{"GET", "Condition/{}", "404", []string{"", "If-None-Match", "*"}},
			{"GET", "Condition/{}/$meta", "404", nil},
			{"GET", "Condition/{}/$validate", "404", nil},
			{"PUT", "Condition/{}", "405", []string{condition}},
			{"DELETE", "Condition/{}", "204", nil},
			{"PATCH", "Condition/{}", "404", patch},
			{"PUT", "Condition/{}", "405", []string{condition, "If-Match", `W/"n1"`}},
		} {
			if got := w.alike(t, gp(t), hidden, q.method, q.path, q.more...); statusOf(got) != q.want {
				t.Errorf("%s %s: %.200s", q.method, q.path, got)
			}
			if got := w.alike(t, narrow, hidden, q.method, q.path, q.more...); statusOf(got) != "403" {
				t.Errorf("%s %s without a scope: %.200s", q.method, q.path, got)
			}
		}
	}
}

// Nobody gets a right by writing it down: neither as a choice, nor as a proxy, nor as a member of a team.
func grantedToOneself(t *testing.T, w *twin) {
	w.fill(t, world{resources: [][]byte{
		[]byte(object("RelatedPerson", "carer", "active", true, "patient", reference("Patient/p0"))),
		[]byte(object("Goal", "mine", "lifecycleStatus", "active", "description", text("sing"), "subject", reference("Patient/p9"))),
	}})
	carer := relative(t, "carer")
	permit := func(to string) string {
		return sharing("", "patient-privacy", "permit", "actor", recipient(to), "provision", list(map[string]any{"type": "permit", "purpose": purposes("ETREAT")}))
	}
	for _, try := range []struct {
		who  guard.Caller
		body string
	}{
		{socialWorker(t), permit("Organization/social")},
		{socialWorker(t), team("Patient/p0", "social")},
		{carer, permit("RelatedPerson/carer")},
		{emergency(t), permit("Organization/hospital")},
		{gp(t), strings.ReplaceAll(permit("Organization/practice"), "Patient/p0", "Patient/p9")},
		{gp(t), strings.ReplaceAll(team("Patient/p0", "practice"), "Patient/p0", "Patient/p9")},
		{carer, object("RelatedPerson", "", "active", true, "patient", reference("Patient/p0"), "extension", list(map[string]any{"url": care.ExtensionParental, "valueBoolean": true}))},
	} {
		typ := typeIn(try.body)
		if got := w.say(t, try.who, "POST", typ, try.body); statusOf(got)[0] != '4' {
			t.Errorf("POST %s as %s: %.200s", typ, try.who.Subject, got)
		}
		w.say(t, try.who, "PUT", "Consent/hide", strings.Replace(try.body, `"resourceType"`, `"id":"hide","resourceType"`, 1))
		w.say(t, try.who, "DELETE", "Consent/hide")
	}
	for _, who := range []guard.Caller{socialWorker(t), carer, emergency(t)} {
		w.alike(t, who, "openA", "GET", "Condition/{}")
	}
	// Nor does who is let in for a while, or may only look, let others in or themselves further.
	w.status(t, emergency(t), "200", "POST", "Patient/$start-care", startCare(0).body)
	w.status(t, emergency(t), "200", "GET", "Condition/openA")
	w.fill(t, world{resources: [][]byte{[]byte(sharing("grant", "patient-privacy", "permit", "actor", recipient("RelatedPerson/carer"), "class",
		list(map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}), "action", list(map[string]any{"coding": list(map[string]any{"code": "correct"})})))}})
	for _, who := range []guard.Caller{emergency(t), carer} {
		for _, body := range []string{permit("Organization/social"), permit("RelatedPerson/carer"), team("Patient/p0", "hospital", "social")} {
			w.as(t, who, "POST", typeIn(body), body)
		}
	}
	w.alike(t, socialWorker(t), "openA", "GET", "Condition/{}")
	w.alike(t, carer, "open", "GET", "Goal/{}")
	w.alike(t, gp(t), "hidden", "GET", "Condition/{}")
	w.alike(t, gp(t), "mine", "GET", "Goal/{}")
}

// typeIn is the resourceType that a body names.
func typeIn(body string) string {
	_, after, _ := strings.Cut(body, `"resourceType":"`)
	typ, _, _ := strings.Cut(after, `"`)
	return typ
}
