package rest_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// What a hostile member of the network would try, over HTTP: to see what they may not, to give themselves or others
// a door, to take another's away, to do it without a record. Each was possible once.

// village is a store with one person, Patient/p0 of the practice, four organisations, and more.
func village(t *testing.T, more ...string) *twin {
	t.Helper()
	w := newTwin(t, "n")
	var region world
	add := func(body string) { region.resources = append(region.resources, []byte(body)) }
	for _, o := range [][2]string{{"practice", care.KindHealth}, {"hospital", care.KindHealth}, {"social", care.KindSocial}, {"charity", care.KindVoluntary}} {
		add(object("Organization", o[0], "name", "The "+o[0], "active", true, "type", kind(o[1])))
		add(object("Practitioner", "dr-"+o[0], "active", true))
	}
	add(object("Patient", "p0", "identifier", list(identifier(0)), "birthDate", "1980-01-01", "name", list(map[string]any{"family": "Person0"}),
		"generalPractitioner", list(reference("Organization/practice"))))
	for _, body := range more {
		add(body)
	}
	w.fill(t, region)
	return w
}

func worker(t *testing.T, org, role, purpose, scope string) guard.Caller {
	t.Helper()
	return guard.Caller{
		Subject: "dr-" + org, Client: "app", User: fhir.Ref{Type: "Practitioner", ID: fhir.ID("dr-" + org)},
		Org: fhir.Ref{Type: "Organization", ID: fhir.ID(org)}, Roles: []string{role}, Purposes: []string{purpose}, Scopes: scopes(t, scope),
	}
}

func gp(t *testing.T) guard.Caller {
	return worker(t, "practice", care.RoleClinician, "TREAT", "user/*.cruds")
}

func emergency(t *testing.T) guard.Caller {
	return worker(t, "hospital", care.RoleClinician, "ETREAT", "user/*.cruds")
}

func socialWorker(t *testing.T) guard.Caller {
	return worker(t, "social", care.RoleSocialWorker, "TREAT", "user/*.cruds")
}

func person(t *testing.T, id string) guard.Caller {
	t.Helper()
	ref := fhir.Ref{Type: "Patient", ID: fhir.ID(id)}
	return guard.Caller{Subject: id, Client: "app", User: ref, Patient: ref, Scopes: scopes(t, "patient/*.cruds")}
}

func relative(t *testing.T, id string) guard.Caller {
	t.Helper()
	return guard.Caller{
		Subject: id, Client: "app", User: fhir.Ref{Type: "RelatedPerson", ID: fhir.ID(id)},
		Patient: fhir.Ref{Type: "Patient", ID: "p0"}, Scopes: scopes(t, "patient/*.cruds"),
	}
}

// as asks as somebody, and gives the status and the body.
func (w *twin) as(t *testing.T, who guard.Caller, method, path string, body ...string) (string, string) {
	t.Helper()
	w.caller = who
	answer := w.ask(t, question{method: method, url: "http://twin/fhir/" + path, body: strings.Join(body, "")})
	_, content, _ := strings.Cut(answer, "\n\n")
	return answer[:3], content
}

// status demands a status, and gives the body.
func (w *twin) status(t *testing.T, who guard.Caller, want, method, path string, body ...string) string {
	t.Helper()
	got, content := w.as(t, who, method, path, body...)
	if got != want {
		t.Errorf("%s %s as %s: got %s, want %s\n%.300s", method, path, who.Subject, got, want, content)
	}
	return content
}

