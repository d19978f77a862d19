package rest_test

import (
	"strings"
	"testing"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// decisions asks and gives the decisions for the first way in which the user may come.
func (w *twin) decisions(t *testing.T, who guard.Caller, query string) []part {
	t.Helper()
	answers := answerOf(t, w.status(t, who, "200", "GET", "Patient/p0/$explain-access?"+query)).all("answer")
	if len(answers) == 0 {
		t.Fatal("no answer")
	}
	return answers[0].all("decision")
}

func TestAccessIsExplainedByTheProvisionThatDecides(t *testing.T) { //nolint:tparallel // the questions share who asks
	t.Parallel()
	no := sharing("no", "patient-privacy", "permit", "provision", list(map[string]any{
		"type": "deny", "actor": recipient("Organization/hospital"), "provision": inEmergency("permit"),
		"class": list(map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}),
	}))
	w := village(t, observation("o1", "44054006"), allergy, hospitalTeam, no)
	for _, c := range []struct{ name, query, decision, step, words, provision string }{
		{"a deny names its provision", "user=Organization/hospital&thing=Observation/o1", "deny", "consent-deny", "you chose so", "provision.provision[0]"},
		{"what is not denied is shown", "user=Organization/hospital&thing=AllergyIntolerance/nuts", "permit", "consent-permit", "", "provision"},
		{"in an emergency an exception decides", "user=Organization/hospital&thing=Observation/o1&purpose=ETREAT", "permit", "consent-permit", "", "provision.provision[0].provision[0]"},
		{"the person sees their own", "user=self&thing=Observation/o1", "permit", "self", "This is your own record.", ""},
		{"staff nobody knows", "caller=Practitioner/nobody&thing=Observation/o1", "deny", "standing", "Nothing connects them with you", ""},
		{"staff with a role that is said", "user=Practitioner/dr-hospital&organization=Organization/hospital&role=reception&thing=Observation/o1", "deny", "consent-deny", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.decisions(t, person(t, "p0"), c.query)
			if len(got) != 1 || got[0].get("decision").ValueCode != c.decision || !strings.Contains(got[0].get("text").ValueString, c.words) ||
				(c.step != "" && got[0].get("step").ValueCode != c.step) {
				t.Fatalf("got %+v", got)
			}
			for _, choice := range got[0].all("choice") {
				if c.provision != "" && (choice.get("provision").ValueString != c.provision || !strings.HasPrefix(choice.get("consent").ValueReference.Reference, "Consent/no/_history/")) {
					t.Errorf("the choice: %+v", choice)
				}
			}
		})
	}
	if all := w.decisions(t, person(t, "p0"), "user=Organization/hospital"); len(all) < 3 {
		t.Errorf("the whole record by section: %+v", all)
	}
}

func TestAccessIsExplainedToThoseWhoMayKnow(t *testing.T) { //nolint:tparallel // likewise
	t.Parallel()
	w := village(t, observation("o1", "44054006"), observation("told-later", "38341003", "meta", label(care.LabelNotYetTold)), hospitalTeam,
		`{"resourceType":"RelatedPerson","id":"rel","active":true,"patient":{"reference":"Patient/p0"}}`,
		object("Patient", "p1", "birthDate", "1990-01-01"), object("Observation", "theirs", "status", "final", "code", concept("44054006"), "subject", reference("Patient/p1")))
	const query = "?user=Organization/hospital&thing="
	officer := worker(t, "hospital", care.RolePrivacy, "HOPERAT", "user/*.rs")
	elsewhere := worker(t, "charity", care.RolePrivacy, "HOPERAT", "user/*.rs")
	_, absent := w.as(t, person(t, "p0"), "GET", "Patient/nobody/$explain-access"+query+"Observation/o1")
	for _, c := range []struct {
		name   string
		who    guard.Caller
		path   string
		status string
	}{
		{"the person", person(t, "p0"), "Patient/p0/$explain-access" + query + "Observation/o1", "200"},
		{"the operator, of what is held back too", operator(t), "Patient/p0/$explain-access" + query + "Observation/told-later", "200"},
		{"a privacy officer whose organisation looks after the person", officer, "Patient/p0/$explain-access" + query + "Observation/told-later", "200"},
		{"a privacy officer of another organisation", elsewhere, "Patient/p0/$explain-access" + query + "Observation/o1", "404"},
		{"the person, of what is held back", person(t, "p0"), "Patient/p0/$explain-access" + query + "Observation/told-later", "404"},
		{"the person, of what is not there", person(t, "p0"), "Patient/p0/$explain-access" + query + "Observation/nothing", "404"},
		{"the person, of what is another's", person(t, "p0"), "Patient/p0/$explain-access" + query + "Observation/theirs", "404"},
		{"another person", person(t, "p1"), "Patient/p0/$explain-access" + query + "Observation/o1", "404"},
		{"their doctor", gp(t), "Patient/p0/$explain-access" + query + "Observation/o1", "404"},
		{"a carer without leave to read the choices", relative(t, "rel"), "Patient/p0/$explain-access" + query + "Observation/o1", "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := w.status(t, c.who, c.status, "GET", c.path)
			if c.status == "404" && body != absent {
				t.Errorf("it is told from an absent person:\n%s\n%s", body, absent)
			}
		})
	}
	body := w.status(t, person(t, "p0"), "200", "GET", "Patient/p0/$explain-access?user=Organization/hospital")
	if strings.Contains(body, "told-later") {
		t.Errorf("the person learns of what is held back:\n%s", body)
	}
	posted := w.status(t, person(t, "p0"), "200", "POST", "Patient/p0/$explain-access", object("Parameters", "", "parameter",
		list(map[string]any{"name": "user", "valueReference": reference("Organization/hospital")}, map[string]any{"name": "thing", "valueReference": reference("Observation/o1")})))
	if asked := w.status(t, person(t, "p0"), "200", "GET", "Patient/p0/$explain-access"+query+"Observation/o1"); posted != asked {
		t.Errorf("POST and GET differ:\n%s\n%s", posted, asked)
	}
}

