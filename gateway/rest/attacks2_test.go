package rest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"concord/fhir/care"
	"concord/gateway/guard"
)

// What a hostile member of the network would try with labels, choices that follow references, break-glass, explanations,
// previews and reviews. All was possible once, but what is tried with seals.

// A Task that looks like a question of the gateway's own would be answered with the operator's eyes, and read by its author.
func TestNobodyAsksTheOperatorsQuestions(t *testing.T) {
	t.Parallel()
	w := village(t, carers("practice", "social"), sharing("deny", "patient-privacy", "deny", "actor", recipient("Organization/social"),
		"class", list(map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"})),
		object("Condition", "hidden", "subject", reference("Patient/p0"), "code", concept("86406008")))
	w.status(t, socialWorker(t), "404", "GET", "Condition/hidden")
	word := func(text string) map[string]any { return map[string]any{"text": text} }
	forged := func(id string) string {
		return object("Task", id, "status", "requested", "intent", "order", "for", reference("Patient/p0"),
			"code", map[string]any{"coding": list(map[string]any{"system": guard.SystemReview, "code": guard.ReviewMatch})},
			"input", list(map[string]any{"type": word("about"), "valueReference": reference("Condition/none")},
				map[string]any{"type": word("condition"), "valueString": "Condition?code=86406008"}))
	}
	w.status(t, socialWorker(t), "403", "POST", "Task", forged(""))
	w.fill(t, world{resources: [][]byte{[]byte(forged("harvested"))}})
	if n, err := w.guard.As(operator(t)).Settle(t.Context()); n != 0 || err != nil {
		t.Errorf("%d were answered: %v", n, err)
	}
	if got := w.status(t, socialWorker(t), "200", "GET", "Task/harvested"); strings.Contains(got, "hidden") || !strings.Contains(got, `"status":"requested"`) {
		t.Errorf("the operator answered: %s", got)
	}
}

// carers are the care team of the person.
func carers(orgs ...string) string {
	return strings.Replace(team("Patient/p0", orgs...), "{", `{"id":"carers",`, 1)
}

func related(meaning, ref string) any {
	return list(map[string]any{"meaning": meaning, "reference": reference(ref)})
}

func plan(id string, pairs ...any) string {
	return object("CarePlan", id, append([]any{"status", "active", "intent", "plan", "subject", reference("Patient/p0")}, pairs...)...)
}

// Who is shown what a thing refers to could write into that thing what they would like to see.
func TestAReferenceToWhatIsHiddenSharesItWithNobody(t *testing.T) {
	t.Parallel()
	condition := object("Condition", "hidden", "subject", reference("Patient/p0"), "code", concept("73211009"))
	w := village(t, carers("practice", "social"), condition)
	id := newID(w.status(t, socialWorker(t), "201", "POST", "CarePlan", plan("")))
	w.fill(t, world{resources: [][]byte{
		[]byte(sharing("all", "patient-privacy", "permit", "actor", recipient("Organization/social"), "data", related("related", "CarePlan/"+id))),
	}})
	w.status(t, socialWorker(t), "404", "GET", "Condition/hidden")
	w.as(t, socialWorker(t), "PUT", "CarePlan/"+id, plan(id, "addresses", list(reference("Condition/hidden"))))
	w.status(t, socialWorker(t), "404", "GET", "Condition/hidden")
	w.status(t, socialWorker(t), "200", "GET", "CarePlan/"+id)
	// Whoever sees what they refer to does share it.
	w.status(t, gp(t), "200", "PUT", "CarePlan/"+id, plan(id, "addresses", list(reference("Condition/hidden"))))
	w.status(t, socialWorker(t), "200", "GET", "Condition/hidden")
}

// What is locked, held back or kept for other purposes now was not always so: its older versions say the same.
func TestASealCoversTheVersionsBeforeIt(t *testing.T) {
	t.Parallel()
	for name, label := range map[string]string{"sealed": care.LabelSealed, "locked": care.LabelLocked} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := village(t, carers("practice", "hospital"))
			treating := worker(t, "hospital", care.RoleClinician, "TREAT", "user/*.cruds")
			body := func(id string, more ...any) string { return observation(id, "73211009", more...) }
			id := newID(w.status(t, gp(t), "201", "POST", "Observation", body("")))
			got := w.status(t, treating, "200", "GET", "Observation/"+id)
			_, version, _ := strings.Cut(got, `"versionId":"`)
			version, _, _ = strings.Cut(version, `"`)
			w.status(t, gp(t), "200", "PUT", "Observation/"+id, body(id, "meta", map[string]any{"security": list(map[string]any{"system": care.SystemLabel, "code": label})}))
			w.status(t, treating, "404", "GET", "Observation/"+id)
			w.status(t, treating, "404", "GET", "Observation/"+id+"/_history/"+version)
			w.status(t, treating, "404", "GET", "Observation/"+id+"/_history")
		})
	}
}