func newID(body string) string {
	_, rest, _ := strings.Cut(body, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func observation(id, code string, more ...any) string {
	return object("Observation", id, append([]any{"status", "final", "subject", reference("Patient/p0"), "code", concept(code)}, more...)...)
}

const somePlan = `{"resourceType":"CarePlan","id":"plan","status":"active","intent":"plan","subject":{"reference":"Patient/p0"}}`

func team(patient string, orgs ...string) string {
	var members []any
	for _, org := range orgs {
		members = append(members, map[string]any{"member": reference("Organization/" + org)})
	}
	return object("CareTeam", "", "status", "active", "subject", reference(patient), "participant", members)
}

func sharing(id, scope, kind string, pairs ...any) string {
	provision := map[string]any{"type": kind}
	for i := 0; i < len(pairs); i += 2 {
		provision[pairs[i].(string)] = pairs[i+1]
	}
	return object("Consent", id, "status", "active", "patient", reference("Patient/p0"), "dateTime", "2026-01-01",
		"scope", map[string]any{"coding": list(map[string]any{"system": care.SystemConsentScope, "code": scope})},
		"category", list(map[string]any{"coding": list(map[string]any{"system": care.SystemLoinc, "code": "59284-0"})}),
		"performer", list(reference("Patient/p0")), "policyRule", concept("OPTIN"), "provision", provision)
}

func recipient(ref string) any {
	return list(map[string]any{"role": map[string]any{"coding": list(map[string]any{"system": care.SystemParticipation, "code": "IRCP"})}, "reference": reference(ref)})
}

func purposes(codes ...string) any {
	var all []any
	for _, code := range codes {
		all = append(all, map[string]any{"system": care.SystemPurpose, "code": code})
	}
	return all
}

func TestViewersWithOtherScopesDoNotShareAView(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"), observation("o2", "38341003"))
	w.status(t, gp(t), "200", "GET", "Patient/p0/$whole-person")
	for scope, hidden := range map[string]string{
		"user/*.c user/Patient.r":                         "Observation/o1",
		"user/Patient.r user/Observation.r?code=44054006": "Observation/o2",
	} {
		weak := worker(t, "practice", care.RoleClinician, "TREAT", scope)
		if body := w.status(t, weak, "200", "GET", "Patient/p0/$whole-person"); strings.Contains(body, hidden) {
			t.Errorf("with %q the view that others warmed shows %s", scope, hidden)
		}
	}
}

func TestStaffCannotTouchAPersonsResearchChoice(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"), sharing("no-research", "research", "deny"))
	w.status(t, gp(t), "404", "GET", "Consent/no-research")
	w.status(t, gp(t), "204", "DELETE", "Consent/no-research")
	w.status(t, operator(t), "200", "GET", "Consent/no-research")
	w.status(t, gp(t), "422", "POST", "Consent", sharing("", "research", "permit", "actor", recipient("Organization/practice"), "purpose", purposes("HRESCH")))
	w.status(t, worker(t, "practice", care.RoleClinician, "HRESCH", "user/*.rs"), "404", "GET", "Observation/o1")
}

func TestNamingAPersonOpensNoDoor(t *testing.T) {
	t.Parallel()
	task := object("Task", "t0", "status", "requested", "intent", "order", "for", reference("Patient/p0"), "owner", reference("Organization/charity"))
	w := village(t, somePlan, task)
	volunteer := worker(t, "charity", care.RoleVolunteer, "TREAT", "user/*.cruds")
	for _, birth := range []string{"", "1980-01-01"} {
		pairs := []any{"identifier", list(identifier(0))}
		if birth != "" {
			pairs = append(pairs, "birthDate", birth)
		}
		mine := "Patient/" + newID(w.status(t, volunteer, "201", "POST", "Patient", object("Patient", "", pairs...)))
		w.as(t, volunteer, "POST", "CareTeam", team(mine, "social", "charity"))
		w.as(t, volunteer, "POST", "Consent", strings.ReplaceAll(sharing("", "patient-privacy", "deny", "provision",
			list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})), "Patient/p0", mine))
		w.status(t, socialWorker(t), "404", "GET", "CarePlan/plan")
		w.status(t, gp(t), "200", "GET", "CarePlan/plan")
	}
}