func TestAnExplanationLeavesOthersOut(t *testing.T) {
	t.Parallel()
	theirs := strings.ReplaceAll(sharing("theirs", "patient-privacy", "deny", "actor", recipient("Organization/practice"), "provision", inEmergency("deny")), "Patient/p0", "Patient/p1")
	w := village(t, object("Patient", "p1", "birthDate", "1990-01-01"), theirs, object("Appointment", "both", "status", "booked", "participant", list(
		map[string]any{"actor": reference("Patient/p0"), "status": "accepted"}, map[string]any{"actor": reference("Patient/p1"), "status": "accepted"})))
	got := w.decisions(t, operator(t), "user=Organization/practice&thing=Appointment/both")
	if got[0].get("decision").ValueCode != "permit" || !strings.Contains(got[0].get("text").ValueString, "somebody else too") {
		t.Errorf("what another person chose shows: %+v", got)
	}
	w.status(t, gp(t), "404", "GET", "Appointment/both")
}

func TestAPartIsExplained(t *testing.T) {
	t.Parallel()
	plan := object("CarePlan", "plan", "status", "active", "intent", "plan", "subject", reference("Patient/p0"), "activity", list(
		map[string]any{"detail": map[string]any{"kind": "Appointment", "status": "scheduled", "code": concept("44054006")}},
		map[string]any{"detail": map[string]any{"status": "scheduled", "code": concept("38341003")}}))
	no := sharing("no", "patient-privacy", "permit", "provision", list(map[string]any{
		"type": "deny", "actor": recipient("Organization/practice"), "provision": inEmergency("deny"),
		"class": list(map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": "Task"}),
	}))
	w := village(t, plan, no)
	whole := answerOf(t, w.status(t, person(t, "p0"), "200", "GET", "Patient/p0/$explain-access?user=Organization/practice&thing=CarePlan/plan"))
	if whole.get("consentEpoch").ValueInteger != 0 {
		t.Error("the version of the standing is said to one who may not know of all that changes it")
	}
	if to := answerOf(t, w.status(t, operator(t), "200", "GET", "Patient/p0/$explain-access?user=Organization/practice&thing=CarePlan/plan")); to.get("consentEpoch").ValueInteger == 0 {
		t.Error("the version of the standing is not said")
	}
	part := func(index string) string {
		asked := w.decisions(t, person(t, "p0"), "user=Organization/practice&thing=CarePlan/plan&part=CarePlan.activity["+index+"].detail")
		return asked[0].get("decision").ValueCode
	}
	if shown, hidden := part("0"), part("1"); shown != "permit" || hidden != "deny" {
		t.Errorf("the first activity %s, the second %s", shown, hidden)
	}
	w.status(t, person(t, "p0"), "404", "GET", "Patient/p0/$explain-access?user=Organization/practice&thing=CarePlan/plan&part=CarePlan.activity[7].detail")
}

// What an explanation says is what the decision does: for every caller and thing of a generated region.
func TestAnExplanationIsTheDecision(t *testing.T) {
	t.Parallel()
	permits, denies := 0, 0
	for seed := range uint64(12) {
		region := generate(seed)
		w := newTwin(t, "n")
		w.fill(t, region)
		for _, who := range region.callers {
			if who.User.Type == "Patient" || who.ACR != "" || strings.Contains(who.name, "granular") {
				continue
			}
			query := "user=" + who.User.String()
			if who.Org != (fhir.Ref{}) {
				query += "&organization=" + who.Org.String() + "&role=" + who.Roles[0] + "&purpose=" + who.Purposes[0]
			}
			for _, ref := range region.refs {
				if ref.Type == "Appointment" {
					continue
				}
				if status, _ := w.as(t, operator(t), "GET", "Patient/p0/$explain-access?"+query+"&thing="+ref.String()); status != "200" {
					continue // another's
				}
				got := w.decisions(t, operator(t), query+"&thing="+ref.String())
				status, _ := w.as(t, who.Caller, "GET", ref.String())
				said := got[0].get("decision").ValueCode
				if (status == "200") != (said != "deny") {
					t.Fatalf("seed %d: %s for %s: said %s, and the read answers %s\n%+v", seed, ref, who.name, said, status, got)
				}
				if said == "deny" {
					denies++
				} else {
					permits++
				}
			}
		}
	}
	if permits < 100 || denies < 100 {
		t.Errorf("%d permits and %d denies: the test shows little", permits, denies)
	}
}
