package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"

	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// A small generated region: three people, four organisations, random records, choices and ties.

const (
	nhs    = care.SystemNHSNumber
	snomed = "http://snomed.info/sct"
)

func number(i int) string { return fmt.Sprintf("99900000%02d", i) }

func someCode(rng *rand.Rand) string {
	return []string{"44054006", "38341003", "73211009", "195967001", "86406008", "7200002"}[rng.IntN(6)] // the last two are sensitive
}

// object writes a resource of pairs of names and values.
func object(typ, id string, pairs ...any) string {
	m := map[string]any{"resourceType": typ}
	if id != "" {
		m["id"] = id
	}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	out, err := json.Marshal(m)
	if err != nil {
		panic(err) // the pairs are written in this file
	}
	return string(out)
}

func reference(to string) any        { return map[string]any{"reference": to} }
func shownAs(to, display string) any { return map[string]any{"reference": to, "display": display} }
func list(values ...any) any         { return values }
func text(s string) any              { return map[string]any{"text": s} }
func concept(code string) any {
	return map[string]any{"coding": list(map[string]any{"system": snomed, "code": code})}
}

// typed is the same, and says what kind of identifier it is.
func typed(i int) any {
	id := maps.Clone(identifier(i).(map[string]any))
	id["type"] = map[string]any{"coding": list(map[string]any{"system": "http://twin.example/kinds", "code": "NH"})}
	return id
}

func identifier(i int) any { return map[string]any{"system": nhs, "value": number(i)} }

func parameters(i int, more ...any) string {
	params := []any{
		map[string]any{"name": "identifier", "valueIdentifier": identifier(i)},
		map[string]any{"name": "birthDate", "valueDate": "1980-01-01"},
	}
	return object("Parameters", "", "parameter", append(params, more...))
}

func label(code string) any {
	return map[string]any{"security": list(map[string]any{"system": care.SystemLabel, "code": code})}
}

func kind(code string) any {
	return list(map[string]any{"coding": list(map[string]any{"system": care.SystemKind, "code": code})})
}

// generate makes a region. Person p3 exists by NHS number to nobody; p0 to p2 have records.
func generate(seed uint64) world {
	rng := rand.New(rand.NewPCG(seed, 1))
	var w world
	add := func(typ, id string, pairs ...any) {
		w.resources = append(w.resources, []byte(object(typ, id, pairs...)))
		ref := fhir.Ref{Type: fhir.Type(typ), ID: fhir.ID(id)}
		if !slices.Contains(w.refs, ref) {
			w.refs = append(w.refs, ref)
		}
	}
	for _, o := range [][2]string{{"practice", care.KindHealth}, {"hospital", care.KindHealth}, {"hospice", care.KindHealth}, {"charity", care.KindVoluntary}} {
		add("Organization", o[0], "name", "The "+o[0], "active", true, "type", kind(o[1]))
		add("Practitioner", "dr-"+o[0], "active", true)
	}
	add("ValueSet", "codes", "status", "active", "url", "http://twin.example/codes", "compose", map[string]any{"include": list(
		map[string]any{"system": snomed, "concept": list(map[string]any{"code": "44054006"}, map[string]any{"code": "73211009"})})})
	for i := range 3 {
		generatePerson(rng, i, add)
	}
	w.callers = callers()
	return w
}

func callers() []caller {
	parse := func(s string) smart.Scopes {
		scopes, err := smart.Parse(s)
		if err != nil {
			panic(err) // written in this file
		}
		return scopes
	}
	staff := func(org, role, purpose string) caller {
		return caller{org, guard.Caller{
			Subject: "dr-" + org, Client: "app", User: fhir.Ref{Type: "Practitioner", ID: fhir.ID("dr-" + org)},
			Org: fhir.Ref{Type: "Organization", ID: fhir.ID(org)}, Roles: []string{role}, Purposes: []string{purpose}, Scopes: parse("user/*.cruds"),
		}}
	}
	granular := staff("hospital", care.RoleClinician, "TREAT")
	granular.name, granular.Scopes = "hospital with granular scopes", parse("user/Observation.rs?code=44054006 user/Patient.r user/CarePlan.rs user/Encounter.c")
	glass := staff("hospital", care.RoleClinician, "BTG")
	glass.name, glass.ACR = "hospital, before it breaks the glass", "stepped-up"
	return []caller{
		glass,
		staff("practice", care.RoleClinician, "TREAT"), staff("hospital", care.RoleClinician, "ETREAT"), staff("hospice", care.RoleNurse, "TREAT"),
		staff("charity", care.RoleLinkWorker, "TREAT"), granular,
		{"the person", guard.Caller{Subject: "p0", Client: "app", User: fhir.Ref{Type: "Patient", ID: "p0"}, Patient: fhir.Ref{Type: "Patient", ID: "p0"}, Scopes: parse("patient/*.cruds")}},
		{"a carer", guard.Caller{Subject: "c0", Client: "app", User: fhir.Ref{Type: "RelatedPerson", ID: "carer0"}, Patient: fhir.Ref{Type: "Patient", ID: "p0"}, Scopes: parse("patient/*.cruds")}},
	}
}

