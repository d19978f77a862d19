package rest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// Tests of rows of CONSENT rules section 10 that no other test shows; leakRows names them.

// Row 10: what is not there, for a caller, is what they do not see.
func TestNegationsAreOfWhatIsVisible(t *testing.T) {
	t.Parallel()
	plan := func(id, goal string) string {
		return object("CarePlan", id, "status", "active", "intent", "plan", "subject", reference("Patient/p0"), "goal", list(reference(goal)))
	}
	w := street(t, plan("led", "Goal/hidden"), plan("lost", "Goal/absent"))
	for query, want := range map[string][]string{
		"CarePlan?goal:missing=true&_sort=_id": {"CarePlan/led", "CarePlan/lost"}, "CarePlan?goal:missing=false": {"CarePlan/plan"},
		"Condition?code:not=73211009": nil, "Condition?code:not=1&_sort=_id": {"Condition/openA", "Condition/openB", "Condition/openC"},
		"Condition?code:missing=true": nil, "Patient/p9/Condition": nil, "Condition?patient:missing=true": nil,
		"?_type=Condition&code:not=1&_sort=_id": {"Condition/openA", "Condition/openB", "Condition/openC"}, "Condition?_list=mixed": {"Condition/openA"},
	} {
		if got := readPage(t, bodyOf(w.say(t, gp(t), "GET", query))).refs(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

// Rows 11 and 30: versions that differ only in what a caller does not see are one, under the oldest one's id and time, and a
// change may rest on it. Another who sees the difference sees both.
func TestVersionsThatLookTheSameAreOne(t *testing.T) {
	t.Parallel()
	plan := func(title, display string) string {
		return object("CarePlan", "p", "status", "active", "intent", "plan", "title", title, "subject", reference("Patient/p0"), "goal", list(shownAs("Goal/hidden", display)))
	}
	w := street(t, plan("one", secret), plan("two", secret))
	before := w.say(t, gp(t), "GET", "CarePlan/p")
	version := newVersion(bodyOf(before))
	for _, change := range []string{plan("two", secret+" changed"), plan("two", secret+" again")} {
		w.now = w.now.Add(time.Hour)
		w.fill(t, world{resources: [][]byte{[]byte(change)}})
	}
	if after := w.say(t, gp(t), "GET", "CarePlan/p"); after != before {
		t.Errorf("a change of what is hidden shows: %s", difference(before, after))
	}
	if got := w.say(t, gp(t), "GET", "CarePlan/p", "", "If-None-Match", `W/"`+version+`"`); statusOf(got) != "304" {
		t.Errorf("the version that the caller has: %.100s", got)
	}
	for path, want := range map[string]int{"CarePlan/p/_history": 2, "CarePlan/_history": 3} { // the other plan is one more
		if got := w.say(t, gp(t), "GET", path); strings.Count(got, `"fullUrl"`) != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := w.status(t, person(t, "p0"), "200", "GET", "CarePlan/p/_history"); strings.Count(got, `"fullUrl"`) != 2 {
		// The goal is locked, so not even the person sees it: their history is that of the practice.
		t.Errorf("the person's history: %s", got)
	}
	if got := w.status(t, operator(t), "200", "GET", "CarePlan/p/_history"); strings.Count(got, `"fullUrl"`) != 4 {
		t.Errorf("the operator's history: %s", got)
	}
	if got := w.say(t, gp(t), "GET", "CarePlan?_id=p&_lastUpdated=gt2026-11-21T09:30:00Z"); strings.Contains(got, `"fullUrl"`) {
		t.Errorf("a search by time finds what changed for others: %s", got)
	}
	update := object("CarePlan", "p", "status", "active", "intent", "plan", "title", "three", "subject", reference("Patient/p0"))
	if got := w.say(t, gp(t), "PUT", "CarePlan/p", update, "If-Match", `W/"`+version+`"`); statusOf(got) != "200" {
		t.Errorf("a change that rests on it: %s", got)
	}
}

// Rows 21 to 24: narrative goes, a hidden contained thing takes its host with it, hidden details and references go with all
// that names them, and a reference to nothing goes as one to something hidden.
func TestWhatIsInsideIsCut(t *testing.T) {
	t.Parallel()
	containing := func(id, kind string) string {
		return object("CarePlan", id, "status", "active", "intent", "plan", "subject", reference("Patient/p0"), "activity", list(map[string]any{"reference": reference("#in")}),
			"contained", list(map[string]any{
				"resourceType": kind, "id": "in", "status": "active", "intent": "order", "subject": reference("Patient/p0"),
				map[string]string{"MedicationRequest": "medicationCodeableConcept", "ServiceRequest": "code"}[kind]: concept("73211009"),
			}))
	}
	pointing := func(id, goal string) string {
		return object("CarePlan", id, "status", "active", "intent", "plan", "subject", reference("Patient/p0"), "goal", list(shownAs(goal, secret)), "addresses", list(shownAs(strings.Replace(goal, "Goal", "Condition", 1), secret)))
	}
	w := street(t, containing("denied", "MedicationRequest"), containing("open", "ServiceRequest"), pointing("first", "Goal/hidden"), pointing("other", "Goal/nowhere"))
	plan := w.say(t, gp(t), "GET", "CarePlan/plan")
	for _, gone := range []string{"Goal/hidden", "Condition/hidden", "22298006", `"text":{"status"`, "xhtml"} {
		if strings.Contains(plan, gone) {
			t.Errorf("the plan still has %s: %s", gone, plan)
		}
	}
	for _, stays := range []string{"Goal/open", "Condition/openA", `"description":"walk"`} {
		if !strings.Contains(plan, stays) {
			t.Errorf("the plan lacks %s: %s", stays, plan)
		}
	}
	if got := w.say(t, gp(t), "GET", "CarePlan/denied"); statusOf(got) != "404" {
		t.Errorf("the host of a hidden contained thing: %.200s", got)
	}
	if got := w.say(t, gp(t), "GET", "CarePlan/open"); statusOf(got) != "200" {
		t.Errorf("the host of another: %.200s", got)
	}
	alike := strings.NewReplacer("CarePlan/other", "CarePlan/first", `"other"`, `"first"`)
	hidden, absent := w.say(t, gp(t), "GET", "CarePlan/first"), alike.Replace(w.say(t, gp(t), "GET", "CarePlan/other"))
	if hidden = strings.ReplaceAll(hidden, newVersion(hidden), ""); hidden != strings.ReplaceAll(absent, newVersion(absent), "") {
		t.Errorf("a reference to a hidden thing is not as one to nothing: %s", difference(absent, hidden))
	}
	w.alike(t, gp(t), "hidden", "GET", "Binary/{}") // its document is locked
	w.status(t, person(t, "p9"), "404", "GET", "Binary/hidden")
}

// Row 25: a Provenance is seen with all of its targets; the log is its person's own, and shows no other patient.
func TestProvenanceAndTheLogAreForWhoSeesAllOfIt(t *testing.T) {
	t.Parallel()
	says := func(id string, targets ...any) string {
		return object("Provenance", id, "target", targets, "recorded", "2026-01-01T00:00:00Z", "agent", list(map[string]any{"who": reference("Organization/practice")}))
	}
	w := street(t, says("open", reference("CarePlan/plan")), says("hidden2", reference("Condition/openA"), reference("Condition/theirs")))
	for _, path := range []string{"Provenance/{}", "Provenance/{}/_history", "Provenance?_id={}"} {
		w.alike(t, gp(t), "hidden", "GET", path)
		w.alike(t, gp(t), "hidden2", "GET", path)
	}
	w.status(t, gp(t), "200", "GET", "Provenance/open")
	w.say(t, gp(t), "GET", "Condition?patient=p0")
	w.status(t, person(t, "p9"), "200", "GET", "Patient/p9")
	log := w.status(t, person(t, "p0"), "200", "GET", "AuditEvent?patient=Patient/p0")
	if !strings.Contains(log, "The practice") || strings.Contains(log, "p9") || strings.Contains(log, "dr-practice") || strings.Contains(log, secret) {
		t.Errorf("the log of p0: %s", log)
	}
	w.caller = person(t, "p0")
	_, body := w.raw(t, "GET", "AuditEvent", "")
	id := readPage(t, body).Entry[0].Resource.ID
	w.status(t, person(t, "p0"), "200", "GET", "AuditEvent/"+id)
	for _, who := range []guard.Caller{gp(t), person(t, "p9"), socialWorker(t)} {
		w.status(t, who, "404", "GET", "AuditEvent/"+id)
		if got := w.status(t, who, "200", "GET", "AuditEvent?patient=Patient/p0"); strings.Contains(got, "fullUrl") {
			t.Errorf("%s sees the log of p0: %s", who.Subject, got)
		}
	}
}

// Row 26: sharing choices are for the person, and for those who may act for them; advance decisions are clinical content.
func TestSharingChoicesAreThePersonsOwn(t *testing.T) {
	t.Parallel()
	w := street(t, sharing("refusal", "adr", "deny"))
	for _, path := range []string{"Consent/{}", "Consent/{}/_history", "Consent?_id={}", "Consent/{}/$meta"} {
		w.alike(t, gp(t), "hide", "GET", path)
		w.alike(t, backend(t, "practice", "system/*.rs"), "hide", "GET", path)
	}
	if got := readPage(t, bodyOf(w.say(t, gp(t), "GET", "Consent"))).refs(); !slices.Equal(got, []string{"Consent/refusal"}) {
		t.Errorf("the practice finds %v", got)
	}
	w.status(t, person(t, "p0"), "200", "GET", "Consent/hide")
	w.status(t, gp(t), "200", "GET", "Consent/refusal")
}

// Row 27: members that may not be seen are none, and what is about somebody hidden is hidden.
func TestMembersAreFiltered(t *testing.T) {
	t.Parallel()
	w := street(t, object("Group", "theirs", "type", "person", "actual", true, "member", list(
		map[string]any{"entity": reference("Patient/p0")}, map[string]any{"entity": reference("Patient/p9")})),
		object("RelatedPerson", "theirs", "active", true, "patient", reference("Patient/p9")),
		object("CareTeam", "team", "status", "active", "subject", reference("Patient/p0"), "participant", list(
			map[string]any{"member": reference("Organization/practice")}, map[string]any{"member": shownAs("RelatedPerson/theirs", secret)})))
	if got := w.say(t, gp(t), "GET", "List/mixed"); !strings.Contains(got, "Condition/openA") || strings.Contains(got, "Condition/hidden") {
		t.Errorf("the list: %s", got)
	}
	if got := w.say(t, gp(t), "GET", "CareTeam/team"); statusOf(got) != "200" || strings.Contains(got, "RelatedPerson/theirs") {
		t.Errorf("the team: %s", got)
	}
	for _, path := range []string{"Group/{}", "Appointment/{}", "Group?_id={}", "Appointment?_id={}"} {
		w.alike(t, gp(t), "theirs", "GET", path)
	}
	if got := readPage(t, bodyOf(w.say(t, gp(t), "GET", "Condition?_list=mixed"))).refs(); !slices.Equal(got, []string{"Condition/openA"}) {
		t.Errorf("what is in the list: %v", got)
	}
}

// Row 28: what the server says of itself is the same for everybody, and what would name a clinic or a topic is not shown.
func TestWhatIsSaidOfTheServerIsConstant(t *testing.T) {
	t.Parallel()
	marked := observation("marked", "44054006", "meta", map[string]any{
		"source": "https://" + secret + ".example", "tag": list(map[string]any{"system": "https://a.example", "code": secret}),
		"security": list(map[string]any{"system": care.SystemConfidentiality, "code": "N"}, map[string]any{"system": care.SystemTopic, "code": secret}),
	})
	w := street(t, marked)
	for _, path := range []string{"metadata", ".well-known/smart-configuration"} {
		first := w.say(t, gp(t), "GET", path)
		for _, who := range []guard.Caller{{}, person(t, "p9"), socialWorker(t), operator(t)} {
			if got := w.say(t, who, "GET", path); got != first {
				t.Errorf("%s differs: %s", path, difference(first, got))
			}
		}
	}
	for _, path := range []string{"Observation/marked", "Observation?_id=marked", "Observation/marked/_history", "Observation/marked/$meta", "Patient/p0/$whole-person", "Observation/$meta", "$meta"} {
		w.say(t, gp(t), "GET", path)
	}
	if got := w.say(t, gp(t), "GET", "Observation?_source=https://"+strings.ToLower(secret)+".example&_tag=x"); strings.Contains(got, "fullUrl") && !strings.Contains(got, "OperationOutcome") {
		t.Errorf("what is not shown can be searched for: %s", got)
	}
}

// Row 32: the token first, then the shape, then what is held: nothing is looked up for who may not ask.
func TestNothingIsLookedUpForWhoMayNotAsk(t *testing.T) {
	t.Parallel()
	w := street(t)
	c := w.tallied(t)
	w.caller = worker(t, "practice", care.RoleClinician, "TREAT", "user/Goal.rs")
	for _, path := range []string{"Condition/hidden", "Condition/absent", "Condition?patient=p0", "Condition/_history", "Patient/p9/$whole-person", "Nonsense/1", "Condition/hidden/_history"} {
		c.take()
		if status, _ := w.raw(t, http.MethodGet, path, ""); status != 403 && status != 404 || len(c.take()) > 0 {
			t.Errorf("%s is looked up", path)
		}
	}
	w.handler = newDoor(t, w.guard, noToken{})
	c.take()
	for _, path := range []string{"Condition/hidden", "Condition/absent", "Nonsense/1"} {
		if status, _ := w.raw(t, http.MethodGet, path, ""); status != 401 || len(c.take()) > 0 {
			t.Errorf("%s without a token: %d, or it is looked up", path, status)
		}
	}
}

// noToken is when no token is good.
type noToken struct{}

func (noToken) Caller(context.Context, *http.Request) (guard.Caller, error) {
	return guard.Caller{}, fhir.Errorf(fhir.Login, "no")
}

// Row 33: what is said to staff of what they may not see is the same whether there is such a thing or not.
func TestTheBannerIsConstant(t *testing.T) {
	t.Parallel()
	full, bare := street(t), village(t)
	const banner = "It may not be everything that is held"
	for _, w := range []*twin{full, bare} {
		if got := w.say(t, gp(t), "GET", "Patient/p0/$whole-person"); !strings.Contains(got, banner) {
			t.Errorf("the banner is not there: %.500s", got)
		}
		for _, path := range []string{"Condition?patient=p0&code=195967001", "Condition/hidden", "Patient/p0/$everything?_type=Appointment"} {
			got := w.say(t, gp(t), "GET", path)
			for _, word := range []string{"withheld", "suppressed", "REDACTED", "MASKED"} {
				if strings.Contains(got, word) {
					t.Errorf("%s hints: %s", path, got)
				}
			}
		}
	}
	for _, path := range []string{"Condition?patient=p0&code=195967001", "Condition/hidden", "Patient/p0/$everything?_type=Appointment", "Appointment"} {
		if got, want := full.say(t, gp(t), "GET", path), bare.say(t, gp(t), "GET", path); got != want {
			t.Errorf("%s: %s", path, difference(want, got))
		}
	}
}