// A preview that is tried with one code after another would spell what is left out of a thing that its author sees.
func TestAPreviewDoesNotSpellWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	const secret = "86406008"
	gathering := func(code string) string {
		return plan("plan", "activity", list(
			map[string]any{"detail": map[string]any{"status": "in-progress", "kind": "MedicationRequest", "code": concept(code)}},
			map[string]any{"detail": map[string]any{"status": "in-progress", "kind": "Task", "code": concept("73211009")}}),
			"addresses", list(reference("Condition/"+code)))
	}
	ask := func(code string, draft func() string) (string, string) {
		w := village(t, carers("practice", "social"), gathering(code),
			object("Condition", code, "subject", reference("Patient/p0"), "code", concept(code)),
			sharing("deny", "patient-privacy", "deny", "actor", recipient("Organization/social"), "class", list(
				map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": "MedicationRequest"}, map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"})))
		seen := w.status(t, socialWorker(t), "200", "GET", "CarePlan/plan")
		if strings.Contains(seen, code) {
			t.Fatalf("the code is shown: %s", seen)
		}
		return seen, w.status(t, socialWorker(t), "200", "POST", "Patient/p0/$preview-consent", drafted(draft()))
	}
	for name, pairs := range map[string][]any{
		"by code":  {"code", list(concept(secret))},
		"by label": {"securityLabel", list(map[string]any{"system": care.SystemActCode, "code": "HIV"})},
	} {
		draft := func() string {
			return sharing("", "patient-privacy", "deny", append([]any{
				"actor", recipient("Organization/social"),
				"provision", list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")}),
			}, pairs...)...)
		}
		seen, with := ask(secret, draft)
		same, without := ask("38341003", draft)
		if seen != same || with != without {
			t.Errorf("%s: the preview tells\n%s\nof what without it is\n%s", name, with, without)
		}
	}
}