func TestStartedCareCannotBePassedOnOrMadeToLast(t *testing.T) {
	t.Parallel()
	w := village(t, somePlan, object("RelatedPerson", "dad", "active", true, "patient", reference("Patient/p0")))
	w.status(t, emergency(t), "200", "POST", "Patient/$start-care", startCare(0).body)
	w.as(t, emergency(t), "POST", "CareTeam", team("Patient/p0", "hospital", "social"))
	w.as(t, emergency(t), "PUT", "RelatedPerson/dad", object("RelatedPerson", "dad", "active", true, "patient", reference("Patient/p0"),
		"extension", list(map[string]any{"url": care.ExtensionParental, "valueBoolean": true})))
	w.status(t, relative(t, "dad"), "404", "GET", "CarePlan/plan")
	w.status(t, emergency(t), "200", "GET", "CarePlan/plan")
	w.now = w.now.Add(73 * time.Hour)
	w.status(t, emergency(t), "404", "GET", "CarePlan/plan")
	w.status(t, socialWorker(t), "404", "GET", "CarePlan/plan")
}

func TestStartedCareChangesOnlyWhatItWrote(t *testing.T) {
	t.Parallel()
	w := village(t, object("AllergyIntolerance", "a", "patient", reference("Patient/p0"), "code", concept("91936005")))
	w.status(t, emergency(t), "200", "POST", "Patient/$start-care", startCare(0).body)
	w.status(t, emergency(t), "403", "DELETE", "AllergyIntolerance/a")
	own := newID(w.status(t, emergency(t), "201", "POST", "Observation", observation("", "44054006")))
	w.status(t, emergency(t), "204", "DELETE", "Observation/"+own)
}

func TestAPermitThatEndsGivesNothingThatLasts(t *testing.T) {
	t.Parallel()
	w := village(t, somePlan, sharing("week", "patient-privacy", "permit", "actor", recipient("Organization/social"), "period", map[string]any{"end": "2026-11-22"}))
	w.as(t, socialWorker(t), "POST", "Observation", observation("", "44054006"))
	w.as(t, socialWorker(t), "POST", "CareTeam", team("Patient/p0", "social"))
	w.status(t, operator(t), "204", "DELETE", "Consent/week")
	w.status(t, socialWorker(t), "404", "GET", "CarePlan/plan")
}

func TestPeopleAreNotJoinedByANumberAlone(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"), object("Patient", "other", "identifier", list(identifier(0)), "birthDate", "1955-05-05"))
	w.status(t, person(t, "other"), "404", "GET", "Observation/o1")

	corrected := village(t, observation("o1", "44054006"),
		object("Patient", "p0", "identifier", list(identifier(5)), "birthDate", "1980-01-01"),
		object("Patient", "right", "identifier", list(identifier(0)), "birthDate", "1980-01-01"))
	corrected.status(t, person(t, "right"), "404", "GET", "Observation/o1")

	squatted := village(t)
	squatted.as(t, socialWorker(t), "POST", "Patient", object("Patient", "", "identifier", list(identifier(1)), "birthDate", "1944-04-04", "managingOrganization", reference("Organization/social")))
	squatted.fill(t, world{resources: [][]byte{
		[]byte(object("Patient", "victim", "identifier", list(identifier(1)), "birthDate", "1944-04-04")),
		[]byte(object("CarePlan", "vplan", "status", "active", "intent", "plan", "subject", reference("Patient/victim"))),
	}})
	squatted.status(t, socialWorker(t), "404", "GET", "CarePlan/vplan")
}

func TestCareThatWasStartedFindsThePersonWhoIsRegisteredLater(t *testing.T) {
	t.Parallel()
	w := village(t)
	w.status(t, emergency(t), "200", "POST", "Patient/$start-care", startCare(2).body)
	id := newID(w.status(t, gp(t), "201", "POST", "Patient", object("Patient", "", "identifier", list(identifier(2)), "birthDate", "1980-01-01", "generalPractitioner", list(reference("Organization/practice")))))
	w.status(t, gp(t), "201", "POST", "AllergyIntolerance", object("AllergyIntolerance", "", "patient", reference("Patient/"+id), "code", concept("91936005")))
	if body := w.status(t, emergency(t), "200", "POST", "Patient/$whole-person", frame(2).body); !strings.Contains(body, "91936005") {
		t.Error("the emergency doctor who had started care does not see the allergy that the practice registered")
	}
}