// generatePerson makes one person's record at random, and changes some of it afterwards.
func generatePerson(rng *rand.Rand, i int, add func(typ, id string, pairs ...any)) {
	n := strconv.Itoa(i)
	me := "Patient/p" + n
	sometimes := func(one int) bool { return rng.IntN(one) == 0 }
	labels := func() []any {
		if !sometimes(5) {
			return nil
		}
		return []any{"meta", label([]string{care.LabelSealed, care.LabelLocked, care.LabelNotYetTold, care.LabelThirdParty}[rng.IntN(4)])}
	}
	add("Patient", "p"+n, "identifier", list(typed(i)), "birthDate", "1980-01-01", "name", list(map[string]any{"family": "Person" + n}),
		"generalPractitioner", list(reference("Organization/practice")), "text", map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">Person ` + n + `</div>`})
	add("RelatedPerson", "carer"+n, "active", true, "patient", reference(me))
	for _, org := range []string{"practice", "hospital", "hospice", "charity"} {
		if sometimes(2) {
			add("CareTeam", "team-"+org+n, "status", "active", "subject", reference(me), "participant", list(map[string]any{"member": reference("Organization/" + org)}))
		}
	}
	var goals, conditions []string
	for k := range 3 {
		id := "g" + strconv.Itoa(3*i+k)
		goals = append(goals, "Goal/"+id)
		add("Goal", id, append([]any{"lifecycleStatus", "active", "description", text("goal " + id), "subject", reference(me)}, labels()...)...)
		id = "c" + strconv.Itoa(3*i+k)
		conditions = append(conditions, "Condition/"+id)
		code := concept(someCode(rng)).(map[string]any)
		code["text"] = "word " + strconv.Itoa(k)
		add("Condition", id, append([]any{"subject", reference(me), "code", code}, labels()...)...)
		id = "o" + strconv.Itoa(3*i+k)
		add("Observation", id, append([]any{
			"status", "final", "subject",
			map[string]any{"reference": me, "identifier": identifier(i)},
			"code", concept(someCode(rng)), "effectiveDateTime", fmt.Sprintf("2025-0%d-01", 1+rng.IntN(9)),
			"valueQuantity",
			map[string]any{"value": rng.IntN(10), "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
			"encounter", reference("Encounter/visit" + n),
			"performer", list(shownAs("Practitioner/dr-practice", "Dr Practice")), "focus", list(shownAs(conditions[rng.IntN(len(conditions))], "what it is about")),
		}, labels()...)...)
	}
	add("Encounter", "visit"+n, append([]any{"status", "finished", "class", map[string]any{"code": "AMB"}, "subject", reference(me)}, labels()...)...)
	add("RiskAssessment", "risk"+n, append([]any{"status", "final", "subject", reference(me), "prediction", list(map[string]any{"probabilityDecimal": float64(rng.IntN(10)) / 10})}, labels()...)...)
	allergy := []any{"patient", reference(me), "code", concept("716186003")}
	if sometimes(2) {
		allergy = []any{"patient", reference(me), "code", concept("91936005")}
	}
	add("AllergyIntolerance", "a"+n, append(allergy, labels()...)...)
	plan := []any{
		"status", "active", "intent", "plan", "subject", reference(me), "goal", list(shownAs(goals[rng.IntN(3)], "a goal"), shownAs(goals[rng.IntN(3)], "another")),
		"addresses", list(shownAs(conditions[rng.IntN(3)], "a condition"), reference("Condition/absent")),
		"activity", list(map[string]any{"reference": reference("Task/t" + n)}, map[string]any{"outcomeReference": list(reference("Observation/o" + strconv.Itoa(3*i)))}),
	}
	plan = append(plan, "instantiatesCanonical", list("http://twin.example/plans/a|1"))
	add("CarePlan", "plan"+n, plan...)
	add("Task", "t"+n, "status", "requested", "intent", "order", "for", reference(me), "owner", reference("Organization/charity"), "focus", reference(goals[0]))
	add("Provenance", "prov"+n, "target", list(reference("CarePlan/plan"+n), reference(goals[rng.IntN(3)])), "recorded", "2026-01-01T00:00:00Z",
		"agent", list(map[string]any{"who": reference("Organization/practice")}))
	add("Binary", "letter"+n, "contentType", "text/plain", "securityContext", reference(me), "data", "YSBsZXR0ZXI=")
	add("List", "list"+n, append([]any{"status", "current", "mode", "working", "subject", reference(me), "entry", list(
		map[string]any{"item": reference(goals[0])}, map[string]any{"item": reference(goals[1])}, map[string]any{"item": reference(conditions[2])},
		map[string]any{"item": reference("Observation/o" + strconv.Itoa(3*i))})}, labels()...)...)
	// Content that says of nobody that it is about them, attached to what some may see.
	add("Binary", "scan"+n, append([]any{"contentType", "text/plain", "data", "YSBzY2Fu"}, labels()...)...)
	attachment := func(url string) any { return map[string]any{"url": url, "title": "attached"} }
	add("DocumentReference", "doc"+n, append([]any{
		"status", "current", "subject", reference(me), "type", concept(someCode(rng)), "content", list(map[string]any{"attachment": attachment("Binary/scan" + n)}),
	}, labels()...)...)
	add("DiagnosticReport", "report"+n, append([]any{"status", "final", "code", concept(someCode(rng)), "subject", reference(me), "presentedForm", list(
		attachment("Binary/scan"+n), attachment("Binary/letter"+strconv.Itoa(rng.IntN(3))), attachment("Binary/absent"))}, labels()...)...)
	if i > 0 { // something about two people
		add("Appointment", "both"+n, "status", "booked", "participant", list(
			map[string]any{"actor": reference(me), "status": "accepted"}, map[string]any{"actor": reference("Patient/p0"), "status": "accepted"}))
	}
	for k := range rng.IntN(4) {
		add("Consent", fmt.Sprintf("s%d-%d", i, k), choice(rng, me, n)...)
	}
	// Changes: of what some cannot see, and of narrative only.
	for k := range 3 {
		if sometimes(2) {
			add("Goal", "g"+strconv.Itoa(3*i+k), append([]any{"lifecycleStatus", "active", "description", text("goal g" + strconv.Itoa(3*i+k)), "subject", reference(me), "startDate", "2026-01-0" + strconv.Itoa(1+rng.IntN(9))}, labels()...)...)
		}
	}
	plan[7] = list(shownAs(goals[rng.IntN(3)], "a goal"), shownAs(goals[rng.IntN(3)], "another name"))
	add("CarePlan", "plan"+n, plan...)
}

// choice is a random sharing choice.
func choice(rng *rand.Rand, me, n string) []any {
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	recipient := map[string]any{
		"role":      map[string]any{"coding": list(map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"})},
		"reference": reference(pick("Organization/hospital", "Organization/hospice", "Organization/charity", "RelatedPerson/carer"+n, "Practitioner/dr-practice")),
	}
	child := map[string]any{"type": pick("deny", "permit")}
	if rng.IntN(2) == 0 {
		child["class"] = list(map[string]any{"system": "http://hl7.org/fhir/resource-types", "code": pick("Goal", "Condition", "Observation", "AllergyIntolerance", "CarePlan", "Patient", "DocumentReference", "DiagnosticReport")})
	}
	if rng.IntN(2) == 0 {
		child["code"] = list(concept(someCode(rng)))
	}
	if rng.IntN(2) == 0 {
		child["actor"] = list(recipient)
	}
	if rng.IntN(4) == 0 { // what has to do with some thing, so that references are followed
		child["data"] = list(map[string]any{"meaning": pick("instance", "related", "dependents", "authoredby"), "reference": reference(pick(
			"Encounter/visit"+n, "CarePlan/plan"+n, "Goal/g"+strconv.Itoa(rng.IntN(9)), "Condition/c"+strconv.Itoa(rng.IntN(9)), "Practitioner/dr-practice", "Encounter/absent"))})
	}
	if rng.IntN(5) == 0 {
		child["dataPeriod"] = map[string]any{"start": fmt.Sprintf("2025-0%d-01", 1+rng.IntN(9)), "end": "2025-12"}
	}
	if rng.IntN(2) == 0 {
		child["securityLabel"] = list(anyLabel(rng, child["type"]))
	}
	provision := map[string]any{"type": pick("permit", "deny", "permit"), "provision": list(child)}
	if provision["type"] == "deny" || rng.IntN(2) == 0 {
		provision["actor"] = list(recipient)
	}
	return []any{
		"status", pick("active", "active", "inactive"), "patient", reference(me), "dateTime", "2026-01-01",
		"scope",
		map[string]any{"coding": list(map[string]any{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"})},
		"category", list(map[string]any{"coding": list(map[string]any{"system": "http://loinc.org", "code": "59284-0"})}),
		"performer", list(reference(me)), "policyRule", concept("OPTIN"), "provision", provision,
	}
}

// anyLabel is what a choice may name: a confidentiality, or in a deny a sensitivity.
func anyLabel(rng *rand.Rand, kind any) any {
	if kind == "deny" && rng.IntN(3) > 0 {
		return map[string]any{"system": care.SystemActCode, "code": []string{"HIV", "SUD"}[rng.IntN(2)]}
	}
	return map[string]any{"system": care.SystemConfidentiality, "code": []string{"N", "R"}[rng.IntN(2)]}
}