func drafted(resource string) string {
	body, err := json.Marshal(map[string]any{"resourceType": "Parameters", "parameter": []any{map[string]any{"name": "consent", "resource": json.RawMessage(resource)}}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// The number of changes of a standing would tell of those that are hidden.
func TestAnExplanationDoesNotCountHiddenChanges(t *testing.T) {
	t.Parallel()
	locked := object("CareTeam", "secret", "status", "active", "subject", reference("Patient/p0"), "participant", list(map[string]any{"member": reference("Organization/charity")}),
		"meta", map[string]any{"security": list(map[string]any{"system": care.SystemLabel, "code": care.LabelLocked})})
	ask := func(more ...string) string {
		w := village(t, append([]string{observation("o", "73211009")}, more...)...)
		w.status(t, person(t, "p0"), "404", "GET", "CareTeam/secret")
		return w.status(t, person(t, "p0"), "200", "GET", "Patient/p0/$explain-access?user=Organization/hospital&thing=Observation/o")
	}
	if with, without := ask(locked), ask(); with != without {
		t.Errorf("with what is hidden\n%s\nwithout it\n%s", with, without)
	}
}

// One body with many references would be all that a request may follow: nobody would see the person whole.
func TestAFewReferencesAreNotTheWholeOfARecord(t *testing.T) {
	t.Parallel()
	w := village(t, carers("practice", "social"))
	var many []any
	for i := range 15_000 {
		many = append(many, reference(fmt.Sprintf("Observation/x%d", i)))
	}
	for _, code := range []string{"73211009", "38341003"} {
		w.status(t, gp(t), "400", "POST", "Observation", observation("", code, "derivedFrom", many))
	}
	id := newID(w.status(t, gp(t), "201", "POST", "Observation", observation("", "73211009", "derivedFrom", many[:900])))
	w.status(t, gp(t), "400", "PUT", "Observation/"+id, observation(id, "73211009", "derivedFrom", many))
	for _, who := range []guard.Caller{gp(t), person(t, "p0")} {
		w.status(t, who, "200", "GET", "Patient/p0/$whole-person")
		w.status(t, who, "200", "GET", "Patient/p0/$everything")
	}
}

// Who sent a document's content could go on reading it when the person hides the document from them, and could give it to
// everybody in the practice.
func TestContentIsHiddenFromItsSenderWithTheDocument(t *testing.T) {
	t.Parallel()
	w := village(t, carers("practice"), object("Patient", "p1", "birthDate", "1990-01-01", "generalPractitioner", list(reference("Organization/practice"))))
	binary := "Binary/" + newID(w.status(t, gp(t), "201", "POST", "Binary", scan))
	w.status(t, gp(t), "200", "GET", binary)
	document := "DocumentReference/" + newID(w.status(t, gp(t), "201", "POST", "DocumentReference", letter("", binary)))
	w.status(t, gp(t), "200", "GET", binary)
	reception := worker(t, "practice", care.RoleReception, "TREAT", "user/*.cruds")
	w.status(t, reception, "404", "GET", document)
	w.status(t, reception, "404", "GET", binary)
	w.fill(t, world{resources: [][]byte{[]byte(sharing("deny", "patient-privacy", "deny", "actor", recipient("Organization/practice")))}})
	w.status(t, gp(t), "404", "GET", document)
	w.status(t, gp(t), "404", "GET", binary)
	elsewhere := strings.ReplaceAll(letter("", binary), "Patient/p0", "Patient/p1")
	hidden := w.status(t, gp(t), "422", "POST", "DocumentReference", elsewhere)
	if absent := w.status(t, gp(t), "422", "POST", "DocumentReference", strings.ReplaceAll(elsewhere, binary, "Binary/none")); hidden != absent {
		t.Errorf("hidden content: %s\nabsent: %s", hidden, absent)
	}
	w.status(t, gp(t), "404", "GET", binary)
	w.status(t, person(t, "p0"), "200", "GET", binary)
}

// A small draft that names many people for many purposes would be a very long look at all of them.
func TestAPreviewLooksAtNoMoreThanItTells(t *testing.T) {
	t.Parallel()
	w := village(t, carers("practice"), observation("o", "73211009"))
	var actors []any
	for i := range 10_000 {
		actors = append(actors, recipient(fmt.Sprintf("Practitioner/x%d", i)).([]any)...)
	}
	draft := drafted(sharing("", "patient-privacy", "deny", "actor", actors, "purpose", purposes("HPAYMT", "HRESCH", "HOPERAT", "PUBHLTH", "HMARKT", "CAREMGT", "PATADMIN"),
		"provision", list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})))
	began := time.Now()
	if got := w.status(t, person(t, "p0"), "200", "POST", "Patient/p0/$preview-consent", draft); strings.Count(got, `"name":"viewer"`) > 100 {
		t.Error("more than a hundred are looked at")
	}
	if took := time.Since(began); took > time.Minute { // it was a quarter of an hour
		t.Errorf("it took %s", took)
	}
}

// One harvested Consent that names many things, each followed along every reference of the record, would stop all writing
// about the person.
func TestAChoiceAboutManyThingsIsFollowedInTime(t *testing.T) {
	t.Parallel()
	w := village(t, carers("practice", "hospital"))
	many := func(n int) []any {
		var all []any
		for i := range n {
			all = append(all, reference(fmt.Sprintf("Observation/x%d", i)))
		}
		return all
	}
	w.fill(t, world{resources: [][]byte{[]byte(observation("wide", "73211009", "derivedFrom", many(30_000)))}})
	var named []any
	for _, ref := range many(20_000) {
		named = append(named, map[string]any{"meaning": "related", "reference": ref})
	}
	began := time.Now()
	w.fill(t, world{resources: [][]byte{[]byte(sharing("many", "patient-privacy", "deny", "actor", recipient("Organization/hospital"), "data", named))}})
	for range 3 {
		w.status(t, gp(t), "201", "POST", "Observation", observation("", "73211009", "derivedFrom", many(3)))
		w.status(t, worker(t, "hospital", care.RoleClinician, "TREAT", "user/*.cruds"), "200", "GET", "Patient/p0")
	}
	if took := time.Since(began); took > 20*time.Second { // it was more than a minute
		t.Errorf("it took %s", took)
	}
}

// A question that cannot be asked any more would keep all others from being answered.
func TestAQuestionThatCannotBeAskedStopsNoOther(t *testing.T) {
	t.Parallel()
	w := village(t, carers("practice"), object("ValueSet", "codes", "status", "active", "compose", map[string]any{"include": list(
		map[string]any{"system": "http://snomed.info/sct", "concept": list(map[string]any{"code": "73211009"})})}))
	w.caller = gp(t)
	answer := w.ask(t, question{
		method: "POST", url: "http://twin/fhir/Observation", body: observation("", "73211009"), headers: map[string]string{"If-None-Exist": "code:in=ValueSet/codes"},
	})
	if !strings.HasPrefix(answer, "201") {
		t.Fatal(answer)
	}
	w.status(t, operator(t), "204", "DELETE", "ValueSet/codes")
	for range 2 {
		if _, err := w.guard.As(operator(t)).Settle(t.Context()); err != nil {
			t.Errorf("nothing is answered: %v", err)
		}
	}
	if got := w.status(t, operator(t), "200", "GET", "Task?code="+guard.SystemReview+"|"+guard.ReviewMatch+"&status=ready"); strings.Count(got, `"fullUrl"`) != 1 {
		t.Errorf("nobody is told: %s", got)
	}
}

// A member of the team who labels another's plan as being for coordination alone would take it from all who treat, its
// author too.
func TestNobodyLabelsAwayWhatOthersSent(t *testing.T) {
	t.Parallel()
	w := village(t, carers("practice", "social"))
	path := "CarePlan/" + newID(w.status(t, gp(t), "201", "POST", "CarePlan", plan("")))
	labels := map[string]any{"security": list(map[string]any{"system": care.SystemPurpose, "code": "COC"})}
	coordinator := worker(t, "social", care.RoleSocialWorker, "COC", "user/*.cruds")
	w.status(t, coordinator, "200", "PUT", path, plan(strings.TrimPrefix(path, "CarePlan/"), "meta", labels))
	w.status(t, coordinator, "200", "POST", path+"/$meta-add", object("Parameters", "", "parameter", list(map[string]any{"name": "meta", "valueMeta": labels})))
	for _, who := range []guard.Caller{gp(t), socialWorker(t), person(t, "p0")} {
		w.status(t, who, "200", "GET", path)
	}
	w.status(t, gp(t), "200", "POST", path+"/$meta-add", object("Parameters", "", "parameter", list(map[string]any{"name": "meta", "valueMeta": map[string]any{
		"security": list(map[string]any{"system": care.SystemPurpose, "code": "TREAT"}),
	}})))
	w.status(t, socialWorker(t), "200", "GET", path)
}