func TestGranularScopesBindWrites(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"), observation("o2", "38341003"))
	c := worker(t, "practice", care.RoleClinician, "TREAT", "user/Observation.rs user/Patient.r user/Observation.cud?code=38341003")
	w.status(t, c, "403", "POST", "Observation", observation("", "44054006"))
	w.status(t, c, "201", "POST", "Observation", observation("", "38341003"))
	w.status(t, c, "403", "PUT", "Observation/o1", observation("o1", "44054006", "effectiveDateTime", "2020"))
	w.status(t, c, "403", "PUT", "Observation/o1", observation("o1", "38341003"))
	w.status(t, c, "403", "PUT", "Observation/o2", observation("o2", "44054006"))
	w.status(t, c, "403", "DELETE", "Observation/o1")
	w.status(t, gp(t), "204", "DELETE", "Observation/o1")
	w.status(t, worker(t, "practice", care.RoleClinician, "TREAT", "user/Observation.rs?code=38341003"), "404", "GET", "Observation/o1")
}

func TestProvenanceIsChangedByWhoWroteItOnly(t *testing.T) {
	t.Parallel()
	says := func(id, org string) string {
		return object("Provenance", id, "target", list(reference("Observation/o1")), "recorded", "2026-01-01T00:00:00Z",
			"agent", list(map[string]any{"who": reference("Organization/" + org)}))
	}
	w := village(t, observation("o1", "44054006"), object("RelatedPerson", "carer0", "active", true, "patient", reference("Patient/p0")),
		sharing("grant", "patient-privacy", "permit", "actor", recipient("RelatedPerson/carer0"), "action", list(map[string]any{"coding": list(map[string]any{"code": "access"})})),
		says("prov", "practice"))
	w.status(t, relative(t, "carer0"), "200", "GET", "Observation/o1")
	w.status(t, relative(t, "carer0"), "403", "PUT", "Provenance/prov", says("prov", "charity"))
	w.status(t, relative(t, "carer0"), "403", "DELETE", "Provenance/prov")
	own := newID(w.status(t, gp(t), "201", "POST", "Provenance", says("", "practice")))
	w.status(t, gp(t), "200", "PUT", "Provenance/"+own, says(own, "practice"))
	w.status(t, gp(t), "204", "DELETE", "Provenance/"+own)
}

func TestLabelsAreSetByTheSenderOnly(t *testing.T) {
	t.Parallel()
	w := village(t)
	own := newID(w.status(t, person(t, "p0"), "201", "POST", "Observation", observation("", "44054006")))
	w.as(t, gp(t), "PUT", "Observation/"+own, observation(own, "44054006", "meta", label(care.LabelSeriousHarm)))
	w.status(t, person(t, "p0"), "200", "GET", "Observation/"+own)
}

func TestNoDisplayNamesWhomACallerMayNotSee(t *testing.T) {
	t.Parallel()
	w := village(t, object("Observation", "o1", "status", "final", "subject", shownAs("Patient/p0", "SECRET NAME"), "code", concept("44054006")),
		sharing("no-name", "patient-privacy", "deny", "class", list(map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": "Patient"})))
	w.status(t, gp(t), "404", "GET", "Patient/p0")
	if body := w.status(t, gp(t), "200", "GET", "Observation/o1"); strings.Contains(body, "SECRET") {
		t.Error("the display of the subject names whom the caller may not see")
	}
}

func TestPuttingBackWhatIsHiddenIsNotTold(t *testing.T) {
	t.Parallel()
	order := []any{"status", "active", "intent", "order", "subject", reference("Patient/p0"), "medicationCodeableConcept", concept("44054006")}
	var answers []string
	for _, prior := range [][]any{order, append(append([]any{}, order...), "reportedReference", reference("RelatedPerson/absent"))} {
		w := village(t, object("MedicationRequest", "m", prior...))
		answers = append(answers, w.status(t, gp(t), "200", "PUT", "MedicationRequest/m", object("MedicationRequest", "m", append(append([]any{}, order...), "reportedBoolean", true)...)))
	}
	if answers[0] != answers[1] {
		t.Errorf("the answers differ:\n%s\n%s", answers[0], answers[1])
	}
}

func TestOnlyTheOperatorWritesWhatAllRelyOn(t *testing.T) {
	t.Parallel()
	w := village(t)
	volunteer := worker(t, "charity", care.RoleVolunteer, "TREAT", "user/*.cruds")
	for typ, body := range map[string]string{
		"ValueSet": object("ValueSet", "", "status", "active"), "Location": object("Location", "", "name", "a clinic"),
		"OrganizationAffiliation": object("OrganizationAffiliation", "", "active", true), "Organization": object("Organization", "", "name", "x"),
		"Endpoint": object("Endpoint", "", "status", "active", "connectionType", map[string]any{"code": "x"}, "payloadType", list(text("x")), "address", "https://elsewhere.example"),
	} {
		w.status(t, volunteer, "403", "POST", typ, body)
	}
}

func TestAnEditWithoutStandingTakesNobodysAway(t *testing.T) {
	t.Parallel()
	w := village(t, strings.Replace(team("Patient/p0", "hospital"), `"participant"`, `"id":"team","participant"`, 1),
		object("RelatedPerson", "carer0", "active", true, "patient", reference("Patient/p0")),
		sharing("grant", "patient-privacy", "permit", "actor", recipient("RelatedPerson/carer0"), "action", list(map[string]any{"coding": list(map[string]any{"code": "correct"})})))
	hospital := worker(t, "hospital", care.RoleClinician, "TREAT", "user/*.cruds")
	renamed := strings.Replace(team("Patient/p0", "hospital", "social"), `"participant"`, `"id":"team","name":"ours","participant"`, 1)
	w.status(t, relative(t, "carer0"), "200", "PUT", "CareTeam/team", renamed)
	w.status(t, hospital, "200", "GET", "Patient/p0")
	w.status(t, socialWorker(t), "404", "GET", "Patient/p0")
}

func TestSomebodyWhoLeftIsNobody(t *testing.T) {
	t.Parallel()
	w := village(t, object("PractitionerRole", "left", "active", false, "practitioner", reference("Practitioner/x"), "organization", reference("Organization/practice")))
	left := guard.Caller{Subject: "x", Client: "app", User: fhir.Ref{Type: "PractitionerRole", ID: "left"}, Roles: []string{care.RoleClinician}, Purposes: []string{"TREAT"}, Scopes: scopes(t, "user/*.rs")}
	w.status(t, left, "404", "GET", "Patient/p0")
}

func TestCareIsStartedForIndividualCareOnly(t *testing.T) {
	t.Parallel()
	w := village(t)
	mixed := emergency(t)
	mixed.Purposes = []string{"TREAT", "HMARKT"}
	w.status(t, mixed, "403", "POST", "Patient/$start-care", startCare(0).body)
}

// log counts the events that a person is shown, page by page.
func (w *twin) log(t *testing.T, who guard.Caller, count string) int {
	t.Helper()
	n := 0
	for url := "http://twin/fhir/AuditEvent?_count=" + count; url != ""; {
		w.caller = who
		r := httptest.NewRequestWithContext(t.Context(), "GET", url, nil)
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		n += strings.Count(rec.Body.String(), `"resourceType":"AuditEvent"`)
		url = nextLink(rec.Body.String())
	}
	return n
}

func TestThePersonsLogLacksNothing(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"), observation("held", "38341003", "meta", label(care.LabelNotYetTold)),
		object("Provenance", "prov", "target", list(reference("Observation/o1")), "recorded", "2026-01-01T00:00:00Z", "agent", list(map[string]any{"who": reference("Organization/practice")})),
		object("Patient", "p1", "birthDate", "1980-01-01", "generalPractitioner", list(reference("Organization/practice"))),
		object("Appointment", "both", "status", "booked", "participant", list(
			map[string]any{"actor": reference("Patient/p0"), "status": "accepted"}, map[string]any{"actor": reference("Patient/p1"), "status": "accepted"})))
	grew := func(what, who string, want int, do func()) {
		t.Helper()
		before := w.log(t, person(t, who), "200")
		do()
		if got := w.log(t, person(t, who), "200") - before; got != want {
			t.Errorf("%s: the log of %s grew by %d, want %d", what, who, got, want)
		}
	}
	grew("reading a Provenance", "p0", 1, func() { w.status(t, gp(t), "200", "GET", "Provenance/prov") })
	grew("a stranger's refused frame", "p0", 1, func() { w.status(t, emergency(t), "404", "POST", "Patient/$whole-person", frame(0).body) })
	grew("a view with a thing about two", "p1", 1, func() { w.status(t, gp(t), "200", "GET", "Patient/p0/$whole-person") })
	grew("a refused update that names somebody else", "p0", 1, func() {
		w.status(t, gp(t), "422", "PUT", "Observation/o1", strings.ReplaceAll(observation("o1", "44054006"), "Patient/p0", "Patient/p1"))
	})
	all := w.log(t, person(t, "p0"), "200")
	if got := w.log(t, person(t, "p0"), "1"); got != all {
		t.Errorf("by pages of one the log has %d events, whole it has %d", got, all)
	}
	for range 1001 {
		w.now = w.now.Add(time.Millisecond)
		w.as(t, gp(t), "GET", "Observation/held")
	}
	if got := w.log(t, person(t, "p0"), "200"); got != all {
		t.Errorf("after many reads of what is held back the log has %d events, before it had %d", got, all)
	}
}

func TestALatticeOfReferencesCostsLittle(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"))
	below := []any{reference("Observation/o1")}
	var last string
	for range 6 {
		var layer []any
		for range 12 {
			last = newID(w.status(t, gp(t), "201", "POST", "Provenance", object("Provenance", "", "target", below, "recorded", "2026-01-01T00:00:00Z",
				"agent", list(map[string]any{"who": reference("Organization/practice")}))))
			layer = append(layer, reference("Provenance/"+last))
		}
		below = layer
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // it takes milliseconds; once it took years
	defer cancel()
	w.caller = gp(t)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, "GET", "http://twin/fhir/Provenance/"+last, nil))
	if rec.Code != 200 {
		t.Errorf("got %d", rec.Code)
	}
}

// A hospital that starts care and registers the person finds what it wrote in its frame, whether the number was
// nobody's or somebody's who refuses: otherwise it could tell the two apart (CONSENT rules section 14.1).
func TestRegisteringAfterStartingCareDoesNotTell(t *testing.T) {
	t.Parallel()
	refusing := []string{
		object("Patient", "p1", "identifier", list(identifier(1)), "birthDate", "1980-01-01"),
		strings.ReplaceAll(sharing("no", "patient-privacy", "deny", "provision", list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})), "Patient/p0", "Patient/p1"),
	}
	var answers [2]string
	for i, more := range [][]string{nil, refusing} {
		w := village(t)
		w.store.Store = village(t, more...).store.Store
		w.status(t, emergency(t), "200", "POST", "Patient/$start-care", startCare(1).body)
		answers[i] = w.status(t, emergency(t), "201", "POST", "Patient", object("Patient", "", "identifier", list(identifier(1)), "birthDate", "1980-01-01"))
		mine := newID(answers[i])
		answers[i] += w.status(t, emergency(t), "201", "POST", "Observation", strings.ReplaceAll(observation("", "44054006"), "Patient/p0", "Patient/"+mine))
		answers[i] += w.status(t, emergency(t), "200", "POST", "Patient/$whole-person", frame(1).body)
		answers[i] += w.status(t, emergency(t), "200", "GET", "Patient/"+mine)
	}
	if answers[0] != answers[1] {
		t.Errorf("the answers differ: %s", difference(answers[0], answers[1]))
	}
}
